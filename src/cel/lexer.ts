/** Splits the text of an expression into tokens, one at a time. */
import { CelError } from "./cel_error.ts";
import { characterHelp, foreignOperator } from "./foreign/operators.ts";
import { readString } from "./string_literal.ts";
import type { Token } from "./token.ts";
import { characterAt } from "./access.ts";

const NUMBER =
  /0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[uU]?/y;
const PREFIXED_STRING = /(?:[rR][bB]?|[bB][rR]?)(?:"""|'''|"|')/y;
const QUOTED = /`([A-Za-z0-9_./ -]+)`/y;

const TAB = 0x09;
const NEWLINE = 0x0a;
const FORM_FEED = 0x0c;
const RETURN = 0x0d;
const DOUBLE_QUOTE = 0x22;
const AMPERSAND = 0x26;
const QUOTE = 0x27;
const DOT = 0x2e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const BAR = 0x7c;

/** Symbols of one character; with a `=` after them, the first ones are symbols as well. */
const COMPARING = "<>!";
const SYMBOLS = `${COMPARING}-+*/%?:.,()[]{}`;

/**
 * Reads the token at or after `at`. What is common is told by its characters: most expressions run
 * once, and a regular expression is slow until it has run often.
 */
export function readToken(text: string, at: number): Token {
  const start = skipSpace(text, at);
  if (start >= text.length) return { type: "end", text: "", start: text.length, end: text.length };
  const code = text.charCodeAt(start);
  if (isNameStart(code)) return readName(text, start);
  if (code === QUOTE || code === DOUBLE_QUOTE) return readQuoted(text, start, code);
  if (isDigit(code) || (code === DOT && isDigit(text.charCodeAt(start + 1)))) {
    return readNumber(text, start);
  }
  const length = lengthOfSymbol(text, code, start);
  if (length > 0) return token("symbol", text.slice(start, start + length), start);
  const quoted = match(QUOTED, text, start);
  if (quoted !== "") {
    return { ...token("quoted", quoted, start), value: quoted.slice(1, -1) };
  }
  const character = characterAt(text, start);
  const { operator, help, span } = foreignOperator(text, start) ?? {
    operator: character,
    help: characterHelp(text, start),
    span: { start, end: start + character.length },
  };
  throw new CelError(`Unexpected "${operator}"`, { help }, span);
}

/** Where the spaces and comments at `at` end. */
function skipSpace(text: string, at: number): number {
  for (;; at++) {
    const code = text.charCodeAt(at);
    if (code === SLASH && text.charCodeAt(at + 1) === SLASH) {
      const end = text.indexOf("\n", at);
      if (end === -1) return text.length;
      at = end;
    } else if (!isSpace(code)) return at;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === TAB || code === NEWLINE || code === FORM_FEED ||
    code === RETURN;
}

function isNameStart(code: number): boolean {
  // Setting this bit makes letters small.
  const small = code | 0x20;
  return (small >= 0x61 && small <= 0x7a) || code === 0x5f;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Where the name that begins at `start` ends. */
function endOfName(text: string, start: number): number {
  let end = start;
  for (;; end++) {
    const code = text.charCodeAt(end);
    if (!isNameStart(code) && !isDigit(code)) return end;
  }
}

/** A name, or a string with a prefix, such as `r'a'`. */
function readName(text: string, start: number): Token {
  const end = endOfName(text, start);
  const next = text.charCodeAt(end);
  if ((next === QUOTE || next === DOUBLE_QUOTE) && end - start <= 2) {
    const opening = match(PREFIXED_STRING, text, start);
    if (opening !== "") return readString(text, start, opening);
  }
  return { type: "name", text: text.slice(start, end), start, end };
}

/** A string without a prefix. One without escapes is a part of the text. */
function readQuoted(text: string, start: number, quote: number): Token {
  const isTriple = text.charCodeAt(start + 1) === quote && text.charCodeAt(start + 2) === quote;
  for (let at = start + 1; !isTriple && at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = at + 1;
      const value = text.slice(start + 1, at);
      return { type: "string", text: text.slice(start, end), start, end, value };
    }
    if (code === BACKSLASH || code === NEWLINE || code === RETURN) break;
  }
  const opening = text[start] ?? "";
  return readString(text, start, isTriple ? opening.repeat(3) : opening);
}

/** How long the symbol at `at` is; 0 if there is none. */
function lengthOfSymbol(text: string, code: number, at: number): number {
  if (code === AMPERSAND || code === BAR) return text.charCodeAt(at + 1) === code ? 2 : 0;
  // The character exists, as it has a code.
  const character = text[at]!;
  if (text.charCodeAt(at + 1) === EQUALS && (code === EQUALS || COMPARING.includes(character))) {
    return 2;
  }
  return SYMBOLS.includes(character) ? 1 : 0;
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function token(type: Token["type"], text: string, start: number): Token {
  return { type, text, start, end: start + text.length };
}

function readNumber(source: string, start: number): Token {
  let digits = start;
  while (isDigit(source.charCodeAt(digits))) digits++;
  const next = source.charCodeAt(digits);
  if (next !== DOT && !isNameStart(next)) return integer(source.slice(start, digits), start);
  const text = match(NUMBER, source, start);
  const end = start + text.length;
  const follows = source.slice(end, endOfName(source, end));
  if (follows !== "") {
    const help = follows.startsWith("_")
      ? "Write digits without _"
      : /^(?:e|x[\da-f]*)$/i.test(follows)
      ? "Write a number such as 8080, 1.5, 1e3 or 0xff"
      : undefined;
    throw new CelError(`"${text}${follows}" is not a number`, { help }, {
      start,
      end: end + follows.length,
    });
  }
  const isHex = /^0x/i.test(text);
  if (!isHex && /[.eE]/.test(text)) {
    return { type: "double", text, start, end, value: Number(text) };
  }
  return /u$/i.test(text)
    ? { type: "uint", text, start, end, value: BigInt(text.slice(0, -1)) }
    : integer(text, start);
}

function integer(text: string, start: number): Token {
  const number = Number(text);
  const value = Number.isSafeInteger(number) ? number : BigInt(text);
  return { type: "int", text, start, end: start + text.length, value };
}
