/** The record of one durable job while it runs: steps that have ended are not executed again. */
import {
  type Context,
  DiglyError,
  fail,
  type ModuleCreateContext,
  resultJson,
  type SqlTransaction,
  type SqlTransactions,
} from "../../contract/author.ts";
import { type JobStore, LEASE_MS, type StepRecord } from "./job_store.ts";
import type { Journal } from "./run.ts";

/** How often a process says that it still works on a job. */
const RENEW_MS = LEASE_MS / 4;

/** The step is recorded already: the transaction must not be committed. */
class AlreadyRecorded extends Error {}

/** Opens the journal of a job that this process has claimed. */
export async function openJournal(
  { id, owner, urn, store, database }: {
    readonly id: string;
    readonly owner: string;
    readonly urn: string;
    readonly store: JobStore;
    readonly database: SqlTransactions;
  },
  ctx: Pick<ModuleCreateContext, "signal" | "log" | "clock">,
): Promise<Journal> {
  let records = await store.steps(id);
  const suspension = new AbortController();
  const loss = new AbortController();
  let leaseEnd = ctx.clock.now() + LEASE_MS;
  let cancelTimer = ctx.clock.setTimeout(() => void renew(), RENEW_MS);
  let hasEnded = false;
  let isCancelled = false;
  const suspend = () =>
    suspension.abort(
      fail("ERR_ABORTED", {
        problem:
          `${urn} was suspended: the app is stopping, and the job ${id} continues at the next start`,
        continues: urn,
      }),
    );
  if (ctx.signal.aborted) suspend();
  else ctx.signal.addEventListener("abort", suspend, { once: true });

  function lose(state: string): DiglyError {
    isCancelled = state === "cancelled";
    const error = isCancelled
      ? fail("Pipeline.Cancelled", { problem: `The job ${id} was cancelled` })
      : fail("Pipeline.Lost", { problem: `Another process has taken over the job ${id}` });
    loss.abort(error);
    return error;
  }

  /** Says that this process still works on the job. After the lease, another one may. */
  async function renew(): Promise<void> {
    try {
      const state = await store.renew(id, owner);
      if (state !== undefined) return void lose(state);
      leaseEnd = ctx.clock.now() + LEASE_MS;
    } catch (error) {
      ctx.log.warn(`Cannot renew the lease of the job ${id}`, { error });
      if (ctx.clock.now() > leaseEnd) return void lose("expired");
    }
    if (!hasEnded) cancelTimer = ctx.clock.setTimeout(() => void renew(), RENEW_MS);
  }

  /** Records a step as a part of a transaction, if this process still owns the job. */
  async function record(
    transaction: SqlTransaction,
    step: string,
    result: StepRecord,
  ): Promise<void> {
    const state = await store.renew(id, owner, transaction);
    if (state !== undefined) throw lose(state);
    if (!await store.record(transaction, id, step, result)) throw new AlreadyRecorded();
  }

  function jsonOf(result: unknown, step: string, execution: Context): string {
    return resultJson(execution.urn, result, `the output of the step ${step}`, undefined, "it");
  }

  function check(): void {
    loss.signal.throwIfAborted();
    suspension.signal.throwIfAborted();
  }

  return {
    suspended: suspension.signal,
    lost: loss.signal,
    get isTakenOver() {
      return loss.signal.aborted && !isCancelled;
    },
    check,
    failureOf(step) {
      const error = records.get(step)?.error;
      return error === undefined ? undefined : JSON.parse(error);
    },
    async recordFailure(step, error) {
      const result = { output: undefined, error: JSON.stringify(error) };
      try {
        await store.write((transaction) => record(transaction, step, result));
      } catch (thrown) {
        if (!(thrown instanceof AlreadyRecorded)) throw thrown;
      }
    },
    async execute(step, urn, input, run) {
      const known = records.get(step);
      if (known?.output !== undefined) return JSON.parse(known.output);
      check();
      let text: string | undefined;
      const save = async (transaction: SqlTransaction, result: unknown) => {
        text = jsonOf(result, step, run.execution);
        await record(transaction, step, { output: text, error: undefined });
      };
      const recording = database.recording(save);
      const { signal } = run;
      try {
        const result = await run.execute(urn, input(), {
          values: recording.values,
          ...(signal === undefined ? {} : { signal }),
        });
        if (text === undefined) await store.write((transaction) => save(transaction, result));
        // Saving the result sets it.
        return JSON.parse(text!);
      } catch (error) {
        if (!isAlreadyRecorded(error)) throw error;
        records = await store.steps(id);
        // Another process has recorded the step.
        return JSON.parse(records.get(step)!.output!);
      } finally {
        recording.end();
      }
    },
    end() {
      hasEnded = true;
      cancelTimer();
      ctx.signal.removeEventListener("abort", suspend);
    },
  };
}

/** True also for an error of an execution whose transaction found it. */
function isAlreadyRecorded(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AlreadyRecorded) return true;
  }
  return false;
}
