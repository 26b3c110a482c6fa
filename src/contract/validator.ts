/** Checking values against JSON Schemas. */
import type { Violation } from "./violation.ts";

/**
 * Checks a value against a schema compiled once. It never changes the value that it is given.
 *
 * @example
 * const validate: Validator = await ctx.validator({ type: "object", required: ["name"] });
 * const { violations } = validate({}); // one: it must have "name"
 */
export type Validator = (value: unknown) => Validated;

/**
 * The result of a {@link Validator}.
 *
 * @example
 * const { violations, value }: Validated = validate({ limit: "10" });
 */
export interface Validated {
  /** What is wrong with the value; an empty list means it fits. */
  readonly violations: readonly Violation[];
  /** The value with its defaults and conversions: a copy if the options ask for any. */
  readonly value: unknown;
}

/**
 * How a schema is applied.
 *
 * @example
 * const options: ValidatorOptions = { coerce: true, defaults: true };
 * const validate = await ctx.validator({ type: "integer", default: 10 }, options);
 * const { value } = validate("12"); // 12
 */
export interface ValidatorOptions {
  /**
   * Converts strings to the scalar type the schema asks for, as path, query and header values
   * need. Off by default.
   */
  readonly coerce?: boolean;
  /** Fills in `default` values. Off by default. */
  readonly defaults?: boolean;
}
