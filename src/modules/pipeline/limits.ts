/** What bounds the attempts of a step: its timeout, and how often it is tried again. */
import { durationMs, fail, isDiglyError, type ModuleCreateContext } from "../../contract/author.ts";
import type { RetryFields } from "./fields.ts";
import { inPart, isAborted, type Run, type Scope, type Step } from "./run.ts";

/** The step with a timeout. */
export function withTimeout(
  step: Step,
  timeout: string | number | undefined,
  what: string,
): Step {
  if (timeout === undefined) return step;
  // The schema has checked the duration.
  const ms = durationMs(timeout)!;
  return (scope, run) =>
    inPart(run, async (part, abort) => {
      let isLate = false;
      const cancel = run.execution.clock.setTimeout(() => {
        isLate = true;
        abort(new DOMException(`${what} took longer than ${timeout}`, "TimeoutError"));
      }, ms);
      try {
        return await step(scope, part);
      } catch (error) {
        if (!isLate || isAborted(run)) throw error;
        throw fail("Pipeline.Timeout", {
          problem: `${what} took longer than ${
            typeof timeout === "number" ? `${timeout} s` : timeout
          }`,
        }, { cause: error });
      } finally {
        cancel();
      }
    });
}

/** The step, tried again when it fails. */
export function withRetry(
  step: Step,
  retry: RetryFields | undefined,
  label: string,
  ctx: Pick<ModuleCreateContext, "log">,
): Step {
  if (retry === undefined || retry.attempts === 1) return step;
  const { attempts, factor, on } = retry;
  const backoffMs = durationMs(retry.backoff) ?? 0;

  function mayRetry(error: unknown): boolean {
    return on === undefined || (isDiglyError(error) && on.includes(error.code));
  }

  return async (scope: Scope, run: Run) => {
    for (let attempt = 1;; attempt++) {
      try {
        return await step(scope, run);
      } catch (error) {
        if (attempt === attempts || !mayRetry(error) || isAborted(run)) throw error;
        const waitMs = Math.round(backoffMs * factor ** (attempt - 1));
        const message = error instanceof Error ? error.message : String(error);
        ctx.log.warn(`Step ${label} failed, and is tried again in ${waitMs} ms: ${message}`, {
          attempt,
          traceId: run.execution.traceId,
        });
        await run.execution.emit("StepRetried", { step: label, attempt, waitMs });
        await wait(waitMs, run);
      }
    }
  };
}

/** Waits, unless the run is aborted meanwhile. */
async function wait(ms: number, { execution, outer, signal, journal }: Run): Promise<void> {
  const signals = [outer, signal, journal?.suspended].filter((one) => one !== undefined);
  await execution.clock.sleep(ms, signals.length === 1 ? outer : AbortSignal.any(signals));
}
