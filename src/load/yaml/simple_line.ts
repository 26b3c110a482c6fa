/** The parts of a simple document that are on one line: keys, scalars, comments and flow collections. */
import type { Limits } from "../../contract/limits.ts";
import type { Value, ValueMap } from "../../contract/resource.ts";
import { readPlain, Unrepresentable } from "./scalar.ts";

/** Thrown for what is left to the complete parser. */
export const NOT_SIMPLE: Error = new Error("not simple");

export const NEW_LINE = 10;
export const SPACE = 32;
const DOUBLE_QUOTE = 34;
export const HASH = 35;
const SINGLE_QUOTE = 39;
const OPEN_ROUND = 40;
const PLUS = 43;
const COMMA = 44;
export const DASH = 45;
export const COLON = 58;
const LESS = 60;
const EQUALS = 61;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const CARET = 94;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;
const LAST_PRINTABLE = 126;
const TILDE = 126;
const FIRST_LETTER = 0xa0;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;
const LAST_LETTER = 0xd7ff;

/** What a backslash and a letter mean in double quotes; the complete parser reads the others. */
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  '"': '"',
  "/": "/",
  "\\": "\\",
};

/** The most characters of a key: YAML allows 1,024 before the colon. */
const LONGEST_KEY = 200;

/** One less than how many keys are kept, which is a power of two. */
const KNOWN_KEYS = 255;

/**
 * The keys that were read last, by their hashes: most documents have the same keys as others, and a
 * new string would be copied and hashed when it becomes the name of a property.
 */
const knownKeys: string[] = new Array<string>(KNOWN_KEYS + 1).fill("");

function sharedKey(text: string, start: number, end: number, hash: number): string {
  // A hash is not above the last index.
  const known = knownKeys[hash]!;
  if (known.length === end - start && text.startsWith(known, start)) return known;
  const key = text.slice(start, end);
  knownKeys[hash] = key;
  return key;
}

/** Reads what is on one line. */
export class SimpleLine {
  protected readonly text: string;
  protected readonly end: number;
  protected readonly limits: Limits;
  protected at: number;
  #nodes = 1;

  constructor(text: string, start: number, end: number, limits: Limits) {
    this.text = text;
    this.at = start;
    this.end = end;
    this.limits = limits;
  }

  protected code(): number {
    return this.at < this.end ? this.text.charCodeAt(this.at) : NEW_LINE;
  }

  protected skipSpaces(): void {
    while (this.code() === SPACE && this.at < this.end) this.at++;
  }

  /** Takes what is left of a line after its value: spaces, a comment and its end. */
  protected endLine(): void {
    this.skipSpaces();
    const code = this.code();
    if (code !== NEW_LINE) {
      if (code !== HASH || this.text.charCodeAt(this.at - 1) !== SPACE) throw NOT_SIMPLE;
      this.skipComment();
    }
    if (this.at < this.end) this.at++;
  }

  /** Goes to the end of the line. */
  protected skipComment(): void {
    while (this.code() !== NEW_LINE) this.takePrintable();
  }

  protected takePrintable(): number {
    const code = this.code();
    if (code < SPACE || (code > LAST_PRINTABLE && !isLetterBeyondAscii(code))) throw NOT_SIMPLE;
    this.at++;
    return code;
  }

  protected countNode(): void {
    if (++this.#nodes > this.limits.nodes) throw NOT_SIMPLE;
  }

  /** Takes a key and its colon. */
  protected key(map: ValueMap): string {
    const { text, end, at: start } = this;
    let at = start;
    let hash = 0;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (!isKeyCode(code)) break;
      hash = (hash * 31 + code) & KNOWN_KEYS;
    }
    this.at = at;
    if (at - start > LONGEST_KEY) throw NOT_SIMPLE;
    const key = at === start ? this.#quotedKey() : sharedKey(text, start, at, hash);
    if (this.code() !== COLON) throw NOT_SIMPLE;
    this.at++;
    const after = this.code();
    if (after !== SPACE && after !== NEW_LINE) throw NOT_SIMPLE;
    if (key === "__proto__" || Object.hasOwn(map, key)) throw NOT_SIMPLE;
    return key;
  }

