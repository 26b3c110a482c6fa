/** Classes of characters, written as parts of classes of JavaScript. */

/** What `\d`, `\w` and `\s` are in a class. */
export const CLASSES: Readonly<Record<string, string>> = {
  d: "0-9",
  w: "0-9A-Za-z_",
  s: "\\t\\n\\f\\r ",
};

/** What `[:alpha:]` and its like are in a class. */
export const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\0-\\x7f",
  blank: "\\t ",
  cntrl: "\\0-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** Characters that are written as letters: `\n`. */
export const CONTROLS: Readonly<Record<string, number>> = {
  a: 7,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

/** A character as part of a class. */
export function escaped(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/** What a set of ASCII characters does not contain, as part of a class. */
export function negated(set: string): string {
  const tester = new RegExp(`[${set}]`, "u");
  let source = "";
  for (let code = 0; code < 128; code++) {
    if (!tester.test(String.fromCharCode(code))) source += escaped(code);
  }
  return `${source}\\x80-\\u{10ffff}`;
}

/** `\p{L}` and `\p{Greek}`, which is the name of a script; `undefined` for an unknown name. */
export function property(name: string, isNegated: boolean): string | undefined {
  if (name === "Any") return isNegated ? "" : "\\0-\\u{10ffff}";
  for (const written of [name, `Script=${name}`]) {
    try {
      new RegExp(`\\p{${written}}`, "u");
      return `\\${isNegated ? "P" : "p"}{${written}}`;
    } catch {
      // The host does not know it by this name.
    }
  }
  return undefined;
}

/** A class that is written with ASCII only and negates nothing. */
const NARROW = /^\[(?!\^)(?:\\u\{[0-7]?[0-9a-f]\}|\\[tnfr]|[0-9A-Za-z_ -]|\\\[)*\]$/;

/** Whether a class certainly contains no other characters than those of ASCII. */
export function isNarrow(source: string): boolean {
  return NARROW.test(source);
}
