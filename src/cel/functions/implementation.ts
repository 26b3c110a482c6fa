/** What functions are made of. */
import type { Context } from "../context.ts";

/**
 * What a function does. Doubles come as numbers, and what it gives as a double may be one;
 * every other value has the form of `values.ts`. Text and lists that it makes it counts itself.
 */
export type Implementation = (context: Context, ...args: never[]) => unknown;

/** Implementations by key: `string.charAt(int)`. */
export type Functions = Readonly<Record<string, Implementation>>;
