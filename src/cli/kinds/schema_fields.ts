/** Lists the fields that a JSON Schema describes. */
import { DURATION_PATTERN, LONG_DURATION_PATTERN } from "../../contract/duration.ts";
import { SIZE_PATTERN } from "../../contract/size.ts";
import { isSchemaMap, type SchemaMap, schemaTarget } from "../../contract/schema_map.ts";

/** A field of a resource. */
export interface SchemaField {
  /** `mounts[].path`; `*` for a key of any name. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** As JSON; `undefined` for none. */
  readonly default: string | undefined;
  readonly description: string | undefined;
  /** Values that its schema gives as examples. */
  readonly examples: readonly unknown[];
}

/** What strings with a pattern that built-in kinds share are. */
const NOTATIONS: ReadonlyMap<string, string> = new Map([
  [DURATION_PATTERN, " (duration)"],
  [LONG_DURATION_PATTERN, " (duration)"],
  [SIZE_PATTERN, " (size)"],
]);

/** The fields of `schema` in order, each followed by its nested fields. */
export function fieldsOf(schema: unknown): SchemaField[] {
  return [...walk(schema, "", new Set(), schema)];
}

/** Sets of fields of which one is required: `oneOf` or `anyOf` of bare `required`. */
export function choicesOf(schema: unknown): string[][] {
  if (!isSchemaMap(schema)) return [];
  return ["oneOf", "anyOf"].flatMap((key) => {
    const list = schema[key];
    if (!Array.isArray(list) || !list.every(isOnlyRequired)) return [];
    return [list.map(({ required }) => required.join(" and "))];
  });
}

function isOnlyRequired(value: unknown): value is { readonly required: readonly string[] } {
  return isSchemaMap(value) && Array.isArray(value["required"]) && Object.keys(value).length === 1;
}

function* walk(
  node: unknown,
  path: string,
  above: ReadonlySet<unknown>,
  root: unknown,
): Generator<SchemaField> {
  const schema = schemaTarget(node, root);
  if (!isSchemaMap(schema) || above.has(schema)) return;
  const inside = new Set([...above, schema]);
  for (const part of partsOf(schema, root)) {
    const required = Array.isArray(part["required"]) ? part["required"] : [];
    for (const [name, child] of Object.entries(mapOf(part["properties"]))) {
      const at = path === "" ? name : `${path}.${name}`;
      const field = schemaTarget(child, root);
      yield {
        path: at,
        type: typeOf(field, root),
        required: required.includes(name),
        default: isSchemaMap(field) && "default" in field
          ? JSON.stringify(field["default"])
          : undefined,
        description: textOf(child) ?? textOf(field),
        examples: isSchemaMap(field) && Array.isArray(field["examples"]) ? field["examples"] : [],
      };
      yield* walk(field, at, inside, root);
    }
    if (isSchemaMap(part["items"])) yield* walk(part["items"], `${path}[]`, inside, root);
    const others = part["additionalProperties"];
    if (isSchemaMap(others)) {
      yield* walk(others, path === "" ? "*" : `${path}.*`, inside, root);
    }
  }
}

/** A schema and its subschemas for the same value. */
function* partsOf(schema: SchemaMap, root: unknown): Generator<SchemaMap> {
  yield schema;
  for (const key of ["allOf", "anyOf", "oneOf"]) {
    for (const part of Array.isArray(schema[key]) ? schema[key] : []) {
      const found = schemaTarget(part, root);
      if (isSchemaMap(found) && found !== schema) yield found;
    }
  }
}

function mapOf(value: unknown): SchemaMap {
  return isSchemaMap(value) ? value : {};
}

function textOf(schema: unknown): string | undefined {
  const text = isSchemaMap(schema) ? schema["description"] : undefined;
  return typeof text === "string" ? text.trim() : undefined;
}

/** The type of a field in words: `integer from 0 to 65535`, `GET | HEAD`, `list of string`. */
function typeOf(schema: unknown, root: unknown): string {
  if (!isSchemaMap(schema)) return schema === false ? "nothing" : "any";
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["enum"])) {
    return schema["enum"].map((value) => typeof value === "string" ? value : JSON.stringify(value))
      .join(" | ");
  }
  const { type } = schema;
  if (Array.isArray(type)) {
    return type.map((one) => typeOf({ ...schema, type: one }, root)).join(" | ");
  }
  if (type === "array") {
    const items = schemaTarget(schema["items"], root);
    const inner = typeOf(items, root);
    return inner === "any" ? "list" : `list of ${inner}`;
  }
  if (typeof type === "string") return type + limitsOf(type, schema);
  for (const key of ["anyOf", "oneOf"]) {
    const list = schema[key];
    if (!Array.isArray(list)) continue;
    return [...new Set(list.map((one) => typeOf(schemaTarget(one, root), root)))].join(" | ");
  }
  return isSchemaMap(schema["properties"]) ? "object" : "any";
}

function limitsOf(type: string, schema: SchemaMap): string {
  if (type === "string") {
    const { pattern } = schema;
    if (typeof pattern === "string") return NOTATIONS.get(pattern) ?? ` like \`${pattern}\``;
    if (schema["format"] === "digly-urn") return ` (${referenceOf(schema)})`;
    return typeof schema["format"] === "string" ? ` (${schema["format"]})` : "";
  }
  const [least, most] = [schema["minimum"], schema["maximum"]];
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` from ${least}`;
  return most === undefined ? "" : ` up to ${most}`;
}

/** What a reference names: `Kind.Name`, or the kinds that its schema allows. */
function referenceOf(schema: SchemaMap): string {
  const kinds = [schema["digly:kind"] ?? "Kind"].flat().map((kind) => `${kind}.Name`);
  return kinds.join(" or ") + (schema["digly:ready"] === true ? ", ready first" : "");
}
