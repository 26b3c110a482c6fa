/** Checks what is written in fields for which their kind expects a type: its values and ranges. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail, isDiglyError } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import type { SchemaCheck } from "../../contract/schema.ts";
import type { Stars } from "../../contract/path_pattern.ts";
import {
  isDeferred,
  isMap,
  type Path,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import { loadSchemaCompiler } from "../../schema/schema.ts";
import { helpForViolation } from "../../schema/violation_help.ts";
import type { KindTable } from "../registry/kinds.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";
import { declaredSchema } from "./declared_schema.ts";

/** A value for which the kind declares a type. */
export interface ExpectedValue {
  readonly value: unknown;
  readonly path: Path;
  readonly stars: Stars;
  readonly declaration: Value;
}

/** References are checked in the resources that they are fields of. */
const REFERENCES = ["diglyUrn", "digly:kind"];

/** Reports values that have the right type and do not fit; what waits fits everywhere. */
export async function checkValues(
  values: readonly ExpectedValue[],
  entry: RegistryEntry,
  tables: { readonly registry: Registry; readonly kinds: KindTable },
  diagnostics: Diagnostics,
): Promise<void> {
  for (const { value, path, stars, declaration } of values) {
    if (isDeferred(value)) continue;
    const schema = declaredSchema(declaration, entry, stars, tables);
    if (isLeftToTypes(value, schema)) continue;
    const validate = await validatorOf(schema);
    for (const violation of validate?.(value) ?? []) {
      if (REFERENCES.includes(violation.keyword)) continue;
      const whole = [...path, ...violation.path];
      const origin = entry.manifest.originAt(whole);
      const problem = `${entry.urn}: \`${formatField(whole)}\` ${violation.message}`;
      const help = helpForViolation(violation, value, origin);
      diagnostics.error(fail("ERR_SCHEMA_VALIDATION", { problem }, { origin, help }));
    }
  }
}

/** Keywords that a type says as much as. */
const IN_TYPES: ReadonlySet<string> = new Set(
  ["type", "properties", "required", "additionalProperties", "title", "description"],
);

const NAMES_OR_TYPE: ReadonlySet<string> = new Set(["type", "title", "description"]);

/**
 * True for a map whose parts wait or have the type that is asked for, and whose schema asks for nothing
 * beyond types: most are like that, and the schema library takes longer to load than they to check.
 */
function isLeftToTypes(value: unknown, schema: unknown): boolean {
  if (isDeferred(value)) return true;
  if (!isMap(schema)) return false;
  if (!isMap(value)) return isOfType(value, schema);
  if (!hasOnly(schema, IN_TYPES)) return false;
  const { properties } = schema;
  const fields = isMap(properties) ? properties : {};
  for (const name of Object.keys(fields)) {
    const field = fields[name];
    // A field with a default is required of a complete value, and need not be written.
    if (isMap(field) && field["default"] !== undefined) return false;
  }
  for (const name of Object.keys(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!isLeftToTypes(value[name], field)) return false;
  }
  return true;
}

/** True for a schema with no other keywords. */
function hasOnly(schema: ValueMap, keywords: ReadonlySet<string>): boolean {
  for (const keyword of Object.keys(schema)) if (!keywords.has(keyword)) return false;
  return true;
}

/** True for a string, a boolean or an integer whose schema asks for that alone. */
function isOfType(value: unknown, schema: ValueMap): boolean {
  if (!hasOnly(schema, NAMES_OR_TYPE)) return false;
  const { type } = schema;
  return type === "integer"
    ? Number.isSafeInteger(value)
    : (type === "string" || type === "boolean") && typeof value === type;
}

/** `undefined` for no schema, and for an invalid one, which is reported where it is written. */
async function validatorOf(schema: unknown): Promise<SchemaCheck | undefined> {
  if (schema === undefined || schema === true) return undefined;
  try {
    return (await loadSchemaCompiler()).compile(schema);
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    return undefined;
  }
}
