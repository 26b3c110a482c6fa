/** JSON Schema as the stages pass it on; only `schema/` knows the library. */
import type { ValidatorOptions } from "./validator.ts";
import type { Violation } from "./violation.ts";
import type { ValidationBounds } from "./validation_budget.ts";

/** A compiled schema: returns true for a valid value, and sets `errors` otherwise. */
export interface CompiledSchema {
  (value: unknown): boolean;
  errors?: readonly object[] | null;
}

/**
 * Checks a value against a schema; an empty list means it fits. Defaults and conversions are made
 * in place.
 */
export type SchemaCheck = (value: unknown) => readonly Violation[];

/** Gives the validator of one of the program's own schemas, by the URL of the file that contains it. */
export type GeneratedValidators = (url: string) => Promise<CompiledSchema | undefined>;

/** Compiles schemas. */
export interface SchemaCompiler {
  /**
   * The check of a schema, within the default bounds or others; throws
   * `ERR_SCHEMA_VALIDATION` for a schema that is invalid.
   */
  compile(schema: unknown, options?: ValidatorOptions, bounds?: ValidationBounds): SchemaCheck;
}

/** The exports of the library's packages. */
export interface SchemaLibrary {
  readonly Ajv: unknown;
  readonly Ajv2020: unknown;
  readonly formats: unknown;
  readonly _: unknown;
}
