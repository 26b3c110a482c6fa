/** Values that controllers evaluate while an app runs. */
import { isDeferred } from "./resource.ts";

/** Evaluates a value that was compiled by `ctx.template`. */
export type Template<T = unknown> = (scope: Readonly<Record<string, unknown>>) => T;

/** A part of an expression, such as a side of a comparison. */
export interface ExpressionPart {
  readonly text: string;
  readonly value?: unknown;
  /** Why it has no value. */
  readonly problem?: string;
}

/** Why an expression has the result that it has. */
export interface Explanation {
  /** The parts that decide the result, in the order of the text. */
  readonly parts: readonly ExpressionPart[];
  /** The sides of each `==` that is false. */
  readonly unequal: readonly { readonly actual: unknown; readonly expected: unknown }[];
}

/** A compiled expression: a function of its variables. */
export interface Expression<T = unknown> extends Template<T> {
  /** Evaluates its parts, for a message about a result that is not the expected one. */
  explain(scope: Readonly<Record<string, unknown>>): Explanation;
}

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
