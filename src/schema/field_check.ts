/**
 * Checks the values that expressions give while an app runs against the schemas of their fields.
 * Plain types and ranges need no schema library, whose first use takes tens of milliseconds.
 */
import type { SchemaCheck } from "../contract/schema.ts";
import type { Violation } from "../contract/violation.ts";
import { isMap, type Path, type Value } from "../contract/resource.ts";
import { ownValue, setOwn } from "../contract/own_key.ts";
import { violationMessage } from "../diagnostics/violation_messages.ts";
import { fieldSchema } from "./field_schema.ts";

/** Finds what is wrong with the value of one field; `undefined` if it fits. */
export type FieldCheck = (value: unknown) => Violation | undefined;

/** A resource's schema, its fields without `kind` and `metadata`, and the path of one field. */
export interface Field {
  readonly schema: unknown;
  readonly fields: unknown;
  readonly path: Path;
}

/** True if checking the field needs the schema library. */
export function needsLibrary({ schema, path }: Field): boolean {
  const part = fieldSchema(schema, path);
  return part.kind === "whole" || (part.kind === "part" && plainCheck(part.schema) === undefined);
}

/** The check of a field; `undefined` if it may have any value. `compile` is the schema library. */
export function createFieldCheck(
  { schema, fields, path }: Field,
  compile: (schema: unknown) => SchemaCheck,
): FieldCheck | undefined {
  const part = fieldSchema(schema, path);
  if (part.kind === "any") return undefined;
  if (part.kind === "whole") return wholeCheck(compile(schema), fields, path);
  const plain = plainCheck(part.schema);
  if (plain !== undefined) return plain;
  const validate = compile(part.schema);
  return (value) => validate(value)[0];
}

/** Checks the whole with the value in its place; what else is wrong was reported at load. */
function wholeCheck(validate: SchemaCheck, fields: unknown, path: Path): FieldCheck {
  return (value) => {
    for (const violation of validate(withValue(fields, path, value))) {
      const isInside = path.every((step, index) => String(step) === String(violation.path[index]));
      if (isInside) return { ...violation, path: violation.path.slice(path.length) };
    }
    return undefined;
  };
}

function withValue(node: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(node)) {
    return node.map((item, index) => index === Number(step) ? withValue(item, rest, value) : item);
  }
  const copy: Record<string, unknown> = { ...(node as Readonly<Record<string, unknown>>) };
  setOwn(copy, String(step), withValue(copy[String(step)], rest, value));
  return copy;
}

/** A restriction of one keyword: true for a value that satisfies it. */
type Keyword = (value: unknown) => boolean;

const TYPES: Readonly<Record<string, Keyword>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

const IGNORED = ["title", "description", "default", "examples", "deprecated", "$comment"];

/** The check of a schema of types, values and ranges; `undefined` if there is more in it. */
function plainCheck(schema: unknown): FieldCheck | undefined {
  if (!isMap(schema as Value)) return undefined;
  const keywords: (readonly [keyword: string, fits: Keyword, message: string])[] = [];
  for (const [keyword, limit] of Object.entries(schema as object)) {
    if (IGNORED.includes(keyword)) continue;
    const one = plainKeyword(keyword, limit);
    if (one === undefined) return undefined;
    keywords.push([keyword, ...one]);
  }
  return (value) => {
    for (const [keyword, fits, message] of keywords) {
      if (!fits(value)) return { path: [], keyword, message };
    }
    return undefined;
  };
}

/** What a keyword allows, and the message for what it does not. */
type Plain = readonly [fits: Keyword, message: string];

function plainKeyword(keyword: string, limit: unknown): Plain | undefined {
  switch (keyword) {
    case "type": {
      const types = [limit].flat();
      const checks = types.map((type) =>
        typeof type === "string" ? ownValue(TYPES, type) : undefined
      );
      const known = checks.filter((check) => check !== undefined);
      if (known.length < checks.length) return undefined;
      const fits = (value: unknown) => known.some((check) => check(value));
      return [fits, violationMessage({ keyword, params: { type: types } })];
    }
    case "enum": {
      const isPlain = Array.isArray(limit) &&
        limit.every((one) => typeof one !== "object" || one === null);
      if (!isPlain) return undefined;
      const params = { allowedValues: limit };
      return [(value) => limit.includes(value), violationMessage({ keyword, params })];
    }
    case "minimum":
      return numeric(keyword, limit, (value, min) => value >= min);
    case "maximum":
      return numeric(keyword, limit, (value, max) => value <= max);
    case "exclusiveMinimum":
      return numeric(keyword, limit, (value, min) => value > min);
    case "exclusiveMaximum":
      return numeric(keyword, limit, (value, max) => value < max);
    case "minLength":
      return length(keyword, limit, (value, min) => value >= min);
    case "maxLength":
      return length(keyword, limit, (value, max) => value <= max);
    default:
      return undefined;
  }
}

type Compare = (value: number, limit: number) => boolean;

function numeric(keyword: string, limit: unknown, fits: Compare): Plain | undefined {
  if (typeof limit !== "number") return undefined;
  return [
    (value) => typeof value !== "number" || fits(value, limit),
    violationMessage({ keyword, params: { limit } }),
  ];
}

function length(keyword: string, limit: unknown, fits: Compare): Plain | undefined {
  if (typeof limit !== "number") return undefined;
  return [
    (value) => typeof value !== "string" || fits([...value].length, limit),
    violationMessage({ keyword, params: { limit } }),
  ];
}
