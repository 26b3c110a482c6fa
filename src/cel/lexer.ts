/** Splits the text of an expression into tokens, one at a time. */
import { CelError } from "./cel_error.ts";
import { characterHelp, foreignOperator } from "./foreign/operators.ts";
import { readString } from "./string_literal.ts";
import type { Token } from "./token.ts";
import { characterAt } from "./access.ts";

const SPACE = /(?:[\t\n\f\r ]|\/\/[^\n]*)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER =
  /0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[uU]?/y;
const STRING = /(?:[rR][bB]?|[bB][rR]?)?(?:"""|'''|"|')/y;
const SYMBOL = /&&|\|\||[<>=!]=|[-+*/%<>!?:.,()[\]{}]/y;
const QUOTED = /`([A-Za-z0-9_./ -]+)`/y;

/** Reads the token at or after `at`. */
export function readToken(text: string, at: number): Token {
  const start = at + match(SPACE, text, at).length;
  if (start >= text.length) return { type: "end", text: "", start: text.length, end: text.length };
  const string = match(STRING, text, start);
  if (string !== "") return readString(text, start, string);
  const name = match(NAME, text, start);
  if (name !== "") return token("name", name, start);
  const number = match(NUMBER, text, start);
  if (number !== "") return readNumber(text, number, start);
  const symbol = match(SYMBOL, text, start);
  if (symbol !== "") return token("symbol", symbol, start);
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

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function token(type: Token["type"], text: string, start: number): Token {
  return { type, text, start, end: start + text.length };
}

function readNumber(source: string, text: string, start: number): Token {
  const end = start + text.length;
  const follows = match(NAME, source, end);
  if (follows !== "") {
    const help = follows.startsWith("_") ? "Write digits without _" : undefined;
    throw new CelError(`"${text}${follows}" is not a number`, { help }, {
      start,
      end: end + follows.length,
    });
  }
  const isHex = /^0x/i.test(text);
  if (!isHex && /[.eE]/.test(text)) {
    return { type: "double", text, start, end, value: Number(text) };
  }
  if (/u$/i.test(text)) {
    return { type: "uint", text, start, end, value: BigInt(text.slice(0, -1)) };
  }
  const value = Number(text);
  return {
    type: "int",
    text,
    start,
    end,
    value: Number.isSafeInteger(value) ? value : BigInt(text),
  };
}
