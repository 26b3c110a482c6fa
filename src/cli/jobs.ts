/** `digly jobs`: shows the durable jobs of an app, and lets them continue or ends them. */
import type { JobRecord } from "../contract/durable_jobs.ts";
import { fail } from "../contract/errors.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import { findJob, type ListedJob, listJobs, ownersOfJobs } from "../kernel/app_jobs.ts";
import { runToCompletion } from "./app_run.ts";
import type { CliHost } from "./host.ts";
import { JOB_ACTIONS, type JobsOptions } from "./jobs_options.ts";
import { openAppSession } from "./session.ts";
import { columnWidths } from "./columns.ts";

/** Runs an action on the jobs of the app at `path`; resolves with the exit code. */
export async function jobs(
  host: CliHost,
  path: string,
  { action, id, ...options }: JobsOptions & {
    readonly action: string;
    readonly id: string | undefined;
  },
): Promise<number> {
  const job = jobNamed(action, id);
  const session = await openAppSession(host, options, false);
  const { kernel, platform: { stdout } } = session;
  const print = (value: unknown, text: string) =>
    stdout.write(
      `${options.format === "json" ? JSON.stringify(kernel.redact(value)) : kernel.redact(text)}\n`,
    );
  return await runToCompletion(session, {
    path,
    async work() {
      const owners = requireOwners(ownersOfJobs(kernel));
      if (job === undefined) {
        const listed = await listJobs(owners, options.count);
        return print(listed, table(listed));
      }
      const { urn, jobs } = await findJob(owners, job);
      // A job that was found stays readable.
      const show = async () => (await jobs.show(job))!;
      if (action === "show") {
        const shown = { job: urn, ...await show() };
        return print(shown, describe(shown));
      }
      const isRetry = action === "retry";
      const isChanged = isRetry ? await jobs.retry(job) : await jobs.cancel(job);
      const shown = await show();
      if (!isChanged) throw cannotChange(shown, isRetry);
      print(
        { job: urn, id: job, state: shown.state },
        isRetry
          ? `The job ${job} continues in the running app, or when the app starts`
          : `The job ${job} is cancelled`,
      );
    },
  });
}

/** Checks the words of a command; gives the id of a job, which only the list has none of. */
function jobNamed(action: string, id: string | undefined): string | undefined {
  if (!(JOB_ACTIONS as readonly string[]).includes(action)) {
    throw fail("ERR_USAGE", { problem: `"${action}" is not an action of \`jobs\`` }, {
      help: didYouMean(action, JOB_ACTIONS) ?? `Write one of ${JOB_ACTIONS.join(", ")}`,
    });
  }
  if (action === "list" && id !== undefined) {
    throw fail("ERR_USAGE", { problem: `Unexpected argument "${id}"` }, {
      help: `\`jobs show\` shows one job`,
    });
  }
  if (action !== "list" && id === undefined) {
    throw fail("ERR_USAGE", { problem: `\`jobs ${action}\` needs the id of a job` }, {
      help: "`jobs list` shows the ids",
    });
  }
  return id;
}

function requireOwners<Owner>(owners: readonly Owner[]): readonly Owner[] {
  if (owners.length > 0) return owners;
  throw fail("ERR_USAGE", { problem: "The app has no durable jobs" }, {
    help: "Add `durable: Sql.Connection.Main` to a Pipeline.Job, for example",
  });
}

function cannotChange({ id, state }: JobRecord, isRetry: boolean): Error {
  return fail("ERR_USAGE", {
    problem: isRetry
      ? `The job ${id} cannot be tried again: it is ${state}`
      : `The job ${id} cannot be cancelled: it is ${state}`,
  }, {
    help: isRetry
      ? "Only jobs that have failed or were cancelled can be tried again"
      : "Only jobs that have not ended can be cancelled",
  });
}

function table(jobs: readonly ListedJob[]): string {
  if (jobs.length === 0) return "No jobs";
  const rows = [
    ["ID", "JOB", "STATE", "CREATED", "UPDATED"],
    ...jobs.map(({ id, job, state, created, updated }) => [id, job, state, created, updated]),
  ];
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  ).join("\n");
}

function describe(job: JobRecord & { readonly job: string }): string {
  const value = (data: unknown) => JSON.stringify(data);
  const lines = [
    `${job.id}  ${job.job}`,
    `state    ${job.state}`,
    `created  ${job.created}`,
    `updated  ${job.updated}`,
    `runs     ${job.runs}`,
    `input    ${value(job.input)}`,
    ...(job.state === "done" ? [`output   ${value(job.output)}`] : []),
    ...(job.error === null ? [] : [`error    ${job.error.code}: ${job.error.message}`]),
    "",
    ...(job.steps.length === 0 ? ["No step has ended"] : ["Steps that have ended"]),
    ...job.steps.map(({ step, ended, output, error }) =>
      `  ${ended}  ${step}  ${error === null ? value(output) : `${error.code}: ${error.message}`}`
    ),
  ];
  return lines.join("\n");
}
