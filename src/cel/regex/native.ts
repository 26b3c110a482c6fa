/**
 * Patterns that the host's own regular expressions match in linear time, which are faster. Only
 * those are taken that a proof covers: wherever the pattern has a choice, the next character
 * decides it, so going back never leads far; and a match either has to begin where the text
 * begins, or is short, so that trying every place is linear too.
 */
import { charSet } from "./automaton.ts";
import type { Pattern } from "./pattern.ts";

/** Characters that may come next: ASCII, any other one, and the end of the text. */
interface Next {
  readonly codes: Uint8Array;
  /** Whatever comes, the pattern has matched. */
  readonly matched: boolean;
}

const OTHER = 128;
const END = 129;

/** The longest match of a pattern that may begin anywhere. */
const MAX_LENGTH = 64;
/** The longest pattern that is considered, its repetitions written out. */
const MAX_SIZE = 400;

/** The host's expression for a pattern; `undefined` if it could take more than linear time. */
export function nativeOf(pattern: Pattern): RegExp | undefined {
  const trimmed = trim(pattern);
  const anchored = isAnchored(trimmed);
  const folds = foldsOf(trimmed);
  if (folds.size > 1 || sizeOf(trimmed) > MAX_SIZE) return undefined;
  if (!anchored && lengthOf(trimmed) > MAX_LENGTH) return undefined;
  const accept = { codes: new Uint8Array(130), matched: true };
  if (!isDecided(trimmed, accept)) return undefined;
  return new RegExp(sourceOf(trimmed), `${folds.has(true) ? "i" : ""}u${anchored ? "y" : ""}`);
}

/**
 * How often a native expression may look at each character at most: once for each choice that the
 * character decides, and once for each place before it at which a match may begin.
 */
export function turnsPerCharacter(pattern: Pattern): number {
  const trimmed = trim(pattern);
  return choicesOf(trimmed) * (isAnchored(trimmed) ? 1 : Math.max(1, lengthOf(trimmed)));
}

function choicesOf(pattern: Pattern): number {
  const inner = childrenOf(pattern).reduce((sum, child) => sum + choicesOf(child) - 1, 1);
  if (pattern.kind === "choice") return inner + pattern.options.length - 1;
  return pattern.kind === "repeat" && pattern.min !== pattern.max ? inner + 1 : inner;
}

/** Without what need not match at the end, since only whether there is a match is asked. */
function trim(pattern: Pattern): Pattern {
  if (pattern.kind === "sequence") {
    const last = pattern.parts.at(-1);
    if (last === undefined) return pattern;
    const kept = trim(last);
    const before = pattern.parts.slice(0, -1);
    return kept.kind === "sequence" && kept.parts.length === 0
      ? trim({ kind: "sequence", parts: before })
      : { kind: "sequence", parts: [...before, kept] };
  }
  if (pattern.kind !== "repeat" || pattern.min === pattern.max) return pattern;
  const { body, min } = pattern;
  if (min === 0) return { kind: "sequence", parts: [] };
  return min === 1 ? trim(body) : { kind: "repeat", body, min, max: min };
}

function isAnchored(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case "assert":
      return pattern.assertion === "start";
    case "sequence":
      return pattern.parts.slice(0, 1).some(isAnchored);
    case "choice":
      return pattern.options.every(isAnchored);
    default:
      return false;
  }
}

function childrenOf(pattern: Pattern): readonly Pattern[] {
  if (pattern.kind === "sequence") return pattern.parts;
  if (pattern.kind === "choice") return pattern.options;
  return pattern.kind === "repeat" ? [pattern.body] : [];
}

/** Whether there are sets with case and without. */
function foldsOf(pattern: Pattern, into: Set<boolean> = new Set()): Set<boolean> {
  if (pattern.kind === "set") into.add(pattern.fold);
  for (const child of childrenOf(pattern)) foldsOf(child, into);
  return into;
}

