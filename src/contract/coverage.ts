/** What a test run learns about the branches of an app. */
import type { Origin } from "./errors.ts";

/**
 * Called for each condition that is compiled, with `undefined`, and each time that one is evaluated,
 * with its outcome.
 */
export type OnCondition = (
  originOf: () => Origin | undefined,
  outcome: boolean | undefined,
) => void;

/** A list of alternatives, of which the first one whose condition is true is taken. */
export interface SwitchPlace {
  readonly originOf: () => Origin | undefined;
  readonly branches: readonly SwitchBranch[];
}

/** An alternative, or what happens if none of them is taken. */
export interface SwitchBranch {
  readonly isDefault: boolean;
  readonly originOf: () => Origin | undefined;
}

/**
 * Called for each `switch` that is compiled, with `undefined`, and each time that one is decided, with
 * the index of the branch that is taken.
 */
export type OnSwitch = (place: SwitchPlace, taken: number | undefined) => void;
