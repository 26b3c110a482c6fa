/** Violations of JSON Schemas. */
import type { Limits } from "./limits.ts";

/**
 * One way in which a value breaks a schema.
 *
 * @example
 * function list(violations: readonly Violation[]): string[] {
 *   return violations.map(({ path, message }) => `${formatField(path)} ${message}`);
 * }
 */
export interface Violation {
  /** Where in the value: `["items", 0, "sku"]`. */
  readonly path: readonly (string | number)[];
  /** A sentence that quotes no value: `must be an integer`. */
  readonly message: string;
  /** The JSON Schema keyword that failed. */
  readonly keyword: string;
  /** The types that `type` allows, the values of `enum`, or the kinds of `digly:kind`. */
  readonly expected?: readonly unknown[];
  /** For an unknown field, the known one it was probably meant to be. */
  readonly nearest?: string;
  /** The fields of which one is needed. */
  readonly missing?: readonly string[];
  /** Set where the value was not checked to its end: the name of the limit that was reached. */
  readonly limit?: keyof Limits;
  /** The value of that limit. */
  readonly limitValue?: number;
}
