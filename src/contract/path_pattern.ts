/**
 * Paths as definitions write them, such as `steps.*.inputs`: names of fields with dots between them.
 * `*` is one key or index. `**` is any number of them, none included, up to the first field with the
 * name that follows it; so there is at most one way in which a pattern matches a path.
 */
import { formatField } from "./field_path.ts";
import type { Path, PathSegment } from "./resource.ts";

/** The steps of a pattern. */
export type Pattern = readonly string[];

/** What each `*` and `**` of a pattern matched, in order. */
export type Stars = readonly Path[];

/** How far a pattern and a path agree. */
interface Match {
  readonly stars: Stars;
  /** How many steps of the path the pattern took. */
  readonly length: number;
  /** What remains of the pattern at the end of the path. */
  readonly rest: Pattern;
}

/** How many patterns are kept: definitions write them, and every resource of their kind asks again. */
const MAX_KNOWN = 1_000;

const known = new Map<string, Pattern>();

/** `a.*.b` as steps; an empty string is the whole resource. */
export function parsePattern(pattern: string): Pattern {
  let steps = known.get(pattern);
  if (steps === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(pattern, steps = Object.freeze(pattern === "" ? [] : pattern.split(".")));
  }
  return steps;
}

/** Formats the steps of a pattern of which some may be those of a resource: `steps[0].*.inputs`. */
export function formatPattern(steps: Path): string {
  const path = steps.map((step) => /^\d+$/.test(String(step)) ? Number(step) : step);
  return formatField(path).replace(/\["(\*\*?)"\]/g, ".$1").replace(/^\./, "");
}

function follow(pattern: Pattern, path: Path): Match | undefined {
  const [first] = pattern;
  // Most patterns lead elsewhere with their first step, which needs no list.
  if (first !== undefined && path.length > 0 && first !== path[0] && !first.startsWith("*")) {
    if (first !== String(path[0])) return undefined;
  }
  const stars: Path[] = [];
  let length = 0;
  for (let index = 0; index < pattern.length; index++) {
    const step = pattern[index]!;
    if (step === "**") {
      const next = pattern[index + 1];
      const start = length;
      while (length < path.length && String(path[length]) !== next) length++;
      stars.push(path.slice(start, length));
      if (length === path.length) return { stars, length, rest: pattern.slice(index) };
      continue;
    }
    if (length === path.length) return { stars, length, rest: pattern.slice(index) };
    if (step === "*") stars.push(path.slice(length, length + 1));
    else if (step !== String(path[length])) return undefined;
    length++;
  }
  return { stars, length, rest: [] };
}

/** A match of a pattern with a path, or with the beginning of it. */
export type Cover = Pick<Match, "stars" | "length">;

/** How a pattern leads to the node at `path` or to one above it; `undefined` if it does not. */
export function coverOf(pattern: Pattern, path: Path): Cover | undefined {
  const match = follow(pattern, path);
  return match?.rest.length === 0 ? match : undefined;
}

/** True if a pattern leads to the node at `path`, or to one above it. */
export function covers(pattern: Pattern, path: Path): boolean {
  return coverOf(pattern, path) !== undefined;
}

/** True if one of the patterns leads to the node at `path`, or to one above it. */
export function coveredBy(patterns: readonly Pattern[], path: Path): boolean {
  return patterns.some((pattern) => covers(pattern, path));
}

/** True if a pattern leads to exactly this node. */
export function leadsTo(pattern: Pattern, path: Path): boolean {
  if (!pattern.includes("**")) {
    return pattern.length === path.length &&
      pattern.every((step, index) => step === "*" || step === String(path[index]));
  }
  return coverOf(pattern, path)?.length === path.length;
}

/** What remains of a pattern below `path`; `undefined` if it leads elsewhere. */
export function restOf(pattern: Pattern, path: Path): Pattern | undefined {
  return follow(pattern, path)?.rest;
}

/** A node that a pattern leads to. */
export interface Found {
  readonly value: unknown;
  readonly path: Path;
  readonly stars: Stars;
}

const NO_STARS: Stars = [];

/** What a pattern leads to in a value. */
export function matchesOf(value: unknown, pattern: Pattern): readonly Found[] {
  if (pattern.includes("*") || pattern.includes("**")) {
    const found: Found[] = [];
    collect(value, pattern, 0, [], found);
    return found;
  }
  let node = value;
  // Without indexes of lists, the pattern itself is the path.
  let path: PathSegment[] | undefined;
  for (const [index, key] of pattern.entries()) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return [];
    if (Array.isArray(node)) path ??= pattern.slice(0, index);
    path?.push(Array.isArray(node) ? Number(key) : key);
    node = (node as Readonly<Record<string, unknown>>)[key];
  }
  return [{ value: node, path: path ?? pattern, stars: NO_STARS }];
}

/** Collects what the steps of a pattern from `index` on lead to. */
function collect(
  node: unknown,
  pattern: Pattern,
  index: number,
  path: Path,
  found: Found[],
): void {
  const step = pattern[index];
  if (step === undefined) {
    // The pattern has led here, so it covers the path.
    found.push({ value: node, path, stars: coverOf(pattern, path)!.stars });
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const isList = Array.isArray(node);
  for (const key of step === "*" || step === "**" ? Object.keys(node) : [step]) {
    if (!Object.hasOwn(node, key)) continue;
    const isNext = step === "**" && key === pattern[index + 1];
    const next = step !== "**" ? index + 1 : isNext ? index + 2 : index;
    const item = (node as Readonly<Record<string, unknown>>)[key];
    collect(item, pattern, next, [...path, isList ? Number(key) : key], found);
  }
}

/** A path whose stars are replaced, in order, by what those of another one stood for. */
export function fillStars(pattern: string, stars: Stars): Path {
  if (!pattern.includes("*")) return parsePattern(pattern);
  let next = 0;
  return parsePattern(pattern).flatMap((step): Path =>
    step === "*" || step === "**" ? stars[next++] ?? [step] : [step]
  );
}
