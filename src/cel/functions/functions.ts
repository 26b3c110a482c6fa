/** What every declared function does, by its declaration without the result. */
import { CONVERSIONS } from "./conversions.ts";
import { DATA } from "./data.ts";
import type { Implementation } from "./implementation.ts";
import { LISTS } from "./lists.ts";
import { MATH } from "./math.ts";
import { OPTIONALS } from "./optionals.ts";
import { STRINGS } from "./strings.ts";
import { TIME } from "./time.ts";

let implementations: ReadonlyMap<string, Implementation> | undefined;

function all(): ReadonlyMap<string, Implementation> {
  return implementations ??= new Map(
    [CONVERSIONS, DATA, LISTS, MATH, OPTIONALS, STRINGS, TIME].flatMap((group) =>
      Object.entries(group)
    ),
  );
}

/** The implementation of a signature. */
export function implementationOf(key: string): Implementation {
  // Only signatures that are declared are called, and each of them has one.
  return all().get(key)!;
}

/** Every implemented signature, for the test that compares them with the declared ones. */
export function implementedKeys(): string[] {
  return [...all().keys()];
}
