/** Checks that the variables of expressions are plain data. */
import { isPlainObject, nameOfType } from "./wrong_argument.ts";
import { fail } from "./errors.ts";
import { formatField } from "./field_path.ts";
import type { PathSegment } from "./resource.ts";

/** A visited list or map, and the path to it. */
interface Visited {
  readonly value: object;
  readonly step: PathSegment;
  readonly parent: Visited | undefined;
}

/**
 * Throws `ERR_USAGE` for a function, a symbol or an instance of a class anywhere in `context`, and
 * names its path: an expression could not tell it from a value that is missing.
 */
export function checkContext(context: Readonly<Record<string, unknown>>): void {
  const seen = new Set<object>([context]);
  // Iterative, since data may be nested very deeply.
  const pending: Visited[] = [{ value: context, step: "context", parent: undefined }];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    for (const [step, value] of itemsOf(parent.value)) {
      if (value === null || (typeof value !== "object" && !isCode(value))) continue;
      if (!isData(value)) throw notData(value, [...pathTo(parent), step]);
      if (seen.has(value)) continue;
      seen.add(value);
      pending.push({ value, step, parent });
    }
  }
}

function pathTo(visited: Visited): PathSegment[] {
  const path: PathSegment[] = [];
  for (let at: Visited | undefined = visited; at !== undefined; at = at.parent) path.push(at.step);
  return path.reverse();
}

function isCode(value: unknown): boolean {
  return typeof value === "function" || typeof value === "symbol";
}

/** Timestamps and bytes are values of their own. */
function isData(value: unknown): value is object {
  return Array.isArray(value) || value instanceof Map || value instanceof Date ||
    value instanceof Uint8Array || isPlainObject(value);
}

function itemsOf(value: object): Iterable<readonly [PathSegment, unknown]> {
  if (value instanceof Date || value instanceof Uint8Array) return [];
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Map) return Array.from(value, ([key, item]) => [String(key), item] as const);
  return Object.entries(value);
}

function notData(value: unknown, path: readonly PathSegment[]): Error {
  const place = formatField(path);
  return fail("ERR_USAGE", { problem: `\`${place}\` is not data: it is ${nameOfType(value)}` }, {
    help: "Give expressions strings, numbers, booleans, null, lists and maps",
  });
}
