/** What can be wrong with a YAML document that was parsed, in words. */
import { didYouMean } from "../../diagnostics/nearest.ts";

/** A mistake and what to do about it. */
export interface Words {
  readonly problem: string;
  readonly help: string;
}

export const MISSING_KEY: Words = {
  problem: "A key is missing before the colon",
  help: "Write `key: value`",
};

export const FORBIDDEN_KEY: Words = {
  problem: '"__proto__" cannot be a key',
  help: "Choose another name",
};

export const SECOND_RESOURCE: Words = {
  problem: "A second resource begins here, and nothing separates it from the first",
  help: "Write a line `---` between them",
};

export const TWO_MERGES: Words = {
  problem: "The map has two `<<` keys",
  help: "Write one, such as <<: [*a, *b]",
};

export const MERGE_OF_NO_MAP: Words = {
  problem: "Only maps can be merged with `<<`",
  help: "Name the anchor of a map, <<: *name, or a list of such anchors",
};

/** A list or a map as a key; two braces at its start were meant as an expression. */
export function keyMustBeString(isDoubled: boolean): Words {
  return {
    problem: "A key must be a string, and this one is a list or a map",
    help: isDoubled
      ? "Quote a string that begins with `{{`; an expression is written ${{ … }}"
      : "Quote it if it is meant as a string",
  };
}

export function duplicateKey(key: string): Words {
  return {
    problem: `Duplicate key "${key}" in this map`,
    help: "Remove one of them, or rename it",
  };
}

export function aliasInItself(name: string): Words {
  return {
    problem: `The alias "*${name}" is inside the node it refers to`,
    help: "Write the value out, or refer to a node outside",
  };
}

export function unknownAnchor(name: string, known: Iterable<string>): Words {
  return {
    problem: `No anchor "&${name}" is defined before this alias`,
    help: didYouMean(name, known) ?? "Quote a string that begins with `*`",
  };
}

/** The limits that construction may reach. */
export type ReachedLimit = "nodes" | "aliases" | "nesting";

export function reachedLimit(limit: ReachedLimit, value: number): string {
  switch (limit) {
    case "nodes":
      return `The document has more than ${value} nodes once expanded`;
    case "aliases":
      return `The document has more than ${value} aliases`;
    case "nesting":
      return `Lists and maps nest deeper than ${value} levels`;
  }
}
