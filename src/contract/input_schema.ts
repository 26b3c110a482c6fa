/** Schemas of inputs and outputs as written in manifests, and errors for values that do not match. */
import { wrongArgument } from "./wrong_argument.ts";
import { type DiglyError, type ErrorContext, fail, type Origin } from "./errors.ts";
import { formatField } from "./field_path.ts";
import { raiseLimit } from "./limits.ts";
import type { Violation } from "./violation.ts";
import { isMap, type ValueMap } from "./resource.ts";

/** Keywords that distinguish a JSON Schema from a map of properties, if their values are valid. */
const KEYWORDS: readonly [keyword: string, fits: (value: unknown) => boolean][] = Object.entries({
  type: (value: unknown) => typeof value === "string" || Array.isArray(value),
  $ref: (value: unknown) => typeof value === "string",
  $schema: (value: unknown) => typeof value === "string",
  properties: isMap,
  allOf: Array.isArray,
  anyOf: Array.isArray,
  oneOf: Array.isArray,
  enum: Array.isArray,
  required: Array.isArray,
});

/**
 * Returns a JSON Schema as it is, and expands a map of properties: all are required, no others are
 * allowed, and a type name is short for `{type: …}`.
 *
 * @example
 * const validate = await ctx.validator(toInputSchema({ name: "string" }));
 */
export function toInputSchema(written: unknown): unknown {
  if (!isMap(written) || Object.keys(written).length === 0) return written;
  const isSchema = KEYWORDS.some(([keyword, fits]) =>
    Object.hasOwn(written, keyword) && fits(written[keyword])
  );
  if (isSchema) return written;
  const properties: ValueMap = {};
  for (const [name, property] of Object.entries(written)) {
    properties[name] = typeof property === "string" ? { type: property } : property;
  }
  return {
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

/**
 * The error for an input that breaks the schema of the resource `urn`.
 *
 * @example
 * const { violations, value } = validate(input);
 * if (violations.length > 0) throw inputError(execution.urn, violations);
 * return value;
 */
export function inputError(
  urn: string,
  violations: readonly Violation[],
): DiglyError<"ERR_INPUT_INVALID"> {
  const problem = `The input of ${urn} is invalid: ${listOf(violations)}`;
  return fail("ERR_INPUT_INVALID", { urn, problem, violations });
}

/**
 * The error for any other value that breaks its schema, or cannot be checked within the limits; `what`
 * is, for example, `The result of A.b`.
 *
 * @example
 * const { violations } = validate(result);
 * if (violations.length > 0) throw violationsError(`The result of ${execution.urn}`, violations);
 */
export function violationsError(
  what: string,
  violations: readonly Violation[],
): DiglyError<"ERR_SCHEMA_VALIDATION" | "ERR_LIMIT_EXCEEDED"> {
  if (!Array.isArray(violations)) throw wrongArgument("violations", "a list", violations);
  const [first] = violations;
  if (first?.limit !== undefined) return violationError(what, first);
  return fail("ERR_SCHEMA_VALIDATION", { problem: `${what} is invalid: ${listOf(violations)}` });
}

function listOf(violations: readonly Violation[]): string {
  return violations.map(({ path, message }) =>
    path.length === 0 ? `it ${message}` : `\`${formatField(path)}\` ${message}`
  ).join("; ");
}

/** The error for one violation of `what`: a field of a resource, or a whole value. */
export function violationError(
  what: string,
  { message, keyword, limit, limitValue = 0 }: Violation,
  context: ErrorContext = {},
): DiglyError<"ERR_SCHEMA_VALIDATION" | "ERR_LIMIT_EXCEEDED"> {
  const problem = `${what} ${message}`;
  return limit === undefined
    ? fail("ERR_SCHEMA_VALIDATION", { problem, keyword }, context)
    : fail("ERR_LIMIT_EXCEEDED", { problem, limit }, {
      ...context,
      help: raiseLimit(limit, limitValue, "Simplify the schema or the value"),
    });
}

/** The error for a schema that has more nodes than the limit allows. */
export function tooLargeSchema(
  nodes: number,
  origin?: Origin,
): DiglyError<"ERR_LIMIT_EXCEEDED"> {
  const problem = `The schema has more than ${nodes} nodes, with what it refers to`;
  return fail("ERR_LIMIT_EXCEEDED", { problem, limit: "schemaNodes" }, {
    origin,
    help: raiseLimit("schemaNodes", nodes, "Refer to each part once"),
  });
}
