/**
 * The patterns of JSON Schemas, which are matched in linear time. The library takes 10 ms to load,
 * so it is imported when values are checked against a schema, or a pattern may be invalid.
 */
import { spend } from "../contract/validation_budget.ts";
import type { PatternLibrary } from "./pattern_functions.ts";

/** How often a pattern is matched before a faster way is looked for. */
const HOT = 20;

let loaded: PatternLibrary | undefined;
let loadNow: (() => PatternLibrary) | undefined;

/** Imports the library, once. */
export async function loadPatterns(): Promise<void> {
  loaded ??= (await import("./pattern_library.ts")).PATTERNS;
}

/** Imports the library if one of the schemas may have a pattern that is not plain. */
export async function loadPatternsFor(schemas: Iterable<unknown>): Promise<void> {
  if (loaded !== undefined) return;
  const seen = new Set<object>();
  for (const schema of schemas) if (hasPattern(schema, seen)) return await loadPatterns();
}

/** Loads the library by `load` if a pattern is met before it was imported: for callers that cannot wait. */
export function usePatterns(load: () => PatternLibrary): void {
  loadNow = load;
}

function hasPattern(node: unknown, seen: Set<object>): boolean {
  if (typeof node !== "object" || node === null || seen.has(node)) return false;
  seen.add(node);
  return Object.entries(node).some(([key, item]) =>
    key === "patternProperties" ||
    (key === "pattern" && typeof item === "string" && !isPlainPattern(item)) ||
    hasPattern(item, seen)
  );
}

/** The parts of patterns such as `^[A-Z]{2}-[0-9]+$`, which are the same in all libraries. */
const PLAIN =
  /^\^?(?:(?:[\w \-@/:#%&,;=!~'"<>]|\\[dws./+]|\[\^?(?:A-Z|a-z|0-9|a-f|A-F|\\[dws.\-/]|[\w.@ :/+%,])+-?\])(?:[?*+]|\{[1-9]\d?(?:,(?:[1-9]\d)?)?\})?)*\$?$/;
/** A longer pattern may be too large, repeated as often as it says. */
const LONGEST_PLAIN = 100;

/**
 * True for a pattern that is certainly valid, as most in schemas are: the library takes longer to
 * load than all other checks of a small app.
 */
function isPlainPattern(pattern: string): boolean {
  return pattern.length <= LONGEST_PLAIN && PLAIN.test(pattern) && !hasWrongOrder(pattern);
}

/** True for a repetition such as `{20,10}`. */
function hasWrongOrder(pattern: string): boolean {
  for (const [, least, most] of pattern.matchAll(/\{(\d+),(\d+)\}/g)) {
    if (Number(least) > Number(most)) return true;
  }
  return false;
}

function patterns(): PatternLibrary {
  loaded ??= loadNow?.();
  if (loaded === undefined) throw new Error("The library of patterns is not loaded");
  return loaded;
}

/** How many results of {@link patternProblem} are kept: many schemas of an app have the same pattern. */
const MAX_KNOWN = 1_000;

const problems = new Map<string, string | undefined>();

/** Why a string is not a pattern; `undefined` for a pattern. */
export function patternProblem(pattern: string): string | undefined {
  if (problems.has(pattern)) return problems.get(pattern);
  if (problems.size >= MAX_KNOWN) problems.clear();
  const problem = findPatternProblem(pattern);
  problems.set(pattern, problem);
  return problem;
}

/** True for a pattern that was checked before, and is one. */
export function isKnownPattern(pattern: string): boolean {
  return problems.has(pattern) && problems.get(pattern) === undefined;
}

function findPatternProblem(pattern: string): string | undefined {
  if (isPlainPattern(pattern)) return undefined;
  const library = patterns();
  try {
    library.compile(library.translateRegExp(pattern));
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^error parsing regexp: /, "");
  }
}

/** A pattern. The schema library identifies patterns by `toString()`. */
interface Pattern {
  test(text: string): boolean;
  toString(): string;
}

function compilePattern(pattern: string): Pattern {
  const library = patterns();
  const translated = library.translateRegExp(pattern);
  const compiled = library.compile(translated);
  // The time grows with the text times the size of the pattern.
  const stepsPerUnit = compiled.programSize() / 4;
  let native: RegExp | undefined;
  let runs = 0;
  return {
    test(text) {
      if (native !== undefined) {
        spend(Math.ceil(text.length / 4));
        native.lastIndex = 0;
        return native.test(text);
      }
      // Most patterns of a boot are used a few times, which the proof would take longer than.
      if (++runs === HOT) native = library.native(translated);
      spend(Math.ceil(text.length * stepsPerUnit));
      return compiled.matcher(text).find();
    },
    toString: () => `re2:${pattern}`,
  };
}

/** Compiles a pattern, as the schema library asks for it. */
export const linearRegExp: ((pattern: string) => Pattern) & { readonly code: string } = Object
  .assign(compilePattern, { code: "linearRegExp" });
