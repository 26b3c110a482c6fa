/**
 * Finds the mistakes in a JSON Schema, each at its keyword. The schema library reports only that a
 * schema is invalid, and is too slow to load for schemas that are not used yet.
 */
import { toInputSchema } from "../../contract/input_schema.ts";
import { isMap, type ValueMap } from "../../contract/resource.ts";
import { aSchema } from "./keywords.ts";
import { type SchemaCheck, type SchemaProblem, within } from "./problems.ts";
import { checkTypeName } from "./types.ts";

export type { SchemaProblem } from "./problems.ts";

/** What is wrong with schemas that were checked before: a schema is never changed. */
const known = new WeakMap<object, readonly SchemaProblem[]>();
const knownInputs = new WeakMap<object, readonly SchemaProblem[]>();

/** The mistakes in a schema. */
export function checkSchema(schema: unknown): readonly SchemaProblem[] {
  return checkOnce(schema, known, findProblems);
}

/** The mistakes in a schema that may also be written as a map from property to schema. */
export function checkInputSchema(written: unknown): readonly SchemaProblem[] {
  return checkOnce(written, knownInputs, (written) => {
    const isMapOfProperties = isMap(written) && toInputSchema(written) !== written;
    return isMapOfProperties ? checkProperties(written) : checkSchema(written);
  });
}

function checkOnce(
  schema: unknown,
  known: WeakMap<object, readonly SchemaProblem[]>,
  check: (schema: unknown) => readonly SchemaProblem[],
): readonly SchemaProblem[] {
  if (typeof schema !== "object" || schema === null) return check(schema);
  let problems = known.get(schema);
  if (problems === undefined) known.set(schema, problems = check(schema));
  return problems;
}

function findProblems(schema: unknown): readonly SchemaProblem[] {
  const check = begin(schema);
  aSchema(check, schema, {});
  return check.problems;
}

/** The mistakes in a map from property to schema, or to the name of a type. */
export function checkProperties(written: ValueMap): readonly SchemaProblem[] {
  const check = begin(toInputSchema(written), written);
  for (const [name, property] of Object.entries(written)) {
    within(check, name, () => {
      if (typeof property === "string") checkTypeName(check, property);
      else aSchema(check, property, {});
    });
  }
  return check.problems;
}

function begin(root: unknown, written = root): SchemaCheck {
  const draft = isMap(root) ? root["$schema"] : undefined;
  const isDraft7 = typeof draft === "string" && draft.includes("draft-07");
  return { root, written, isDraft7, path: [], problems: [] };
}
