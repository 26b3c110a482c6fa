/**
 * Reads YAML that is being typed: whatever the text is, it gives a tree. Indentation decides what
 * belongs together, so a mistake in one line does not affect the others. What is rare in manifests,
 * such as tags and anchors, is skipped.
 */
import { type Key, TolerantText } from "./tolerant_text.ts";
import type { DocumentTree, EntryNode, ScalarNode, YamlNode } from "./yaml_tree.ts";

/** How deep nodes may nest; deeper ones are read as text. */
const MAX_DEPTH = 200;

/** The documents of a file. */
export function readTolerantly(text: string): DocumentTree[] {
  const documents: DocumentTree[] = [];
  let start = 0;
  const push = (end: number, next: number) => {
    documents.push({ root: readNode(text, start, end), start, end, index: documents.length });
    start = next;
  };
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    if (match.index > 0) push(match.index, match.index + 3);
    else start = 3;
  }
  push(text.length, text.length);
  return documents;
}

function readNode(text: string, start: number, end: number): YamlNode {
  return new TolerantReader(text, start, end).read();
}

class TolerantReader extends TolerantText {
  #depth = 0;

  read(): YamlNode {
    this.skipBlank();
    const start = this.at;
    const node = this.at < this.end ? this.#block(0) : undefined;
    return node ?? { type: "empty", start, end: start };
  }