  #quotedKey(): string {
    const code = this.code();
    if (code !== DOUBLE_QUOTE && code !== SINGLE_QUOTE) throw NOT_SIMPLE;
    const key = this.#quoted();
    if (key.length > LONGEST_KEY) throw NOT_SIMPLE;
    return key;
  }

  /** A value on the current line, in a collection at `depth`. */
  protected value(depth: number): Value {
    switch (this.code()) {
      case OPEN_MAP:
        return this.#flowMap(depth + 1);
      case OPEN_LIST:
        return this.#flowList(depth + 1);
      case DOUBLE_QUOTE:
      case SINGLE_QUOTE:
        return this.#quoted();
      default:
        return this.#plain(false);
    }
  }

  #flowValue(depth: number): Value {
    const code = this.code();
    return code === OPEN_MAP || code === OPEN_LIST || code === DOUBLE_QUOTE || code === SINGLE_QUOTE
      ? this.value(depth)
      : this.#plain(true);
  }

  #flowMap(depth: number): ValueMap {
    if (depth > this.limits.nesting) throw NOT_SIMPLE;
    const map: ValueMap = {};
    this.at++;
    this.skipSpaces();
    while (this.code() !== CLOSE_MAP) {
      const key = this.key(map);
      this.skipSpaces();
      this.countNode();
      map[key] = this.#flowValue(depth);
      this.#separator(CLOSE_MAP);
    }
    this.at++;
    return map;
  }

  #flowList(depth: number): Value[] {
    if (depth > this.limits.nesting) throw NOT_SIMPLE;
    const list: Value[] = [];
    this.at++;
    this.skipSpaces();
    while (this.code() !== CLOSE_LIST) {
      this.countNode();
      list.push(this.#flowValue(depth));
      this.#separator(CLOSE_LIST);
    }
    this.at++;
    return list;
  }

  /** Goes to the next item of a flow collection, or to its end. */
  #separator(close: number): void {
    this.skipSpaces();
    if (this.code() === close) return;
    if (this.code() !== COMMA) throw NOT_SIMPLE;
    this.at++;
    this.skipSpaces();
    if (this.code() === close) throw NOT_SIMPLE;
  }

  #quoted(): string {
    const quote = this.takePrintable();
    const start = this.at;
    let hasEscapes = false;
    for (;;) {
      const code = this.takePrintable();
      if (code === BACKSLASH && quote === DOUBLE_QUOTE) {
        hasEscapes = true;
        this.takePrintable();
      } else if (code === quote) {
        // Two single quotes are one in the text.
        if (quote !== SINGLE_QUOTE || this.code() !== quote) break;
        hasEscapes = true;
        this.at++;
      }
    }
    const text = this.text.slice(start, this.at - 1);
    if (!hasEscapes) return text;
    return quote === SINGLE_QUOTE
      ? text.replaceAll("''", "'")
      : text.replaceAll(/\\(.)/g, unescape);
  }

  /** A scalar without quotes, up to the end of the line or, in a flow collection, of the item. */
  #plain(isFlow: boolean): Value {
    const start = this.at;
    if (this.code() === DASH) this.at++;
    if (!beginsPlain(this.code())) throw NOT_SIMPLE;
    let last = start;
    for (let code = this.code(); code !== NEW_LINE; code = this.code()) {
      if (isFlow && (code === COMMA || code === CLOSE_MAP || code === CLOSE_LIST)) break;
      if (isFlow && (code === OPEN_MAP || code === OPEN_LIST)) throw NOT_SIMPLE;
      this.takePrintable();
      if (code === COLON && this.#endsKey(isFlow)) throw NOT_SIMPLE;
      if (code !== SPACE) last = this.at;
      // A flow collection that contains a comment is not on one line.
      else if (this.code() === HASH) break;
    }
    const value = readPlain(this.text.slice(start, last));
    if (value instanceof Unrepresentable) throw NOT_SIMPLE;
    return value;
  }

  /** True if the colon before the current character ends a key. */
  #endsKey(isFlow: boolean): boolean {
    const code = this.code();
    if (code === SPACE || code === NEW_LINE) return true;
    return isFlow && (code === COMMA || code === CLOSE_MAP || code === CLOSE_LIST);
  }
}

/** True for letters, digits and `_`, `$`, `.`, `/`, `-`. */
export function isKeyCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 45 && code <= 57) ||
    code === 95 || code === 36;
}

/** True for a character that has no meaning of its own in YAML, with which a scalar may begin. */
function beginsPlain(code: number): boolean {
  return (isKeyCode(code) && code !== DASH) || code === OPEN_ROUND || code === PLUS ||
    code === LESS || code === EQUALS || code === CARET || code === TILDE ||
    isLetterBeyondAscii(code);
}

/** True for printable characters that are one unit, and that no parser takes for the end of a line. */
function isLetterBeyondAscii(code: number): boolean {
  return code >= FIRST_LETTER && code <= LAST_LETTER && code !== LINE_SEPARATOR &&
    code !== PARAGRAPH_SEPARATOR;
}

function unescape(_escape: string, letter: string): string {
  const character = ESCAPES[letter];
  if (character === undefined) throw NOT_SIMPLE;
  return character;
}
