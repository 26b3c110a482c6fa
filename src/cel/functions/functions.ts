/** What every declared function does, by its declaration without the result. */
import type { Implementation } from "../call.ts";
import { CONVERSIONS } from "./conversions.ts";
import { DATA } from "./data.ts";
import { LISTS } from "./lists.ts";
import { MATH } from "./math.ts";
import { OPTIONALS } from "./optionals.ts";
import { STRINGS } from "./strings.ts";
import { TIME } from "./time.ts";

/** Implementations by key: `string.charAt(int)`. */
export type Functions = Readonly<Record<string, Implementation>>;

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
  return all().get(key)!;
}

/** Every implemented signature, for the test that compares them with the declared ones. */
export function implementedKeys(): string[] {
  return [...all().keys()];
}