function sizeOf(pattern: Pattern): number {
  const inner = childrenOf(pattern).reduce((sum, child) => sum + sizeOf(child), 1);
  if (pattern.kind !== "repeat") return inner;
  return inner * Math.max(1, pattern.max === Infinity ? pattern.min : pattern.max);
}

/** How long a match can be. */
function lengthOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case "set":
      return 1;
    case "assert":
      return 0;
    case "sequence":
      return pattern.parts.reduce((sum, part) => sum + lengthOf(part), 0);
    case "choice":
      return Math.max(...pattern.options.map(lengthOf));
    case "repeat":
      return pattern.max * lengthOf(pattern.body);
  }
}

function isNullable(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case "set":
      return false;
    case "assert":
      return true;
    case "sequence":
      return pattern.parts.every(isNullable);
    case "choice":
      return pattern.options.some(isNullable);
    case "repeat":
      return pattern.min === 0 || isNullable(pattern.body);
  }
}

/** What may come next where the pattern begins, if `follow` may come after it. */
function nextOf(pattern: Pattern, follow: Next): Next {
  switch (pattern.kind) {
    case "set": {
      const codes = new Uint8Array(130);
      codes.set(charSet(pattern).ascii);
      // Other characters need no distinction.
      codes[OTHER] = pattern.wide ? 1 : 0;
      return { codes, matched: false };
    }
    case "assert": {
      if (pattern.assertion !== "end") return follow;
      const codes = new Uint8Array(130);
      codes[END] = 1;
      return { codes, matched: false };
    }
    case "sequence":
      return pattern.parts.reduceRight((next, part) => nextOf(part, next), follow);
    case "choice":
      return pattern.options.map((option) => nextOf(option, follow)).reduce(union);
    case "repeat": {
      const first = nextOf(pattern.body, follow);
      return pattern.min === 0 ? union(first, follow) : first;
    }
  }
}

function union(left: Next, right: Next): Next {
  return {
    codes: left.codes.map((code, at) => code | (right.codes[at] ?? 0)),
    matched: left.matched || right.matched,
  };
}

function areApart(left: Next, right: Next): boolean {
  return left.codes.every((code, at) => code === 0 || right.codes[at] === 0);
}

/** Whether the next character decides every choice within the pattern. */
function isDecided(pattern: Pattern, follow: Next): boolean {
  switch (pattern.kind) {
    case "set":
      return true;
    case "assert":
      return pattern.assertion === "start" || pattern.assertion === "end";
    case "sequence": {
      let next = follow;
      for (const part of pattern.parts.toReversed()) {
        if (!isDecided(part, next)) return false;
        next = nextOf(part, next);
      }
      return true;
    }
    case "choice": {
      let seen: Next | undefined;
      for (const option of pattern.options) {
        if (isNullable(option) || !isDecided(option, follow)) return false;
        const next = nextOf(option, follow);
        if (seen !== undefined && !areApart(seen, next)) return false;
        seen = seen === undefined ? next : union(seen, next);
      }
      return true;
    }
    case "repeat": {
      const { body, min, max } = pattern;
      if (isNullable(body)) return false;
      const first = nextOf(body, follow);
      const isFixed = min === max;
      const isFree = follow.matched && follow.codes.every((code) => code === 0);
      if (!isFixed && !isFree && !areApart(first, follow)) return false;
      return isDecided(body, union(first, follow));
    }
  }
}

function sourceOf(pattern: Pattern): string {
  switch (pattern.kind) {
    case "set":
      return pattern.source;
    case "assert":
      return pattern.assertion === "start" ? "^" : "$";
    case "sequence":
      return pattern.parts.map(sourceOf).join("");
    case "choice":
      return `(?:${pattern.options.map(sourceOf).join("|")})`;
    case "repeat": {
      const { body, min, max } = pattern;
      return `(?:${sourceOf(body)}){${min},${max === Infinity ? "" : max}}`;
    }
  }
}
