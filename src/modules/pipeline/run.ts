/** A run of a job: what its steps share. */
import type { Context, ExecutionOptions, Template } from "../../contract/author.ts";

/** What expressions see while a job runs. */
export type Scope = Readonly<Record<string, unknown>> & { readonly steps: StepResults };

/** How each step ended, by its name. */
export type StepResults = Record<string, StepResult>;

/** The result of a step, as expressions see it. */
export interface StepResult {
  readonly output: unknown;
  readonly error: ErrorView | null;
}

/** An error, as expressions see it. */
export interface ErrorView {
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly data: unknown;
}

/** The result of a step that has not run, or was skipped. */
export const NO_RESULT: StepResult = Object.freeze({ output: null, error: null });

/** One run of a job, or a part of it that can be aborted on its own. */
export interface Run {
  /** The execution of the job. */
  readonly execution: Context;
  /** Executes a resource below the job. */
  execute(urn: string, input: unknown, options: ExecutionOptions | undefined): Promise<unknown>;
  /** Aborted when nobody waits for the run any more. */
  readonly outer: AbortSignal;
  /** Aborts this part of the run. */
  readonly signal: AbortSignal | undefined;
  /** The record of a durable job. */
  readonly journal: Journal | undefined;
  /** The indexes of the items of the loops around, each with a dot; only in a durable job. */
  readonly items: string;
}

/** Records the steps of one job. */
export interface Journal {
  /** Executes a resource for a step, unless the step has ended before. */
  execute(step: string, urn: string, input: () => unknown, run: Run): Promise<unknown>;
  /** The error of a step that failed before, and whose failure was caught. */
  failureOf(step: string): ErrorView | undefined;
  recordFailure(step: string, error: ErrorView): Promise<void>;
  /** Aborted when this process must not continue, because another one will. */
  readonly suspended: AbortSignal;
  /** Aborted when the job was cancelled, or taken over. */
  readonly lost: AbortSignal;
  /** True if another process has taken over the job. */
  readonly isTakenOver: boolean;
  /** Throws if the process must not begin another step. */
  check(): void;
  /** Ends the renewal of the lease. */
  end(): void;
}

/** Runs a step, or several; resolves with the output. */
export type Step = (scope: Scope, run: Run) => Promise<unknown>;

/** A compiled expression. */
export type Expression = Template;

/** True if nobody waits for the run any more. */
export function isAborted({ outer, signal, journal }: Run): boolean {
  return signal?.aborted === true || outer.aborted || journal?.suspended.aborted === true;
}

/** True if another process continues the job, so that this one must not clean up. */
export function isSuspended({ journal }: Run): boolean {
  return journal !== undefined && (journal.suspended.aborted || journal.isTakenOver);
}

/**
 * Runs `work` as a part that `abort` ends, and that ends with the run around it.
 */
export async function inPart<T>(
  run: Run,
  work: (part: Run, abort: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const around = run.signal;
  const forward = () => controller.abort(around?.reason);
  if (around?.aborted === true) forward();
  else around?.addEventListener("abort", forward, { once: true });
  try {
    const part: Run = { ...run, signal: controller.signal };
    return await work(part, (reason) => controller.abort(reason));
  } finally {
    around?.removeEventListener("abort", forward);
  }
}
