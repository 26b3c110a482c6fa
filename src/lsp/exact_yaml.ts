/** Reads well-formed YAML into trees, by the parser that loads manifests. */
import type { Event } from "js-yaml";
import { EVENT_ID, loadLibrary, SCALAR_STYLE } from "../load/yaml/js_yaml.js";
import { rangeInScalar } from "../load/yaml/scalar_offset.ts";
import { type EventStream, isEmptyScalar, rangeOf, scalarText } from "../load/yaml/events.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { readTolerantly } from "./tolerant_yaml.ts";
import type { DocumentTree, EntryNode, ScalarNode, YamlNode } from "./yaml_tree.ts";

/** The documents of a file; those that are not well-formed are read as far as possible. */
export function treesOf(text: string): readonly DocumentTree[] {
  const hasDirectives = /^%/m.test(text);
  return readTolerantly(text).map((document) => {
    const { start, end, index } = document;
    if (hasDirectives) return document;
    const root = exactRoot(text.slice(start, end), start);
    return root === undefined ? document : { root, start, end, index };
  });
}

/** The first document of a file, without reading the others. */
export function firstTree(text: string): DocumentTree {
  const begins = text.startsWith("---") ? 3 : 0;
  const end = text.slice(begins).search(/^---(?=[ \t\r\n]|$)/m);
  // A source has at least one document.
  return treesOf(end === -1 ? text : text.slice(0, begins + end))[0]!;
}

function exactRoot(text: string, start: number): YamlNode | undefined {
  let events: readonly Event[];
  try {
    events = loadLibrary().parseEvents(text, { maxDepth: DEFAULT_LIMITS.nesting });
  } catch {
    return undefined;
  }
  const first = events.findIndex(({ type }) => type === EVENT_ID.DOCUMENT);
  const isOne = events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length === 1;
  if (first === -1 || !isOne) return undefined;
  return new ExactReader({ text, events }, start).read(first + 1).node;
}

class ExactReader {
  readonly #stream: EventStream;
  readonly #offset: number;

  constructor(stream: EventStream, offset: number) {
    this.#stream = stream;
    this.#offset = offset;
  }

  /** The node whose event is at `at`, and the index of the event after it. */
  read(at: number): { readonly node: YamlNode; readonly next: number } {
    const { events, text } = this.#stream;
    const event = events[at];
    if (event === undefined || event.type === EVENT_ID.POP) {
      return { node: this.#empty(at), next: at };
    }
    if (event.type === EVENT_ID.MAPPING) return this.#map(at, text[event.start] === "{");
    if (event.type === EVENT_ID.SEQUENCE) return this.#list(at, text[event.start] === "[");
    if (event.type === EVENT_ID.SCALAR && !isEmptyScalar(event) && event.valueStart !== -1) {
      return { node: this.#scalar(at), next: at + 1 };
    }
    return { node: this.#empty(at), next: at + 1 };
  }

  #empty(at: number): YamlNode {
    const { events } = this.#stream;
    const before = at > 0 ? events[at] : undefined;
    const end = before !== undefined && before.type !== EVENT_ID.POP
      ? rangeOf(this.#stream, at).end
      : 0;
    return { type: "empty", start: end + this.#offset, end: end + this.#offset };
  }

  /** True for the first event of a node, false at the end of a collection and of the text. */
  #begins(at: number): boolean {
    const event = this.#stream.events[at];
    return event !== undefined && event.type !== EVENT_ID.POP;
  }

  #scalar(at: number): ScalarNode {
    const { events, text } = this.#stream;
    const event = events[at];
    if (event?.type !== EVENT_ID.SCALAR) throw new Error("The event is not a scalar");
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK ||
      event.style === SCALAR_STYLE.FOLDED_BLOCK;
    const { start, end } = rangeOf(this.#stream, at);
    const offset = this.#offset;
    const value = scalarText(event, text);
    return {
      type: "scalar",
      value,
      isQuoted: event.style === SCALAR_STYLE.SINGLE_QUOTED ||
        event.style === SCALAR_STYLE.DOUBLE_QUOTED,
      start: start + offset,
      end: (isBlock ? event.valueEnd : end) + offset,
      partOf(from, to) {
        const part = rangeInScalar(event, text, value, from, to);
        return { start: part.start + offset, end: part.end + offset };
      },
    };
  }

  #map(at: number, isFlow: boolean): { node: YamlNode; next: number } {
    const start = rangeOf(this.#stream, at).start + this.#offset;
    const entries: EntryNode[] = [];
    let next = at + 1;
    let end = start;
    while (this.#begins(next)) {
      const key = this.read(next);
      const value = this.read(key.next);
      next = value.next;
      end = Math.max(end, key.node.end, value.node.end);
      if (key.node.type === "scalar") entries.push({ key: key.node, value: value.node });
    }
    return {
      node: { type: "map", entries, start, end: this.#closed(end, isFlow), isFlow },
      next: next + 1,
    };
  }

  #list(at: number, isFlow: boolean): { node: YamlNode; next: number } {
    const start = rangeOf(this.#stream, at).start + this.#offset;
    const items: YamlNode[] = [];
    let next = at + 1;
    let end = start + 1;
    while (this.#begins(next)) {
      const item = this.read(next);
      next = item.next;
      end = Math.max(end, item.node.end);
      items.push(item.node);
    }
    return {
      node: { type: "list", items, start, end: this.#closed(end, isFlow), isFlow },
      next: next + 1,
    };
  }

  /** The end of a flow collection, behind its bracket. */
  #closed(end: number, isFlow: boolean): number {
    if (!isFlow) return end;
    const bracket = /[\]}]/g;
    bracket.lastIndex = end - this.#offset;
    const found = bracket.exec(this.#stream.text);
    return found === null ? end : found.index + 1 + this.#offset;
  }
}
