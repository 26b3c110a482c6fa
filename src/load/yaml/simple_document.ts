/**
 * Reads documents that are written in the part of YAML that most are written in: block maps and
 * lists of scalars on one line, block scalars, and flow collections on one line. What is written in
 * any other way, or is wrong, is left to the complete parser, which takes five times as long because
 * it makes events with positions first.
 */
import type { Limits } from "../../contract/limits.ts";
import type { Value, ValueMap } from "../../contract/resource.ts";
import {
  COLON,
  DASH,
  HASH,
  isKeyCode,
  NEW_LINE,
  NOT_SIMPLE,
  SimpleLine,
  SPACE,
} from "./simple_line.ts";

const GREATER = 62;
const BAR = 124;

/** A line of spaces, which has rules of its own, or a character that is not a letter or a tab. */
const NOT_IN_BLOCK = /\n[ \t]+(?:\n|$)|[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff]/;
/** An empty line, or one that is indented further: they are not folded. */
const NOT_IN_FOLDED = /(?:^|\n)[ \t\n]/;

/**
 * The value of the document between two offsets, or `undefined` for a document that the complete
 * parser has to read. A line with `---` may come first.
 */
export function readSimpleDocument(
  text: string,
  start: number,
  end: number,
  limits: Limits,
): Value | undefined {
  try {
    return new SimpleDocument(text, start, end, limits).read();
  } catch (error) {
    if (error === NOT_SIMPLE) return undefined;
    throw error;
  }
}

class SimpleDocument extends SimpleLine {
  read(): Value {
    if (this.text.startsWith("---", this.at)) {
      this.at += 3;
      this.endLine();
    }
    if (this.#nextIndent() !== 0 || this.code() === DASH) throw NOT_SIMPLE;
    const value = this.#blockMap(0, 1);
    if (this.at < this.end) throw NOT_SIMPLE;
    return value;
  }

  /**
   * Goes to the first character of the next line that has content; gives its indentation, and -1 at
   * the end of the document.
   */
  #nextIndent(): number {
    while (this.at < this.end) {
      const start = this.at;
      this.skipSpaces();
      const code = this.code();
      if (code === HASH) this.skipComment();
      else if (code !== NEW_LINE) return this.at - start;
      this.at++;
    }
    return -1;
  }

  /** A map whose first key begins here, in the column `indent`. */
  #blockMap(indent: number, depth: number): ValueMap {
    if (depth > this.limits.nesting) throw NOT_SIMPLE;
    const map: ValueMap = {};
    let next = indent;
    while (next === indent) {
      const key = this.key(map);
      this.skipSpaces();
      this.countNode();
      const code = this.code();
      if (code === BAR || code === GREATER) {
        map[key] = this.#blockScalar(indent);
        next = this.#nextIndent();
      } else if (code === NEW_LINE || code === HASH) {
        if (code === HASH) this.skipComment();
        this.at++;
        next = this.#nextIndent();
        // The items of a list may be as far to the left as the key.
        const isList = this.#isDash() && next >= indent;
        if (isList) map[key] = this.#blockList(next, depth + 1);
        else map[key] = next > indent ? this.#blockMap(next, depth + 1) : null;
        // The nested collection has gone to the beginning of the next line already.
        if (isList || next > indent) next = this.#column();
      } else {
        map[key] = this.value(depth);
        this.endLine();
        next = this.#nextIndent();
      }
    }
    if (next > indent) throw NOT_SIMPLE;
    return map;
  }

  /** The column of the current character, all before it on its line being spaces; -1 at the end. */
  #column(): number {
    return this.at < this.end ? this.at - (this.text.lastIndexOf("\n", this.at - 1) + 1) : -1;
  }

  /** True at `- `. */
  #isDash(): boolean {
    return this.code() === DASH && this.at + 1 < this.end &&
      this.text.charCodeAt(this.at + 1) === SPACE;
  }

  /** A scalar on the lines below its `|` or `>`, which are indented further than `indent`. */
  #blockScalar(indent: number): string {
    const isFolded = this.takePrintable() === GREATER;
    const isStripped = this.code() === DASH;
    if (isStripped) this.at++;
    this.endLine();
    const start = this.at;
    this.skipSpaces();
    const first = this.at;
    if (first - start <= indent || this.code() === NEW_LINE) throw NOT_SIMPLE;
    const padding = this.text.slice(start, first);
    while (this.at < this.end) {
      const isContent = this.at === first || this.text.startsWith(padding, this.at);
      if (!isContent && this.text.charCodeAt(this.at) !== NEW_LINE) break;
      const lineEnd = this.text.indexOf("\n", this.at);
      this.at = lineEnd === -1 || lineEnd >= this.end ? this.end : lineEnd + 1;
    }
    const lineAfter = this.at;
    this.skipSpaces();
    if (this.at > lineAfter && this.code() === NEW_LINE) throw NOT_SIMPLE;
    this.at = lineAfter;
    let last = lineAfter;
    while (this.text.charCodeAt(last - 1) === NEW_LINE) last--;
    const lines = this.text.slice(first, last);
    if (NOT_IN_BLOCK.test(lines)) throw NOT_SIMPLE;
    let content = lines.replaceAll(`\n${padding}`, "\n");
    if (isFolded) {
      if (NOT_IN_FOLDED.test(content)) throw NOT_SIMPLE;
      content = content.replaceAll("\n", " ");
    }
    return isStripped ? content : `${content}\n`;
  }

  #blockList(indent: number, depth: number): Value[] {
    if (depth > this.limits.nesting) throw NOT_SIMPLE;
    const list: Value[] = [];
    let next = indent;
    while (next === indent && this.#isDash()) {
      const dash = this.at;
      this.at++;
      this.skipSpaces();
      this.countNode();
      if (this.#isKey()) {
        list.push(this.#blockMap(indent + this.at - dash, depth + 1));
        next = this.#column();
      } else {
        const code = this.code();
        if (code === BAR || code === GREATER) list.push(this.#blockScalar(indent));
        else {
          list.push(this.value(depth));
          this.endLine();
        }
        next = this.#nextIndent();
      }
    }
    // What is further to the left belongs to the map around the list, and so does a key here.
    if (next > indent) throw NOT_SIMPLE;
    return list;
  }

  /** True if a key and its colon come next. */
  #isKey(): boolean {
    let at = this.at;
    while (at < this.end && isKeyCode(this.text.charCodeAt(at))) at++;
    if (at === this.at || at >= this.end || this.text.charCodeAt(at) !== COLON) return false;
    const after = at + 1 < this.end ? this.text.charCodeAt(at + 1) : NEW_LINE;
    return after === SPACE || after === NEW_LINE;
  }
}
