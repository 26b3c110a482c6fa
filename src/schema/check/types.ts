/** Checks the `type` keyword, and suggests names for common mistakes. */
import { didYouMean } from "../../diagnostics/nearest.ts";
import { type KeywordCheck, report, type SchemaCheck, sortOf, within } from "./problems.ts";

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];

/** Type names of other languages, with their JSON Schema names. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  bool: "boolean",
  char: "string",
  decimal: "number",
  dict: "object",
  double: "number",
  float: "number",
  int: "integer",
  int32: "integer",
  int64: "integer",
  list: "array",
  long: "integer",
  map: "object",
  mapping: "object",
  nil: "null",
  none: "null",
  record: "object",
  set: "array",
  str: "string",
  struct: "object",
  text: "string",
  tuple: "array",
  uint: "integer",
  undefined: "null",
  varchar: "string",
};

/** Types of other languages that are strings of a format here. */
const FORMATS: Readonly<Record<string, string>> = {
  date: "date",
  datetime: "date-time",
  "date-time": "date-time",
  timestamp: "date-time",
  time: "time",
  duration: "duration",
  email: "email",
  uri: "uri",
  url: "uri",
  uuid: "uuid",
};

/** True for the name of a type. */
export function isTypeName(name: string): boolean {
  return TYPES.includes(name);
}

/** `type: string`, or a list of such names. */
export const checkType: KeywordCheck = (check, value) => {
  if (!Array.isArray(value)) return checkTypeName(check, value);
  if (value.length === 0) return report(check, "`type` is an empty list", "Name at least one type");
  value.forEach((item, index) =>
    within(check, index, () => {
      if (value.indexOf(item) === index) return checkTypeName(check, item);
      report(check, `The type ${String(item)} is duplicated`, "Remove one of them");
    })
  );
};

/** Reports an invalid name of a type. */
export function checkTypeName(check: SchemaCheck, value: unknown): void {
  if (typeof value === "string") {
    if (!isTypeName(value)) report(check, `"${value}" is not a type`, helpForType(value));
  } else if (value === null) {
    report(check, "`type` must be the name of a type, and it is null", 'Write "null" with quotes');
  } else {
    report(
      check,
      `\`type\` must be the name of a type, and it is ${sortOf(value)}`,
      `Types are ${TYPES.join(", ")}`,
    );
  }
}

function helpForType(name: string): string {
  const lower = name.toLowerCase();
  const item = /^(.+)\[\]$/.exec(lower)?.[1];
  if (item !== undefined) {
    return `Write type: array and items: { type: ${OTHER_NAMES[item] ?? item} }`;
  }
  if (name.includes("|")) {
    return `Write a list, [${name.split("|").map((one) => one.trim()).join(", ")}]`;
  }
  if (name.endsWith("?")) return `Write "${name.slice(0, -1)}", and leave it out of \`required\``;
  if (lower === "any") return "Leave `type` out to allow any value";
  if (lower === "enum") return "Write `enum` and the allowed values instead of `type`";
  if (Object.hasOwn(FORMATS, lower)) return `Write type: string and format: ${FORMATS[lower]}`;
  if (Object.hasOwn(OTHER_NAMES, lower)) return `Did you mean "${OTHER_NAMES[lower]}"?`;
  return didYouMean(name, TYPES) ?? `Types are ${TYPES.join(", ")}`;
}
