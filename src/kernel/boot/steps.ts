/** The steps of a resource's instance during the boot: `init` and `start`. */
import type { ResourceInstance } from "../../contract/module.ts";
import { since, type StepLog } from "../step_log.ts";
import { isThenable } from "../../contract/results.ts";
import { untilAborted } from "./abortable.ts";
import { type FailedExecution, stepFailed, type StepSubject } from "./step_failed.ts";

/** What every step needs. */
export interface StepOptions {
  /** Runs a controller's code on behalf of a resource. */
  readonly runAs: <T>(urn: string, work: () => T) => T;
  /** The resource whose execution an error comes from, if any. */
  readonly failedIn: (error: unknown) => FailedExecution | undefined;
  /** Aborts the boot; a pending step is no longer awaited. */
  readonly signal: AbortSignal;
  readonly logStep?: StepLog | undefined;
}

const STEPS = {
  init: { code: "ERR_INIT_FAILED", verb: "Initialized" },
  start: { code: "ERR_START_FAILED", verb: "Started" },
} as const;

/** Runs a step that the instance has. Throws a `DiglyError` if it fails. */
export async function runStep(
  step: keyof typeof STEPS,
  entry: StepSubject,
  instance: ResourceInstance,
  { runAs, failedIn, signal, logStep }: StepOptions,
): Promise<void> {
  const { code, verb } = STEPS[step];
  const started = logStep === undefined ? 0 : performance.now();
  try {
    const result: unknown = runAs(entry.urn, () => instance[step]?.());
    if (isThenable(result)) await untilAborted(result, signal);
  } catch (error) {
    throw stepFailed(code, entry, error, failedIn);
  }
  logStep?.(`${verb} ${entry.urn} in ${since(started)}`);
}
