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
  return coverOf(pattern, path)?.length === path.length;
}

/** What remains of a pattern below `path`; `undefined` if it leads elsewhere. */
export function restOf(pattern: Pattern, path: Path): Pattern | undefined {
  return follow(pattern, path)?.rest;
}

/** What remains of patterns one step further; an empty rest means that the node matches. */
export function advance(
  patterns: readonly Pattern[] | undefined,
  step: PathSegment,
): readonly Pattern[] | undefined {
  const rests = patterns?.flatMap((pattern) => {
    const rest = afterStep(pattern, String(step));
    return rest === undefined ? [] : [rest];
  });
  return rests?.length ? rests : undefined;
}

function afterStep(pattern: Pattern, step: string): Pattern | undefined {
  const [first, next] = pattern;
  if (first === "**") return step === next ? pattern.slice(2) : pattern;
  return first === "*" || first === step ? pattern.slice(1) : undefined;
}

/** True where a pattern ends. */
export function isEnd(patterns: readonly Pattern[] | undefined): boolean {
  return patterns?.some(({ length }) => length === 0) ?? false;
}

/** A node that a pattern leads to. */
export interface Found {
  readonly value: unknown;
  readonly path: Path;
  readonly stars: Stars;
}

/** What a pattern leads to in a value. */
export function* matchesOf(
  value: unknown,
  pattern: Pattern,
  path: Path = [],
): Iterable<Found> {
  if (pattern.length === 0) return yield { value, path, stars: [] };
  for (const found of nodesOf(value, pattern, path)) {
    // It was found by the pattern, so the pattern covers its path.
    yield { ...found, stars: coverOf(pattern, found.path.slice(path.length))!.stars };
  }
}

function* nodesOf(value: unknown, pattern: Pattern, path: Path): Iterable<Omit<Found, "stars">> {
  if (pattern.length === 0) return yield { value, path };
  if (typeof value !== "object" || value === null) return;
  const isList = Array.isArray(value);
  const [first] = pattern;
  for (const key of first === "*" || first === "**" ? Object.keys(value) : [first ?? ""]) {
    if (!Object.hasOwn(value, key)) continue;
    const rest = afterStep(pattern, key);
    if (rest === undefined) continue;
    const item = (value as Readonly<Record<string, unknown>>)[key];
    yield* nodesOf(item, rest, [...path, isList ? Number(key) : key]);
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
