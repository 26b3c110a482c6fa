/** Values that controllers evaluate while an app runs. */
import { isDeferred } from "./resource.ts";

/**
 * Evaluates a value that was compiled by `ctx.template`.
 *
 * @example
 * const subject: Template<string> = ctx.template(written as string);
 * const text = subject({ input: { name: "Ada" } });
 */
export type Template<T = unknown> = (scope: Readonly<Record<string, unknown>>) => T;

/**
 * A part of an expression, such as a side of a comparison.
 *
 * @example
 * const part: ExpressionPart = { text: "output.total", value: 2 };
 */
export interface ExpressionPart {
  readonly text: string;
  readonly value?: unknown;
  /** Why it has no value. */
  readonly problem?: string;
}

/**
 * Why an expression has the result that it has.
 *
 * @example
 * function unequal({ unequal }: Explanation): number {
 *   return unequal.length;
 * }
 */
export interface Explanation {
  /** The parts that decide the result, in the order of the text. */
  readonly parts: readonly ExpressionPart[];
  /** The sides of each `==` that is false. */
  readonly unequal: readonly { readonly actual: unknown; readonly expected: unknown }[];
}

/**
 * A compiled expression: a function of its variables.
 *
 * @example
 * const expect: Expression<boolean> = ctx.expression("output.total == 3", ["expect"]);
 * if (!expect({ output })) ctx.log.error("Not as expected", { ...expect.explain({ output }) });
 */
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

/**
 * True for a value that waits, such as `${{ request.body }}`: only the controller can evaluate it.
 *
 * @example
 * const status = isLate(written) ? undefined : Number(written);
 */
export function isLate(value: unknown): value is Late<unknown> {
  return isDeferred(value);
}

/**
 * A string taken apart: there is one text more than values, which stand between the texts.
 *
 * @example
 * const { texts, values }: TextParts = ctx.parts("SELECT * FROM users");
 * const sql = texts.reduce((before, text, index) => `${before}$${index}${text}`);
 * const bound = values.map((value) => value({ input: { id: 7 } }));
 */
export interface TextParts {
  readonly texts: readonly string[];
  /** Where each text begins in the string as it is written, counted in UTF-16 code units. */
  readonly offsets: readonly number[];
  /** An integer beyond 2^53 is a BigInt, since a value need not become a part of the text. */
  readonly values: readonly Template[];
}