  /** The node at the current position, whose lines are at least at column `least`. */
  #block(least: number): YamlNode | undefined {
    this.skipBlank();
    const column = this.columnOf(this.at);
    if (this.at >= this.end || column < least) return undefined;
    if (++this.#depth > MAX_DEPTH) {
      this.#depth--;
      return this.#scalarLine();
    }
    const node = this.isDash(this.at)
      ? this.#list(column)
      : this.keyAt(this.at) !== undefined
      ? this.#map(column)
      : this.#value(column, least);
    this.#depth--;
    return node;
  }

  #list(column: number): YamlNode {
    const start = this.at;
    const items: YamlNode[] = [];
    let end = start + 1;
    while (this.at < this.end && this.columnOf(this.at) === column && this.isDash(this.at)) {
      const dash = this.at;
      this.at++;
      this.skipSpaces();
      const isAlone = this.at >= this.lineEnd(this.at) || this.text[this.at] === "#";
      const empty: YamlNode = { type: "empty", start: dash + 1, end: this.at };
      const item = isAlone ? this.#block(column + 1) ?? empty : this.#block(0) ?? empty;
      items.push(item);
      end = Math.max(end, item.end);
      this.skipBlank();
    }
    return { type: "list", items, start, end, isFlow: false };
  }

  #map(column: number): YamlNode {
    const start = this.at;
    const entries: EntryNode[] = [];
    let end = start;
    while (this.at < this.end && this.columnOf(this.at) === column) {
      if (this.isDash(this.at)) break;
      const key = this.keyAt(this.at);
      const entry = key === undefined ? this.#unfinished() : this.#entry(key, column);
      entries.push(entry);
      end = Math.max(entry.key.end, entry.value.end);
      this.skipBlank();
      // A line that is indented too far belongs to nothing.
      while (this.at < this.end && this.columnOf(this.at) > column) {
        this.at = this.lineEnd(this.at);
        this.skipBlank();
      }
    }
    return { type: "map", entries, start, end, isFlow: false };
  }

  #entry({ end, next }: Key, column: number): EntryNode {
    const key = scalar(this.text.slice(this.at, end), this.at);
    this.at = next;
    const after = this.at;
    this.skipSpaces();
    this.skipProperties();
    const isAlone = this.at >= this.lineEnd(this.at) || this.text[this.at] === "#";
    const empty: YamlNode = { type: "empty", start: after, end: isAlone ? this.at : after };
    if (!isAlone) return { key, value: this.#value(column + 1, column + 1) };
    this.skipBlank();
    const isList = this.at < this.end && this.columnOf(this.at) === column &&
      this.isDash(this.at);
    return { key, value: this.#block(isList ? column : column + 1) ?? empty };
  }

  /** A line of a map without a colon: a key that is being typed. */
  #unfinished(): EntryNode {
    const start = this.at;
    const end = this.lineEnd(start);
    const written = this.text.slice(start, end).trimEnd();
    this.at = end;
    const key = scalar(written, start);
    return { key, value: { type: "empty", start: key.end, end: key.end } };
  }

  #scalarLine(): ScalarNode {
    const start = this.at;
    this.at = this.lineEnd(start);
    return scalar(this.text.slice(start, this.at).trimEnd(), start);
  }

  /** A value that begins in the current line; lines that continue it are at column `least` or more. */
  #value(column: number, least: number): YamlNode {
    this.skipProperties();
    const start = this.at;
    switch (this.text[start]) {
      case "|":
      case ">":
        return this.#blockScalar(least);
      case "{":
      case "[":
        return this.#flow(least);
      case '"':
      case "'":
        return this.#quoted(least);
    }
    let end = this.plainEnd(start);
    // Lines that continue a plain value are indented, and have no key.
    for (;;) {
      const line = this.lineEnd(end);
      const next = /[\r\n][ \t\r\n]*/y;
      next.lastIndex = line;
      const match = next.exec(this.text);
      if (match === null || line >= this.end) break;
      const at = line + match[0].length;
      if (at >= this.end || this.columnOf(at) < Math.max(least, 1)) break;
      if (this.text[at] === "#" || this.isDash(at) || this.keyAt(at) !== undefined) break;
      if (this.columnOf(at) < column) break;
      end = this.plainEnd(at);
    }
    this.at = this.lineEnd(end);
    return scalar(this.text.slice(start, end).trimEnd(), start);
  }

  #blockScalar(least: number): ScalarNode {
    const start = this.at;
    let end = this.lineEnd(start);
    for (;;) {
      const line = /(?:\r\n?|\n)([ \t]*)([^\r\n]*)/y;
      line.lastIndex = end;
      const match = line.exec(this.text);
      if (match === null || end >= this.end) break;
      const [whole, indent = "", content] = match;
      if (content !== "" && indent.length < Math.max(least, 1)) break;
      end = Math.min(end + whole.length, this.end);
    }
    this.at = end;
    return scalar(this.text.slice(start, end), start);
  }

  #quoted(least: number): ScalarNode {
    const start = this.at;
    const end = this.#closingQuote(start, least);
    this.at = end;
    const node = scalar(this.text.slice(start, end), start);
    this.at = Math.max(end, this.lineEnd(end));
    return node;
  }

  /** The end of a quoted string; of one that is not closed, the end of its line. */
  #closingQuote(start: number, least: number): number {
    const quote = this.text[start];
    for (let at = start + 1; at < this.end; at++) {
      const char = this.text[at];
      if (char === "\\" && quote === '"') at++;
      else if (char === quote) {
        if (quote === "'" && this.text[at + 1] === "'") at++;
        else return at + 1;
      } else if (char === "\n" && !this.#continues(at + 1, least)) return this.lineEnd(start);
    }
    return this.lineEnd(start);
  }

  /** True if a line may continue a string: it is blank, or indented, and has no key. */
  #continues(at: number, least: number): boolean {
    const line = /[ \t]*/y;
    line.lastIndex = at;
    const indent = line.exec(this.text)?.[0].length ?? 0;
    const first = at + indent;
    if (first >= this.lineEnd(at)) return true;
    return indent >= Math.max(least, 1) && this.keyAt(first) === undefined;
  }

  #flow(least: number): YamlNode {
    const node = this.#flowNode(least);
    this.at = Math.max(this.at, this.lineEnd(this.at));
    return node;
  }

  /** Skips white space in a flow collection; false where it ends without a bracket. */
  #skipInFlow(least: number): boolean {
    const blank = /(?:[ \t\r\n]|(?<=\s)#[^\r\n]*)+/y;
    blank.lastIndex = this.at;
    const match = blank.exec(this.text);
    if (match === null) return this.at < this.end;
    const next = this.at + match[0].length;
    if (next >= this.end) return false;
    if (/[\r\n]/.test(match[0]) && this.#endsFlow(next, least)) return false;
    this.at = next;
    return true;
  }

  /** True for a line that belongs to what is around an unfinished flow collection. */
  #endsFlow(next: number, least: number): boolean {
    if (this.isDash(next)) return true;
    return this.columnOf(next) < Math.max(least, 1) && !/[\]}]/.test(this.text.charAt(next));
  }

  #flowNode(least: number): YamlNode {
    const open = this.text[this.at];
    if (this.#depth < MAX_DEPTH && (open === "{" || open === "[")) {
      this.#depth++;
      const node = open === "{" ? this.#flowMap(least) : this.#flowList(least);
      this.#depth--;
      return node;
    }
    this.skipProperties();
    return this.#flowScalar(least, false);
  }

  #flowMap(least: number): YamlNode {
    const start = this.at++;
    const entries: EntryNode[] = [];
    while (this.#skipInFlow(least)) {
      const char = this.text[this.at];
      if (char === "}") {
        this.at++;
        break;
      }
      if (char === ",") {
        this.at++;
        continue;
      }
      if (char === "]") break;
      entries.push(this.#flowEntry(least));
    }
    return { type: "map", entries, start, end: this.at, isFlow: true };
  }

  #flowEntry(least: number): EntryNode {
    const key = this.#flowScalar(least, true);
    this.skipSpaces();
    const empty: YamlNode = { type: "empty", start: this.at, end: this.at };
    if (this.text[this.at] !== ":") return { key, value: empty };
    this.at++;
    const after: YamlNode = { type: "empty", start: this.at, end: this.at };
    if (!this.#skipInFlow(least) || /[,}\]]/.test(this.text.charAt(this.at))) {
      return { key, value: after };
    }
    return { key, value: this.#flowNode(least) };
  }

  #flowList(least: number): YamlNode {
    const start = this.at++;
    const items: YamlNode[] = [];
    while (this.#skipInFlow(least)) {
      const char = this.text[this.at];
      if (char === "]") {
        this.at++;
        break;
      }
      if (char === ",") {
        this.at++;
        continue;
      }
      if (char === "}") break;
      items.push(this.#flowNode(least));
    }
    return { type: "list", items, start, end: this.at, isFlow: true };
  }

  #flowScalar(least: number, isKey: boolean): ScalarNode {
    const start = this.at;
    const char = this.text[start];
    if (char === '"' || char === "'") {
      const end = this.#closingQuote(start, least);
      this.at = end;
      return scalar(this.text.slice(start, end), start);
    }
    const end = this.lineEnd(start);
    let at = start;
    for (; at < end; at++) {
      const next = this.text.charAt(at);
      if (/[,[\]{}]/.test(next) && !(next === "{" && this.text[at - 1] === "$")) break;
      if (next === ":" && /^(?:[\s,[\]{}]|$)/.test(this.text.slice(at + 1, at + 2)) && isKey) {
        break;
      }
      if (next === "#" && /\s/.test(this.text[at - 1] ?? " ")) break;
    }
    // Something that can be no part of a scalar must not stop the reader.
    this.at = Math.max(at, start + 1);
    return scalar(this.text.slice(start, at).trimEnd(), start);
  }
}

/** A scalar as it is written. */
function scalar(written: string, start: number): ScalarNode {
  const quote = written[0];
  const isQuoted = quote === '"' || quote === "'";
  const shift = start + (isQuoted ? 1 : 0);
  return {
    type: "scalar",
    value: isQuoted ? unquoted(written) : written,
    isQuoted,
    start,
    end: start + written.length,
    partOf: (from, to) => ({ start: shift + from, end: shift + to }),
  };
}

/** The inside of quotes; escapes stay, so that positions can be counted. */
function unquoted(written: string): string {
  const isClosed = written.length > 1 && written.at(-1) === written[0];
  return written.slice(1, isClosed ? -1 : undefined);
}
