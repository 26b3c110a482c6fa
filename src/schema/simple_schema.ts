/**
 * Recognises schemas that have nothing to find: common keywords with valid values, no references and
 * no patterns. Most schemas of an app are like that, and one walk over them replaces those that check
 * their keywords, look for patterns, put references in, and compile them.
 */
import { toInputSchema } from "../contract/input_schema.ts";
import { isMap } from "../contract/resource.ts";

/** A larger or deeper schema is left to the complete checks, and so is one that contains itself. */
const MOST_NODES = 10_000;
const DEEPEST = 100;
/** Each name of a list is compared with the others. */
const LONGEST_LIST = 100;

/** The number of nodes of schemas that were seen before; 0 for others: a schema is never changed. */
const known = new WeakMap<object, number>();
const knownInputs = new WeakMap<object, boolean>();

/** The number of nodes of a simple schema; 0 for any other value. */
export function simpleSize(schema: unknown): number {
  if (typeof schema !== "object" || schema === null) return 0;
  let size = known.get(schema);
  if (size === undefined) {
    const count = { nodes: 0 };
    size = isSimple(schema, count, 0) && count.nodes <= MOST_NODES ? count.nodes : 0;
    known.set(schema, size);
  }
  return size;
}

/** True for a simple schema, also if it is written as a map from property to schema or type. */
export function isSimpleInput(written: unknown): boolean {
  if (typeof written !== "object" || written === null) return false;
  let isInput = knownInputs.get(written);
  if (isInput === undefined) {
    const schema = toInputSchema(written);
    isInput = simpleSize(schema) > 0;
    knownInputs.set(written, isInput);
  }
  return isInput;
}

interface Count {
  nodes: number;
}

function isSimple(schema: unknown, count: Count, depth: number): boolean {
  if (++count.nodes > MOST_NODES || depth > DEEPEST) return false;
  if (typeof schema === "boolean") return true;
  if (!isMap(schema)) return false;
  for (const key of Object.keys(schema)) {
    if (!fits(key, schema[key], count, depth + 1)) return false;
  }
  return true;
}

function fits(key: string, value: unknown, count: Count, depth: number): boolean {
  switch (key) {
    case "properties":
    case "$defs":
      return areSimple(value, count, depth);
    case "items":
    case "additionalProperties":
    case "not":
      return isSimple(value, count, depth);
    case "allOf":
    case "anyOf":
    case "oneOf":
      return Array.isArray(value) && value.length > 0 && isListOfSimple(value, count, depth);
    case "enum":
      return Array.isArray(value) && value.length > 0 && areScalars(value, count);
    case "required":
      return Array.isArray(value) && areDistinctStrings(value, count);
  }
  if (key === "type" && Array.isArray(value)) {
    return value.length > 0 && areDistinctStrings(value, count) && value.every(isType);
  }
  count.nodes++;
  switch (key) {
    case "type":
      return isType(value);
    case "title":
    case "description":
      return typeof value === "string";
    case "format":
      return typeof value === "string" && FORMATS.has(value);
    case "default":
    case "const":
      return typeof value !== "object" || value === null;
    case "minimum":
    case "maximum":
      return typeof value === "number" && Number.isFinite(value);
    case "minLength":
    case "maxLength":
    case "minItems":
    case "maxItems":
    case "minProperties":
    case "maxProperties":
      return Number.isInteger(value) && (value as number) >= 0;
    case "uniqueItems":
    case "readOnly":
    case "writeOnly":
    case "deprecated":
      return typeof value === "boolean";
    default:
      return false;
  }
}

function areSimple(value: unknown, count: Count, depth: number): boolean {
  count.nodes++;
  if (!isMap(value)) return false;
  for (const name of Object.keys(value)) {
    if (!isSimple(value[name], count, depth + 1)) return false;
  }
  return true;
}

function isListOfSimple(list: readonly unknown[], count: Count, depth: number): boolean {
  count.nodes++;
  return list.every((item) => isSimple(item, count, depth + 1));
}

function areScalars(list: readonly unknown[], count: Count): boolean {
  count.nodes += list.length + 1;
  return list.every((item) => typeof item !== "object" || item === null);
}

function areDistinctStrings(list: readonly unknown[], count: Count): boolean {
  count.nodes += list.length + 1;
  return list.length <= LONGEST_LIST &&
    list.every((item, index) => typeof item === "string" && list.indexOf(item) === index);
}

function isType(type: unknown): boolean {
  switch (type) {
    case "array":
    case "boolean":
    case "integer":
    case "null":
    case "number":
    case "object":
    case "string":
      return true;
    default:
      return false;
  }
}

const FORMATS: ReadonlySet<string> = new Set([
  "date",
  "date-time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "time",
  "uri",
  "uuid",
]);
