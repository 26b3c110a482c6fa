/** Reads fields of a manifest and reports mistakes in them. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail, type Origin } from "../../contract/errors.ts";
import { didYouMean, nearest } from "../../diagnostics/nearest.ts";
import { isMap, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import type { Anchor, Located } from "../../contract/source.ts";
import { describe } from "./shape.ts";

/** A document whose fields are read, and the receiver of mistakes. */
export interface Fields {
  readonly document: Located;
  readonly diagnostics: Diagnostics;
}

/** Reports `ERR_MODULE_INVALID` for the node at `path`. */
export function reportField(
  { document, diagnostics }: Fields,
  path: Path,
  problem: string,
  help: string,
  anchor?: Anchor,
): void {
  const origin = document.originAt(path, anchor);
  diagnostics.error(fail("ERR_MODULE_INVALID", { problem }, { origin, help }));
}

/** Reports every key of a mapping that is not `known`; true if there is none. */
export function checkKeys(
  map: ValueMap,
  known: readonly string[],
  path: Path,
  what: string,
  fields: Fields,
): boolean {
  const unknown = Object.keys(map).filter((key) => !known.includes(key));
  for (const key of unknown) {
    const help = didYouMean(key, known) ?? `Valid keys are ${known.join(", ")}`;
    reportField(fields, [...path, key], `Unknown key "${key}" in ${what}`, help, "key");
  }
  return unknown.length === 0;
}

/** A non-empty string; anything else is reported and gives `undefined`. */
export function readText(
  value: Value | undefined,
  path: Path,
  fields: Fields,
): string | undefined {
  if (typeof value === "string" && value !== "") return value;
  const name = nameOf(path);
  const isScalar = typeof value === "number" || typeof value === "boolean";
  if (value === "") reportField(fields, path, `${name} is empty`, "Write a string");
  else if (value === undefined) reportField(fields, path, `${name} is missing`, "Add it");
  else {
    const help = isScalar ? `Quote it: "${asWritten(path, fields) ?? value}"` : "Write a string";
    reportField(fields, path, `${name} must be a string, and it is ${describe(value)}`, help);
  }
  return undefined;
}

/** A scalar as written in the file: `1.0`, not 1. */
function asWritten(path: Path, { document }: Fields): string | undefined {
  const { line, column, length, excerpt } = document.originAt(path);
  const text = excerpt?.lines[line - excerpt.firstLine];
  return length > 0 ? text?.slice(column - 1, column - 1 + length) : undefined;
}

/** True if an unknown key is probably a misspelling of `wanted`, which is then not reported as missing. */
export function isMisspelt(map: ValueMap, wanted: string, known: readonly string[]): boolean {
  return map[wanted] === undefined &&
    Object.keys(map).some((key) => !known.includes(key) && nearest(key, known) === wanted);
}

/** A required string of a map. */
export function readRequired(
  map: ValueMap,
  key: string,
  known: readonly string[],
  path: Path,
  fields: Fields,
): string | undefined {
  if (isMisspelt(map, key, known)) return undefined;
  const at = [...path, key];
  return withoutExpression(readText(map[key], at, fields), at, fields);
}

/** A string of a field that cannot hold expressions; one that does is reported. */
export function withoutExpression(
  text: string | undefined,
  path: Path,
  fields: Fields,
): string | undefined {
  if (!text?.includes("${")) return text;
  const help = "Expressions are allowed only in `imports` and `resources`: write the value out";
  reportField(fields, path, `${nameOf(path)} cannot contain an expression`, help);
  return undefined;
}

/** The items of a list for which `read` returns a value; none if the list is absent. */
export function readList<Item>(
  value: Value | undefined,
  path: Path,
  of: string,
  fields: Fields,
  read: (item: Value, path: Path) => Item | undefined,
): Item[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    const problem = `${nameOf(path)} must be a list of ${of}, and it is ${describe(value)}`;
    reportField(fields, path, problem, "Write each entry on a line of its own: - …");
    return [];
  }
  return value.flatMap((item, index) => read(item, [...path, index]) ?? []);
}

/** A map; anything else is reported. */
export function readMap(
  value: Value,
  path: Path,
  of: string,
  fields: Fields,
): ValueMap | undefined {
  if (isMap(value)) return value;
  const problem = `${nameOf(path)} must be ${of}, and it is ${describe(value)}`;
  reportField(fields, path, problem, "Write `key: value` lines");
  return undefined;
}

/** The name of a field in messages: `imports[2]`, in backticks. */
export function nameOf(path: Path): string {
  let text = "";
  for (const step of path) text += typeof step === "number" ? `[${step}]` : `${text && "."}${step}`;
  return `\`${text}\``;
}

/** Adds a lazy origin, computed only when a message needs it. */
export function withLazyOrigin<Rest extends object>(
  rest: Rest,
  document: Located,
  path: Path,
  anchor?: Anchor,
): Rest & { readonly origin: Origin } {
  return Object.defineProperty(rest, "origin", {
    enumerable: true,
    get: () => document.originAt(path, anchor),
  }) as Rest & { readonly origin: Origin };
}
