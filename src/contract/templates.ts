/** Values that controllers evaluate while an app runs. */
import { isDeferred } from "./resource.ts";

/** Evaluates a value that was compiled by `ctx.template`. */
export type Template<T = unknown> = (scope: Readonly<Record<string, unknown>>) => T;

declare const lateMark: unique symbol;

/**
 * A value of type `T` that is computed later: the definition lists its field in `scopes`, and the
 * manifest wrote `${{ … }}`. A field that may wait has the type `T | Late<T>`; `ctx.template` makes
 * a function of it that gives a `T`.
 *
 * @example
 * defineController<{ to: string | Late<string> }>({
 *   create({ to }, ctx) {
 *     const address = ctx.template(to);
 *     return { execute: (input) => send(address({ input })) };
 *   },
 * });
 */
export interface Late<T> {
  readonly [lateMark]: T;
}

/** True for a value that waits, such as `${{ request.body }}`: only the controller can evaluate it. */
export function isLate(value: unknown): value is Late<unknown> {
  return isDeferred(value);
}

/** A string taken apart: there is one text more than values, which stand between the texts. */
export interface TextParts {
  readonly texts: readonly string[];
  /** Where each text begins in the string as it is written, counted in UTF-16 code units. */
  readonly offsets: readonly number[];
  /** An integer beyond 2^53 is a BigInt, since a value need not become a part of the text. */
  readonly values: readonly Template[];
}
