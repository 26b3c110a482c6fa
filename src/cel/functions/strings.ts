/** Functions of strings. Positions count characters (code points), not code units. */
import { characterAt, hasSurrogates, lengthOf, sizeOf } from "../access.ts";
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import { matches } from "../regex/matches.ts";
import { enter } from "../values.ts";
import { typeInWords } from "../words.ts";
import { format } from "./format.ts";
import type { Functions } from "./implementation.ts";

type Int = number | bigint;

const SPACES = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const FIRST_SPACES = new RegExp(`^[${SPACES}]+`);
const SPACE = new RegExp(`[${SPACES}]`);

const NOT_ASCII = /[\u0080-\uffff]/;
const LONE_SURROGATE = /\p{Surrogate}/gu;

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

const size = (context: Context, text: string) => sizeOf(context, text);

/** Gives a function that counts what its result costs, of which it makes each character. */
function counted(
  write: (text: string) => string,
): (context: Context, text: string) => string {
  return (context, text) => {
    context.spendCharacters(text.length);
    return write(text);
  };
}

export const STRINGS: Functions = {
  "size(string)": size,
  "string.size()": size,
  "matches(string, string)": matches,
  "string.matches(string)": matches,
  "string.contains(string)": (context, text: string, part: string) => {
    context.spendText(text.length);
    return text.includes(part);
  },
  "string.startsWith(string)": (context, text: string, part: string) => {
    context.spendReading(part.length);
    return text.startsWith(part);
  },
  "string.endsWith(string)": (context, text: string, part: string) => {
    context.spendReading(part.length);
    return text.endsWith(part);
  },
  "string.charAt(int)": (context, text: string, index: Int) => {
    const length = checkPosition("charAt", context, text, index);
    return Number(index) === length ? "" : slice(text, Number(index), Number(index) + 1);
  },
  "string.format(list<dyn>)": format,
  "string.indexOf(string)": (context, text: string, part: string) =>
    indexOf(context, text, part, 0),
  "string.indexOf(string, int)": indexOf,
  "string.lastIndexOf(string)": (context, text: string, part: string) =>
    lastIndexOf(context, text, part, lengthOf(text)),
  "string.lastIndexOf(string, int)": lastIndexOf,
  "string.lowerAscii()": counted((text) =>
    NOT_ASCII.test(text)
      ? text.replace(/[A-Z]+/g, (part) => part.toLowerCase())
      : text.toLowerCase()
  ),
  "string.upperAscii()": counted((text) =>
    NOT_ASCII.test(text)
      ? text.replace(/[a-z]+/g, (part) => part.toUpperCase())
      : text.toUpperCase()
  ),
  "string.replace(string, string)": (context, text: string, from: string, to: string) =>
    replace(context, text, from, to, -1),
  "string.replace(string, string, int)": replace,
  "string.reverse()": counted((text) => [...text].reverse().join("")),
  "string.split(string)": (context, text: string, separator: string) =>
    split(context, text, separator, -1),
  "string.split(string, int)": split,
  "string.substring(int)": (context, text: string, start: Int) => {
    checkPosition("substring", context, text, start);
    return slice(text, Number(start), undefined);
  },
  "string.substring(int, int)": (context, text: string, start: Int, end: Int) => {
    checkPosition("substring", context, text, start);
    checkPosition("substring", context, text, end);
    if (start > end) throw new CelError("substring() got a start that is after the end");
    return slice(text, Number(start), Number(end));
  },
  "string.trim()": counted(trim),
  "list<string>.join()": (context, list: readonly unknown[]) => join(context, list, ""),
  "list<string>.join(string)": join,
  "strings.quote(string)": counted((text) =>
    `"${text.replace(LONE_SURROGATE, "\ufffd").replace(/./gsu, (char) => ESCAPES[char] ?? char)}"`
  ),
};

/** The part of a string between two positions. */
function slice(text: string, start: number, end: number | undefined): string {
  return hasSurrogates(text) ? [...text].slice(start, end).join("") : text.slice(start, end);
}

/** Throws unless `index` is a position of the text, or its end; gives the text's length. */
function checkPosition(name: string, context: Context, text: string, index: Int): number {
  // Where characters are not single code units, they are counted, and taken apart.
  if (hasSurrogates(text)) context.spendCharacters(text.length);
  else context.spendText(text.length);
  const length = lengthOf(text);
  if (index >= 0 && index <= length) return length;
  throw new CelError(`${name}() got an index outside of the string`);
}

function indexOf(context: Context, text: string, part: string, from: Int): number {
  checkPosition("indexOf", context, text, from);
  const skipped = slice(text, 0, Number(from)).length;
  const at = text.indexOf(part, skipped);
  return at === -1 ? -1 : lengthOf(text.slice(0, at));
}

function lastIndexOf(context: Context, text: string, part: string, from: Int): number {
  checkPosition("lastIndexOf", context, text, from);
  const skipped = slice(text, 0, Number(from)).length;
  const at = text.lastIndexOf(part, skipped);
  return at === -1 ? -1 : lengthOf(text.slice(0, at));
}

/** Not one expression, since an expression for spaces at the end takes quadratic time. */
function trim(text: string): string {
  const rest = text.replace(FIRST_SPACES, "");
  let end = rest.length;
  while (end > 0 && SPACE.test(rest.charAt(end - 1))) end--;
  return rest.slice(0, end);
}

function replace(context: Context, text: string, from: string, to: string, count: Int): string {
  context.spendText(text.length);
  let left = count < 0 ? Infinity : Number(count);
  let done = "";
  let at = 0;
  while (left-- > 0) {
    const next = from === "" ? at : text.indexOf(from, at);
    if (next === -1) break;
    context.spendText(to.length);
    done += text.slice(at, next) + to;
    at = next + from.length;
    if (from !== "") continue;
    // An empty string is found before every character and at the end.
    if (at === text.length) break;
    const character = characterAt(text, at);
    done += character;
    at += character.length;
  }
  return done + text.slice(at);
}

function split(context: Context, text: string, separator: string, limit: Int): string[] {
  if (limit === 0) return [];
  context.spendText(text.length);
  const parts = separator === "" ? [...text] : text.split(separator);
  context.spend(parts.length);
  const most = limit < 0 ? Infinity : Number(limit);
  if (parts.length <= most) return parts;
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}

function join(context: Context, list: readonly unknown[], separator: string): string {
  context.spend(1 + list.length);
  const parts = list.map((item) => {
    const text = enter(item) ?? null;
    if (typeof text !== "string") {
      throw new CelError(`join() takes a list of strings, and got ${typeInWords(text)}`, {
        help: "Write xs.map(x, string(x)).join(…)",
      });
    }
    context.spendText(text.length + separator.length);
    return text;
  });
  return parts.join(separator);
}
