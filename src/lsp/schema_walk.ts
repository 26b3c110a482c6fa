/** Finds the parts of a JSON Schema that apply at a path. */
import { isSchemaMap, type SchemaMap, schemaTarget } from "../contract/schema_map.ts";
import type { Path, PathSegment } from "../contract/resource.ts";

/** More alternatives than that are not looked at. */
const MAX_SCHEMAS = 200;

/** Directives between a field and its value: what is below them is the value of the field. */
export function isTransparent(step: PathSegment): boolean {
  return step === "$then" || step === "$else" || step === "$do";
}

/** The schemas that apply at a path of a value; all alternatives where several may apply. */
export function schemasAt(schema: unknown, path: Path): readonly SchemaMap[] {
  let at = expand([schema], schema);
  for (const step of path) {
    if (isTransparent(step)) continue;
    at = expand(at.flatMap((one) => childrenOf(one, step)), schema);
  }
  return at;
}

/** The fields that schemas name, the first description of each wins. */
export function fieldsIn(schemas: readonly SchemaMap[]): ReadonlyMap<string, SchemaMap> {
  const fields = new Map<string, SchemaMap>();
  for (const { properties } of schemas) {
    if (!isSchemaMap(properties)) continue;
    for (const [name, field] of Object.entries(properties)) {
      if (!fields.has(name)) fields.set(name, isSchemaMap(field) ? field : {});
    }
  }
  return fields;
}

/** The fields that every alternative with fields requires. */
export function requiredIn(schemas: readonly SchemaMap[]): readonly string[] {
  const lists = schemas.map(({ required }) => required).filter((list) => Array.isArray(list));
  return [...new Set(lists.flat().map(String))];
}

/** A schema and what it consists of: `$ref`, `allOf`, alternatives and branches. */
function expand(schemas: readonly unknown[], root: unknown): SchemaMap[] {
  const found = new Set<SchemaMap>();
  const pending = [...schemas];
  while (pending.length > 0 && found.size < MAX_SCHEMAS) {
    const schema = schemaTarget(pending.shift(), root);
    if (!isSchemaMap(schema) || found.has(schema)) continue;
    found.add(schema);
    for (const keyword of ["allOf", "anyOf", "oneOf"]) {
      const parts = schema[keyword];
      if (Array.isArray(parts)) pending.push(...parts);
    }
    pending.push(schema["then"], schema["else"]);
  }
  return [...found];
}

function childrenOf(schema: SchemaMap, step: PathSegment): unknown[] {
  if (typeof step === "number") {
    const { prefixItems, items } = schema;
    const own = Array.isArray(prefixItems) ? prefixItems[step] : undefined;
    return [own ?? items];
  }
  const { properties, patternProperties, additionalProperties } = schema;
  if (isSchemaMap(properties) && Object.hasOwn(properties, step)) return [properties[step]];
  const matching = isSchemaMap(patternProperties)
    ? Object.entries(patternProperties).filter(([pattern]) => matches(pattern, step))
    : [];
  return matching.length > 0 ? matching.map(([, value]) => value) : [additionalProperties];
}

/** Patterns come from modules: only those without repetition of groups are tried. */
function matches(pattern: string, name: string): boolean {
  if (/[)\]][*+{]|[*+}][*+{]/.test(pattern) || name.length > 200) return false;
  try {
    return new RegExp(pattern, "u").test(name);
  } catch {
    return false;
  }
}

/** The kind of resources that a reference may name; `undefined` where none is expected. */
export interface ExpectedUrn {
  /** Kinds or contracts; none means any resource. */
  readonly kinds: readonly string[];
}

/** The reference that schemas expect. */
export function expectedUrn(schemas: readonly SchemaMap[]): ExpectedUrn | undefined {
  const references = schemas.filter((schema) =>
    schema["format"] === "digly-urn" || schema["diglyUrn"] === true ||
    schema["digly:kind"] !== undefined
  );
  if (references.length === 0) return undefined;
  const kinds = references.flatMap((schema) => [schema["digly:kind"]].flat());
  return { kinds: kinds.filter((kind) => typeof kind === "string") };
}

/** The values that schemas allow, if they name them. */
export function valuesIn(schemas: readonly SchemaMap[]): readonly unknown[] {
  const values = schemas.flatMap((schema): unknown[] => {
    if (Array.isArray(schema["enum"])) return schema["enum"];
    if ("const" in schema) return [schema["const"]];
    return [schema["type"]].flat().includes("boolean") ? [true, false] : [];
  });
  return [...new Set(values)].filter((value) => typeof value !== "object");
}

/** The first description of schemas. */
export function descriptionIn(schemas: readonly SchemaMap[]): string | undefined {
  const found = schemas.find(({ description }) => typeof description === "string");
  return found?.["description"] as string | undefined;
}

/** The types of schemas in words: `string or object`. */
export function typeWords(schemas: readonly SchemaMap[]): string {
  const types = schemas.flatMap((schema) => {
    if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value));
    return [schema["type"]].flat().filter((type) => typeof type === "string");
  });
  return [...new Set(types)].slice(0, 8).join(" or ");
}
