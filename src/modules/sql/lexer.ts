/** Where the strings, comments and parameters of an SQL text are; nothing else is understood. */
import type { Dialect } from "./database.ts";

/** A part of SQL text that matters to whoever inserts values. */
export interface Token {
  readonly type: "quoted" | "comment" | "end" | "parameter";
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** False for a string or comment that does not end. */
  readonly isClosed: boolean;
}

const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const POSTGRES_PARAMETER = /\$\d+/y;
const SQLITE_PARAMETER = /\?\d*|[:@$][A-Za-z_]\w*/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;

/** Reads SQL text from its start to its end, once. */
export function* tokensOf(text: string, dialect: Dialect): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    const token = tokenAt(text, at, dialect);
    if (typeof token === "number") {
      at = token;
      continue;
    }
    yield token;
    at = token.end;
  }
}

/** The token at a place, or the next place to look at. */
function tokenAt(text: string, at: number, dialect: Dialect): Token | number {
  const char = text.charAt(at);
  switch (char) {
    case "'":
      return quoted(text, at, "'", dialect === "postgres" && isEscapeString(text, at));
    case '"':
      return quoted(text, at, '"', false);
    case "`":
      return dialect === "sqlite" ? quoted(text, at, "`", false) : at + 1;
    case "-":
      return text[at + 1] === "-" ? lineComment(text, at) : at + 1;
    case "/":
      return text[at + 1] === "*" ? blockComment(text, at, dialect === "postgres") : at + 1;
    case ";":
      return { type: "end", start: at, end: at + 1, isClosed: true };
  }
  if (dialect === "postgres") {
    if (char === "$") return dollarQuoted(text, at) ?? parameter(text, at, POSTGRES_PARAMETER);
  } else if ("?:@$".includes(char)) return parameter(text, at, SQLITE_PARAMETER);
  // A word is passed as a whole, so that `$` in it does not begin anything.
  return matchEnd(WORD, text, at) ?? at + 1;
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function parameter(text: string, start: number, pattern: RegExp): Token | number {
  const end = matchEnd(pattern, text, start);
  return end === undefined ? start + 1 : { type: "parameter", start, end, isClosed: true };
}

/** True for a string that is written `E'…'`, in which a backslash escapes. */
function isEscapeString(text: string, at: number): boolean {
  return /[eE]/.test(text[at - 1] ?? "") && !/[\w$]/.test(text[at - 2] ?? "");
}

function quoted(text: string, start: number, quote: string, escapes: boolean): Token {
  for (let at = start + 1; at < text.length; at++) {
    if (escapes && text[at] === "\\") at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return { type: "quoted", start, end: at + 1, isClosed: true };
      at++;
    }
  }
  return { type: "quoted", start, end: text.length, isClosed: false };
}

function dollarQuoted(text: string, start: number): Token | undefined {
  const end = matchEnd(DOLLAR_TAG, text, start);
  if (end === undefined) return undefined;
  const tag = text.slice(start, end);
  const close = text.indexOf(tag, end);
  return close < 0
    ? { type: "quoted", start, end: text.length, isClosed: false }
    : { type: "quoted", start, end: close + tag.length, isClosed: true };
}

function lineComment(text: string, start: number): Token {
  const end = text.indexOf("\n", start);
  return { type: "comment", start, end: end < 0 ? text.length : end, isClosed: true };
}

function blockComment(text: string, start: number, nests: boolean): Token {
  let depth = 1;
  let at = start + 2;
  while (at < text.length) {
    const pair = text.slice(at, at + 2);
    if (pair === "*/") {
      at += 2;
      if (--depth === 0) return { type: "comment", start, end: at, isClosed: true };
    } else if (pair === "/*" && nests) {
      at += 2;
      depth++;
    } else at++;
  }
  return { type: "comment", start, end: text.length, isClosed: false };
}
