/** What is being typed: the node at the cursor, in text that may be unfinished. */
import type { TextDocument } from "./text_document.ts";
import { readTolerantly } from "./tolerant_yaml.ts";
import {
  type DocumentTree,
  type Found,
  nodeAt,
  type ScalarNode,
  type YamlNode,
} from "./yaml_tree.ts";

/** A character that no text contains, at the cursor. */
const MARK = "\uE000";

/** The string that is being typed, and where it is. */
export interface Cursor extends Found {
  readonly node: ScalarNode;
  readonly tree: DocumentTree;
  /** The number of the document in the file. */
  readonly index: number;
  /** What is written before the cursor in the string, and in it as a whole. */
  readonly before: string;
  readonly value: string;
  /** Where the string begins and ends in the text, without its quotes. */
  readonly start: number;
  readonly end: number;
  /** True if the string is alone in its line, where a key may be typed as well. */
  readonly isAlone: boolean;
  /** True for a key that has its colon already. */
  readonly hasColon: boolean;
}

/** The string at an offset of a document; `undefined` in a comment and between values. */
export function cursorAt({ text }: TextDocument, offset: number): Cursor | undefined {
  const marked = text.slice(0, offset) + MARK + text.slice(offset);
  const trees = readTolerantly(marked);
  const tree = trees.find(({ start, end }) => start <= offset && offset <= end);
  const found = tree && nodeAt(asMap(tree.root), offset);
  if (tree === undefined || found === undefined || found.node.type !== "scalar") return undefined;
  const { node } = found;
  const at = node.value.indexOf(MARK);
  if (at === -1) return undefined;
  const start = offset - at;
  const value = node.value.replace(MARK, "");
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  return {
    ...found,
    node,
    path: found.path.map((step) => typeof step === "string" ? step.replace(MARK, "") : step),
    tree,
    index: trees.filter(({ root }) => root.type !== "empty").indexOf(tree),
    before: node.value.slice(0, at),
    value,
    start,
    end: start + value.length,
    isAlone: /^[ \t]*(?:-[ \t]+)*$/.test(text.slice(lineStart, start)),
    hasColon: found.isKey && /^["']?[ \t]*:/.test(text.slice(start + value.length)),
  };
}

/** A document that is a single word is a map whose first key is being typed. */
function asMap(root: YamlNode): YamlNode {
  if (root.type !== "scalar" || root.isQuoted) return root;
  const { start, end } = root;
  const entry = { key: root, value: { type: "empty", start: end, end } } as const;
  return { type: "map", entries: [entry], start, end, isFlow: false };
}
