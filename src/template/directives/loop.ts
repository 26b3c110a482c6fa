/** Loops as manifests write them: `x in xs`, `i, x in xs`. Rules: templating §1 and §2. */
import { invalidVariableReason } from "../../cel/names.ts";
import { childScopeOf, type Scope } from "../expr/scope.ts";

/** `i, x in xs`, read. */
export interface Loop {
  /** One name, or index (or key) and element. */
  readonly names: readonly string[];
  /** The text of the collection. */
  readonly collection: string;
  /** Where the collection begins in the text. */
  readonly offset: number;
}

const LOOP = /^\s*([^\s,]+)(?:\s*,\s*([^\s,]+))?\s+in\s+(?=\S)/;

/** Reads a loop, or says what is wrong with it; `word` is its key as messages write it. */
export function parseLoop(text: string, word: string): Loop | { problem: string; help: string } {
  const match = LOOP.exec(text);
  if (match === null) {
    return {
      problem: `${word} is not a valid loop: "${text}"`,
      help: 'Write "x in xs" or "i, x in xs"',
    };
  }
  const names = [match[1]!, match[2]].filter((name) => name !== undefined);
  const help = "Choose another name";
  for (const name of names) {
    const why = invalidVariableReason(name);
    if (why !== undefined) {
      return { problem: `"${name}" is not a valid variable name: it ${why}`, help };
    }
  }
  if (names[0] === names[1]) {
    return { problem: `${word} uses the name "${names[0]}" for both variables`, help };
  }
  return { names, collection: text.slice(match[0].length), offset: match[0].length };
}

/** The scope of each iteration through a list or a mapping, in the order it is written. */
export function* iterationsOf(
  collection: object,
  names: readonly string[],
  scope: Scope,
): Iterable<Scope> {
  const [first, second] = names as [string, string | undefined];
  const iteration = (key: unknown, value: unknown, single: unknown) =>
    childScopeOf(
      scope,
      second === undefined ? new Map([[first, single]]) : new Map([[first, key], [second, value]]),
    );
  if (Array.isArray(collection)) {
    for (let index = 0; index < collection.length; index++) {
      yield iteration(index, collection[index], collection[index]);
    }
  } else {
    for (const [key, value] of Object.entries(collection)) yield iteration(key, value, key);
  }
}
