/** The types that definitions declare, such as the input of an execution, in words. */
import { isSchemaMap, type SchemaMap } from "../../contract/schema_map.ts";

/** Longest list of fields; the fields of a larger map are left out. */
const MAX_FIELDS = 12;

/** A declared type in words; `undefined` if nothing is declared. */
export function describeDeclaredType(declaration: unknown): string | undefined {
  if (declaration === undefined || declaration === null) return undefined;
  if (!isSchemaMap(declaration)) return "any";
  const otherwise = describeDeclaredType(declaration["$else"]);
  const described = describeDirective(declaration) ?? quoted(describeShape(declaration));
  return otherwise === undefined ? described : `${described}; without that field, ${otherwise}`;
}

/** A type that depends on the fields of the resource. */
function describeDirective(declaration: SchemaMap): string | undefined {
  const field = declaration["$field"];
  if (field !== undefined) return `described by ${fields(field)}`;
  for (const [directive, what] of [["$inputOf", "input"], ["$outputOf", "result"]] as const) {
    if (declaration[directive] === undefined) continue;
    return `the ${what} of the resource in ${fields(declaration[directive])}`;
  }
  const deciding = declaration["$case"];
  if (deciding === undefined) return undefined;
  const cases = Object.entries(isSchemaMap(declaration["of"]) ? declaration["of"] : {});
  return cases
    .map(([value, type]) => `${quoted(describeShape(type))} with \`${deciding}: ${value}\``)
    .join(", ");
}

/** A type that is more than a word, set apart from the words around it. */
function quoted(type: string): string {
  return type.includes("{") ? `\`${type}\`` : type;
}

function fields(paths: unknown): string {
  return [paths].flat().map((path) => `\`${path}\``).join(" or ");
}

/** A JSON Schema in the notation of TypeScript: `{ path: string, size?: integer }`. */
function describeShape(schema: unknown): string {
  if (!isSchemaMap(schema)) return "any";
  if (Array.isArray(schema["enum"])) {
    return schema["enum"].map((value) => JSON.stringify(value)).join(" | ");
  }
  const { type } = schema;
  if (Array.isArray(type)) {
    return type.map((one) => describeShape({ ...schema, type: one })).join(" | ");
  }
  if (type === "array") return `list of ${describeShape(schema["items"])}`;
  const properties = isSchemaMap(schema["properties"]) ? schema["properties"] : undefined;
  if (properties !== undefined && (type === undefined || type === "object")) {
    return describeMap(properties, schema["required"]);
  }
  return typeof type === "string" ? type : "any";
}

function describeMap(properties: SchemaMap, required: unknown): string {
  const names = Object.keys(properties);
  if (names.length === 0 || names.length > MAX_FIELDS) return "object";
  const isRequired = (name: string) => Array.isArray(required) && required.includes(name);
  const shown = names.map((name) =>
    `${name}${isRequired(name) ? "" : "?"}: ${describeShape(properties[name])}`
  );
  return `{ ${shown.join(", ")} }`;
}
