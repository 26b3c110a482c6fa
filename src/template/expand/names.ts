/** The names that the expressions of a node tree read. */
import { type Deferred, isDeferred, type Value } from "../../contract/resource.ts";
import { referencesOf } from "../deferred/deferred.ts";
import type { Node } from "./nodes.ts";

const NONE: ReadonlySet<string> = new Set();
const namesOf = new WeakMap<Node, ReadonlySet<string>>();

/** The names that expressions anywhere in a node read. */
export function namesIn(node: Node): ReadonlySet<string> {
  if (node.type === "constant") return NONE;
  let names = namesOf.get(node);
  if (names === undefined) {
    names = new Set(
      [...leavesOf(node)].flatMap((leaf) =>
        isDeferred(leaf) ? referencesOf(leaf).map(({ root }) => root) : []
      ),
    );
    namesOf.set(node, names);
  }
  return names;
}

/** Words of text that looks like expressions but is data, such as `code`, or `${ }` in a body. */
export function wordsIn(node: Node): ReadonlySet<string> {
  const words = new Set<string>();
  const add = (value: unknown): void => {
    if (typeof value === "string") {
      if (value.includes("${")) { for (const [word] of value.matchAll(/\w+/g)) words.add(word); }
    } else if (typeof value === "object" && value !== null) Object.values(value).forEach(add);
  };
  for (const leaf of leavesOf(node)) if (!isDeferred(leaf)) add(leaf);
  return words;
}

/** The expressions and the data of a node. */
function* leavesOf(node: Node): Iterable<Deferred | Value> {
  switch (node.type) {
    case "constant":
      return yield node.value;
    case "text":
      return yield node.deferred;
    case "list":
      for (const item of node.items) yield* leavesOf(item);
      return;
    case "mapping":
      for (const { key, node: below } of node.entries) {
        if (typeof key !== "string") yield key;
        yield* leavesOf(below);
      }
      return;
    case "variants":
      yield* leavesOf(node.forKind(undefined));
      return;
    case "repeated":
      for (const { deferred } of node.loops) yield deferred;
      if (typeof node.condition !== "boolean") yield* leavesOf(node.condition);
      yield* leavesOf(node.content);
  }
}
