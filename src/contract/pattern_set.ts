/**
 * Several patterns at once, as a walk over a value meets them. A set is a state of an automaton: what
 * remains of its patterns one step further is worked out once for each key that they name, and once for
 * all other keys. Resources of a kind have the same keys, so walks make no lists.
 */
import { parsePattern, type Pattern } from "./path_pattern.ts";
import type { PathSegment } from "./resource.ts";

/** What remains of patterns at a node. */
export class PatternSet {
  /** True if a pattern ends at the node. */
  readonly isEnd: boolean;
  readonly #patterns: readonly Pattern[];
  /** What follows the keys that patterns name; `undefined` until it is needed. */
  readonly #named = new Map<string, Following | undefined>();
  #other: Following | undefined;
  readonly #sums = new Map<PatternSet, PatternSet>();

  private constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
    this.isEnd = patterns.some(({ length }) => length === 0);
    for (const [first, next] of patterns) {
      const name = first === "**" ? next : first === "*" ? undefined : first;
      if (name !== undefined) this.#named.set(name, undefined);
    }
  }

  /** A set of patterns, of one at least. */
  static of(patterns: readonly Pattern[]): PatternSet | undefined {
    return patterns.length === 0 ? undefined : new PatternSet(patterns);
  }

  /** What remains one step further; `undefined` if no pattern leads there. */
  next(step: PathSegment): PatternSet | undefined {
    const key = String(step);
    if (!this.#named.has(key)) return (this.#other ??= this.#follow(undefined)).set;
    let following = this.#named.get(key);
    if (following === undefined) this.#named.set(key, following = this.#follow(key));
    return following.set;
  }

  /** This set with the patterns of another one. */
  plus(other: PatternSet): PatternSet {
    let sum = this.#sums.get(other);
    if (sum === undefined) {
      this.#sums.set(other, sum = new PatternSet([...this.#patterns, ...other.#patterns]));
    }
    return sum;
  }

  /** What follows a key; `undefined` is one that no pattern names. */
  #follow(key: string | undefined): Following {
    const rests = this.#patterns.flatMap((pattern) => afterStep(pattern, key) ?? []);
    // `**` remains as it is, however deep the value.
    const isSame = rests.length === this.#patterns.length &&
      rests.every((rest, index) => rest === this.#patterns[index]);
    return { set: isSame ? this : PatternSet.of(rests) };
  }
}

interface Following {
  readonly set: PatternSet | undefined;
}

/** What remains of a pattern after a step, in a list because a pattern is one. */
function afterStep(pattern: Pattern, key: string | undefined): readonly [Pattern] | undefined {
  const [first, next] = pattern;
  if (first === "**") return [key !== undefined && key === next ? pattern.slice(2) : pattern];
  return first === "*" || first !== undefined && first === key ? [pattern.slice(1)] : undefined;
}

const known = new WeakMap<readonly string[], { readonly set: PatternSet | undefined }>();

/** The set of these paths, which all resources of a kind share; `undefined` without any. */
export function patternSetOf(paths: readonly string[]): PatternSet | undefined {
  let found = known.get(paths);
  if (found === undefined) {
    known.set(paths, found = { set: PatternSet.of(paths.map(parsePattern)) });
  }
  return found.set;
}

/** Two sets together. */
export function bothSets(
  one: PatternSet | undefined,
  other: PatternSet | undefined,
): PatternSet | undefined {
  return one === undefined || other === undefined ? one ?? other : one.plus(other);
}
