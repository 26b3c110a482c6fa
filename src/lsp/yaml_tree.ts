/** A YAML document as a tree with the place of every node in the text of its file. */
import { setOwn } from "../contract/own_key.ts";
import type { Path, Value } from "../contract/resource.ts";
import type { TextPart } from "../contract/source.ts";

/** A string, number or other value without parts. */
export interface ScalarNode extends TextPart {
  readonly type: "scalar";
  /** The value as text, quotes and escapes undone. */
  readonly value: string;
  readonly isQuoted: boolean;
  /** The places of some of its characters in the text of the file. */
  readonly partOf: (start: number, end: number) => TextPart;
}

/** An entry of a map. */
export interface EntryNode {
  readonly key: ScalarNode;
  readonly value: YamlNode;
}

/** A map. */
export interface MapNode extends TextPart {
  readonly type: "map";
  readonly entries: readonly EntryNode[];
  readonly isFlow: boolean;
}

/** A list. */
export interface ListNode extends TextPart {
  readonly type: "list";
  readonly items: readonly YamlNode[];
  readonly isFlow: boolean;
}

/** Nothing: the value of `key:`. */
export interface EmptyNode extends TextPart {
  readonly type: "empty";
}

/** A node. */
export type YamlNode = ScalarNode | MapNode | ListNode | EmptyNode;

/** A document of a file. */
export interface DocumentTree {
  readonly root: YamlNode;
  /** Where the document begins and ends in the file. */
  readonly start: number;
  readonly end: number;
  /** Its number in the file, from 0. */
  readonly index: number;
}

/** A node, the path to it, and the nodes around it, the root first. */
export interface Found {
  readonly node: YamlNode;
  readonly path: Path;
  readonly parents: readonly (MapNode | ListNode)[];
  /** True for the key of the entry that the path leads to. */
  readonly isKey: boolean;
}

/** The value of a key; `undefined` if the node is not a map, or has no such key. */
export function valueOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  if (node?.type !== "map") return undefined;
  return node.entries.find((entry) => entry.key.value === key)?.value;
}

/** The text of a scalar below a key. */
export function textOf(node: YamlNode | undefined, ...path: readonly string[]): string | undefined {
  let at = node;
  for (const key of path) at = valueOf(at, key);
  return at?.type === "scalar" ? at.value : undefined;
}

/** Visits every scalar of a tree, keys included. */
export function* scalarsOf(
  node: YamlNode,
  path: Path = [],
  parents: readonly (MapNode | ListNode)[] = [],
): Generator<Found & { readonly node: ScalarNode }> {
  if (node.type === "scalar") yield { node, path, parents, isKey: false };
  else if (node.type === "map") {
    const inner = [...parents, node];
    for (const { key, value } of node.entries) {
      const at = [...path, key.value];
      yield { node: key, path: at, parents: inner, isKey: true };
      yield* scalarsOf(value, at, inner);
    }
  } else if (node.type === "list") {
    const inner = [...parents, node];
    for (const [index, item] of node.items.entries()) {
      yield* scalarsOf(item, [...path, index], inner);
    }
  }
}

/** The innermost node at an offset. */
export function nodeAt(root: YamlNode, offset: number): Found | undefined {
  let node = root;
  const path: (string | number)[] = [];
  const parents: (MapNode | ListNode)[] = [];
  for (;;) {
    if (node.type === "map") {
      parents.push(node);
      const key = node.entries.find((entry) => covers(entry.key, offset));
      if (key !== undefined) {
        return { node: key.key, path: [...path, key.key.value], parents, isKey: true };
      }
      const entry = node.entries.find(({ value }) => covers(value, offset));
      if (entry === undefined) return { node, path, parents: parents.slice(0, -1), isKey: false };
      path.push(entry.key.value);
      node = entry.value;
    } else if (node.type === "list") {
      parents.push(node);
      const index = node.items.findIndex((item) => covers(item, offset));
      const item = node.items[index];
      if (item === undefined) return { node, path, parents: parents.slice(0, -1), isKey: false };
      path.push(index);
      node = item;
    } else return covers(node, offset) ? { node, path, parents, isKey: false } : undefined;
  }
}

function covers({ start, end }: TextPart, offset: number): boolean {
  return start <= offset && offset <= end;
}

/** The data that a tree represents. */
export function dataOf(node: YamlNode): Value {
  switch (node.type) {
    case "scalar":
      return node.isQuoted ? node.value : plainValue(node.value);
    case "empty":
      return null;
    case "list":
      return node.items.map(dataOf);
    case "map": {
      const map: Record<string, Value> = {};
      for (const { key, value } of node.entries) setOwn(map, key.value, dataOf(value));
      return map;
    }
  }
}

function plainValue(text: string): Value {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null" || text === "~") return null;
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}
