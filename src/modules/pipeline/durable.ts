/** Durable jobs: they are recorded in a database, and continue after their process has ended. */
import {
  type Context,
  type DurableJobs,
  durationMs,
  fail,
  isDiglyError,
  messageOf,
  type ModuleCreateContext,
  resultJson,
  type SqlTransactions,
} from "../../contract/author.ts";
import { type ClaimedJob, createJobStore } from "./job_store.ts";
import { openJournal } from "./journal.ts";
import { ownerName } from "./owner.ts";
import type { Journal } from "./run.ts";

/** How often to look for jobs that were interrupted. */
const SCAN_MS = 2_000;
/** How often to forget old jobs. */
const FORGET_MS = 3_600_000;
/** How many interrupted jobs continue at the same time. */
const MOST_RESUMED = 16;
/** The value of an execution that continues a job. */
const RESUMED = "pipeline.job";

/** Runs the steps of a job with its journal. */
export type RunSteps = (input: unknown, execution: Context, journal: Journal) => Promise<unknown>;

/** The durable side of a resource. */
export interface Durable extends DurableJobs {
  init(): Promise<void>;
  /** Continues with interrupted jobs; with the JSON of an input, begins one if there are none. */
  start(first: string | undefined): void;
  /** True for an execution that continues a job. */
  isResumed(execution: Context): boolean;
  execute(input: unknown, execution: Context, run: RunSteps): Promise<unknown>;
  stop(): void;
}

/** A job that an execution continues. */
interface Resumed extends ClaimedJob {
  readonly owner: string;
}

/** Creates the durable side of the resource `urn`. */
export function createDurable(
  urn: string,
  { connection, retention }: { readonly connection: string; readonly retention: string | number },
  ctx: ModuleCreateContext,
): Durable {
  const database = ctx.use<SqlTransactions>(connection);
  const store = createJobStore(urn, database);
  const retentionMs = durationMs(retention) ?? 0;
  const running = new Set<Promise<void>>();
  let release: (() => void) | undefined;
  let cancelScan = () => {};
  let cancelForget = () => {};
  let isStopping = false;

  const random = (length: number) => Math.floor(ctx.random() * 36 ** length).toString(36);
  const newId = () => `${Math.floor(ctx.clock.now()).toString(36)}-${random(6).padStart(6, "0")}`;
  const newOwner = () => ownerName(crypto.randomUUID());

  /** The job that an execution continues, if any. */
  function resumedBy({ values, parent }: Context): Resumed | undefined {
    return parent === undefined ? values[RESUMED] as Resumed | undefined : undefined;
  }

  async function begin(input: unknown, execution: Context): Promise<Resumed> {
    if (database.transactionOf(execution) !== undefined) {
      throw fail("ERR_EXECUTION_FAILED", {
        problem: `a durable job cannot run in a transaction of ${connection}`,
      }, { help: "Execute the job after the transaction" });
    }
    const text = resultJson(urn, input, "its input", undefined, "the input");
    const job = { id: newId(), input: text, owner: newOwner() };
    await store.begin(job, job.owner);
    return job;
  }

  async function perform(
    { id, input, owner }: Resumed,
    execution: Context,
    run: RunSteps,
  ): Promise<unknown> {
    const journal = await openJournal({ id, owner, urn, store, database }, ctx);
    try {
      const result = await run(JSON.parse(input), execution, journal);
      const output = resultJson(urn, result, "its result");
      journal.check();
      await store.finish(id, owner, { state: "done", output });
      return JSON.parse(output);
    } catch (error) {
      if (journal.lost.aborted) throw journal.lost.reason;
      if (journal.suspended.aborted) {
        await store.release(id, owner);
        ctx.log.info(`The job ${id} continues at the next start`);
        throw journal.suspended.reason;
      }
      const code = isDiglyError(error) ? error.code : "ERR_EXECUTION_FAILED";
      const state = execution.signal.aborted ? "cancelled" : "failed";
      await store.finish(id, owner, {
        state,
        error: JSON.stringify(ctx.redact({ code, message: messageOf(error) })),
      });
      throw error;
    } finally {
      journal.end();
    }
  }

  /** Continues with a job in the background. */
  function goOn(job: ClaimedJob, owner: string, isFirst: boolean): void {
    if (!isFirst) ctx.log.info(`The job ${job.id} continues`);
    const work = ctx.execute(urn, undefined, { values: { [RESUMED]: { ...job, owner } } }).then(
      () => {},
      (error: unknown) => {
        if (isStopping) return;
        ctx.log.error(`The job ${job.id} failed`, { error });
        if (release !== undefined && exitsOnFailure) ctx.requestExit(1);
      },
    ).finally(() => running.delete(work));
    running.add(work);
  }

  let exitsOnFailure = false;

  async function scan(first: string | undefined): Promise<void> {
    let begins = first;
    let left = 1;
    try {
      while (!isStopping && running.size < MOST_RESUMED) {
        const owner = newOwner();
        const own = { id: newId(), input: begins ?? "null" };
        const next = begins === undefined
          ? await store.claimNext(owner)
          : await store.claimOrBegin(own, owner);
        begins = undefined;
        left = next.left;
        if (next.job === undefined) break;
        goOn(next.job, owner, next.job.id === own.id);
      }
    } catch (error) {
      ctx.log.warn("Cannot look for interrupted jobs", { error });
    }
    if (isStopping) return;
    if (running.size > 0 || left > 0) release ??= ctx.acquireHold("a job runs");
    else {
      release?.();
      release = undefined;
    }
    schedule(begins);
  }

  function schedule(begins: string | undefined): void {
    const cancel = ctx.clock.setTimeout(next, SCAN_MS);
    let isDue = false;
    function next(): void {
      if (isDue || isStopping) return;
      isDue = true;
      cancel();
      void scan(begins);
    }
    // An app whose last job has ended need not wait for the next look.
    if (running.size > 0) void Promise.race(running).then(next);
    cancelScan = cancel;
  }

  function forget(): void {
    store.forget(retentionMs).catch((error: unknown) => {
      ctx.log.warn("Cannot delete old jobs", { error });
    });
    cancelForget = ctx.clock.setTimeout(forget, FORGET_MS);
  }

  return {
    durableJobs: store.jobs,
    init: () => store.prepare(),
    start(first) {
      exitsOnFailure = first !== undefined;
      release = ctx.acquireHold("a job runs");
      forget();
      void scan(first);
    },
    isResumed: (execution) => resumedBy(execution) !== undefined,
    async execute(input, execution, run) {
      return await perform(
        resumedBy(execution) ?? await begin(input, execution),
        execution,
        run,
      );
    },
    stop() {
      isStopping = true;
      cancelScan();
      cancelForget();
      release?.();
    },
  };
}
