/** What a test run learns about the conditions of an app. */
import type { Origin } from "./errors.ts";

/**
 * Called for each condition that is compiled, with `undefined`, and each time that one is evaluated,
 * with its outcome.
 */
export type OnCondition = (
  originOf: () => Origin | undefined,
  outcome: boolean | undefined,
) => void;
