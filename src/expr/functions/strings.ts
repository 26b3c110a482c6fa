/** Functions of texts, an official extension of CEL, as far as the library lacks them. */
import { countSteps, problem } from "../evaluation.ts";
import { format } from "./format.ts";
import type { Register } from "./register.ts";

/** What `strings` stands for; its functions are methods of this type. */
export class StringsNamespace {}

/**
 * Methods of the library that go beyond ASCII or know other spaces than CEL does, and the
 * names under which ours are called in their place: its own cannot be replaced.
 */
export const REPLACED_METHODS: ReadonlyMap<string, string> = new Map([
  ["lowerAscii", "lowerAsciiOnly"],
  ["upperAscii", "upperAsciiOnly"],
  ["trim", "trimSpaces"],
]);

const SPACES = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const OUTER_SPACES = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, "g");

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

/** Adds the functions. */
export function registerStrings(register: Register): void {
  register(
    "string.lowerAsciiOnly(): string",
    (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
  );
  register(
    "string.upperAsciiOnly(): string",
    (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()),
  );
  register("string.trimSpaces(): string", (text: string) => text.replace(OUTER_SPACES, ""));
  register("string.charAt(int): string", charAt);
  register(
    "string.replace(string, string): string",
    (text: string, from: string, to: string) => replace(text, from, to, -1),
  );
  register(
    "string.replace(string, string, int): string",
    (text: string, from: string, to: string, count: bigint) =>
      replace(text, from, to, Number(count)),
  );
  register("string.reverse(): string", (text: string) => [...text].reverse().join(""));
  register(
    "string.format(list): string",
    (text: string, values: readonly unknown[]) => format(text, values),
  );
  register(
    "StringsNamespace.quote(string): string",
    (_: unknown, text: string) => `"${text.replace(/./gsu, (char) => ESCAPES[char] ?? char)}"`,
  );
}

function charAt(text: string, index: bigint): string {
  const chars = [...text];
  const at = Number(index);
  if (at === chars.length) return "";
  const char = chars[at];
  if (char === undefined) throw problem("charAt() got an index outside of the text");
  return char;
}

function replace(text: string, from: string, to: string, count: number): string {
  if (count < 0) {
    // Checked before it is made: each hit may make the text longer.
    const hits = from === "" ? text.length + 1 : text.split(from).length - 1;
    countSteps((text.length + hits * to.length) >> 6);
    return text.replaceAll(from, () => to);
  }
  let rest = text;
  let done = "";
  for (let left = count; left > 0; left--) {
    const at = rest.indexOf(from);
    if (at === -1) break;
    countSteps(1 + (to.length >> 6));
    done += rest.slice(0, at) + to;
    rest = rest.slice(at + from.length);
    if (from === "") {
      done += rest.slice(0, 1);
      if (rest === "") break;
      rest = rest.slice(1);
    }
  }
  return done + rest;
}
