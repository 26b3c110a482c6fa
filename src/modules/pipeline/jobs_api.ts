/** What `digly jobs` shows and changes. */
import type {
  DurableJobs,
  JobRecord,
  JobState,
  JobSummary,
  SqlTransaction,
  SqlTransactions,
} from "../../contract/author.ts";
import { hasEnded } from "./owner.ts";

type Row = Readonly<Record<string, unknown>>;

/** Runs a statement in the form of the database. */
export type RunStatement = (
  transaction: SqlTransaction,
  text: string,
  values?: readonly unknown[],
) => Promise<readonly Row[]>;

/** The jobs of the resource `urn`. */
export function createJobsApi(
  urn: string,
  write: SqlTransactions["write"],
  run: RunStatement,
): DurableJobs["durableJobs"] {
  const change = (text: string, id: string) =>
    write(async (transaction) => (await run(transaction, text, [id, urn])).length > 0);
  const COLUMNS = "id, state, created, updated, runs, owner";
  return {
    list: async (limit) =>
      (await write((transaction) =>
        run(
          transaction,
          `SELECT ${COLUMNS} FROM digly_jobs WHERE resource = ?1 ORDER BY created DESC, id LIMIT ${limit}`,
          [urn],
        )
      )).map(summaryOf),
    ids: async () =>
      (await write((transaction) =>
        run(
          transaction,
          "SELECT id FROM digly_jobs WHERE resource = ?1 ORDER BY created DESC LIMIT 1000",
          [
            urn,
          ],
        )
      )).map(({ id }) => String(id)),
    show: (id) =>
      write(async (transaction): Promise<JobRecord | undefined> => {
        const [row] = await run(
          transaction,
          `SELECT ${COLUMNS}, input, output, error FROM digly_jobs WHERE id = ?1 AND resource = ?2`,
          [id, urn],
        );
        if (row === undefined) return undefined;
        // Several steps may end in one millisecond, and a clock may be set back.
        const steps = await run(
          transaction,
          `SELECT step, output, error, ended FROM digly_job_steps WHERE job = ?1
           ORDER BY STEP_NUMBER`,
          [id],
        );
        return {
          ...summaryOf(row),
          input: parsed(row["input"]),
          output: parsed(row["output"]),
          error: parsed(row["error"]) as JobRecord["error"],
          steps: steps.map((step) => ({
            step: String(step["step"]),
            ended: isoTime(step["ended"]),
            output: parsed(step["output"]),
            error: parsed(step["error"]) as JobRecord["error"],
          })),
        };
      }),
    retry: (id) =>
      change(
        `UPDATE digly_jobs SET state = 'running', owner = NULL, lease = 0, error = NULL, updated = NOW
         WHERE id = ?1 AND resource = ?2 AND state IN ('failed', 'cancelled') RETURNING id`,
        id,
      ),
    cancel: (id) =>
      change(
        `UPDATE digly_jobs SET state = 'cancelled', updated = NOW
         WHERE id = ?1 AND resource = ?2 AND state = 'running' RETURNING id`,
        id,
      ),
  };
}

function summaryOf(row: Row): JobSummary {
  const { state, owner } = row;
  const isWaiting = state === "running" && (owner === null || hasEnded(String(owner)));
  return {
    id: String(row["id"]),
    state: isWaiting ? "waiting" : state as JobState,
    created: isoTime(row["created"]),
    updated: isoTime(row["updated"]),
    runs: Number(row["runs"]),
  };
}

function parsed(text: unknown): unknown {
  return text === null || text === undefined ? null : JSON.parse(String(text));
}

function isoTime(ms: unknown): string {
  return new Date(Number(ms)).toISOString();
}
