/**
 * Recognises schemas that are certainly valid, as most are. The library checks a schema with that of
 * the draft, whose compilation takes longer than that of all schemas of a small app.
 */
import { isMap, type Value } from "../contract/resource.ts";
import { isKnownPattern } from "./patterns.ts";

type Fits = (value: unknown) => boolean;

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];

const isString: Fits = (value) => typeof value === "string";
const isBoolean: Fits = (value) => typeof value === "boolean";
const isNumber: Fits = (value) => typeof value === "number" && Number.isFinite(value);
const isCount: Fits = (value) => Number.isInteger(value) && (value as number) >= 0;
const isType: Fits = (value) => typeof value === "string" && TYPES.includes(value);
const isSet = (value: unknown, fits: Fits): boolean =>
  Array.isArray(value) && value.every(fits) && new Set(value).size === value.length;
const isSchemaList: Fits = (value) =>
  Array.isArray(value) && value.length > 0 && value.every(isPlainSchema);
const isSchemaMap: Fits = (value) =>
  isMap(value as Value) && Object.values(value as object).every(isPlainSchema);

/** The keywords that are recognised, and what their values have to be. */
const KEYWORDS = new Map<string, Fits>([
  ["type", (value) => isType(value) || (isSet(value, isType) && (value as unknown[]).length > 0)],
  ["required", (value) => isSet(value, isString)],
  ["enum", (value) => Array.isArray(value) && value.length > 0],
  ["examples", Array.isArray],
  ["multipleOf", (value) => isNumber(value) && (value as number) > 0],
  ["pattern", isPattern],
  ["$ref", (value) => typeof value === "string" && /^#(?:\/[\w$.-]+)*$/.test(value)],
  ...["const", "default"].map((name) => [name, () => true] as const),
  ...["title", "description", "format"].map((name) => [name, isString] as const),
  ...["uniqueItems", "readOnly", "writeOnly", "deprecated"].map((name) =>
    [name, isBoolean] as const
  ),
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((name) =>
    [name, isNumber] as const
  ),
  ...["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"].map(
    (name) => [name, isCount] as const,
  ),
  ...["items", "additionalProperties", "not", "contains"].map((name) =>
    [name, isPlainSchema] as const
  ),
  ...["allOf", "anyOf", "oneOf"].map((name) => [name, isSchemaList] as const),
  ...["properties", "$defs"].map((name) => [name, isSchemaMap] as const),
]);

/** True for a schema of common keywords, all of which have valid values. */
export function isPlainSchema(schema: unknown): boolean {
  if (typeof schema === "boolean") return true;
  if (!isMap(schema as Value)) return false;
  return Object.entries(schema as object).every(([key, value]) =>
    KEYWORDS.get(key)?.(value) ?? false
  );
}

/**
 * True for a plain schema whose compilation has nothing left to find: it refers to no part of itself,
 * and its patterns were checked.
 */
export function certainlyCompiles(schema: unknown): boolean {
  return isPlainSchema(schema) && isComplete(schema);
}

function isComplete(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return true;
  return Object.entries(node).every(([key, value]) =>
    key !== "$ref" && isComplete(value) &&
    (key !== "pattern" || typeof value !== "string" || isKnownPattern(value))
  );
}

/** As the library checks patterns, before they are compiled for matching in linear time. */
function isPattern(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    new RegExp(value, "u");
    return true;
  } catch {
    return false;
  }
}
