/** Operators of other languages, with what to write instead. */
import type { Span } from "../ast.ts";
import { functionNames, methodNames, overloadsOf } from "../signatures.ts";
import { defaultHelp, optionalHelp } from "./defaults.ts";
import { SYNONYMS } from "./functions.ts";
import { ownValue } from "../../contract/own_key.ts";

/** The help for an operator; `before` and `after` are the texts around it, without spaces. */
type Help = string | ((before: string, after: string) => string);

const NOT_EQUAL = "Write != to compare";
const JOIN_TEXT = "Write strings in single or double quotes, and join them with +";
const SHIFT = "Shift bits with math.bitShiftLeft(a, b) and math.bitShiftRight(a, b)";
/** Help for `x[0:2]`. */
export const PART_OF_LIST =
  "Write x.slice(0, 2) for a part of a list, x.substring(0, 2) for one of a string";

/** Longer operators come before those that they begin with. */
const OPERATORS: readonly (readonly [operator: string, help: Help])[] = [
  ["===", "Write == to compare"],
  ["!==", NOT_EQUAL],
  ["<>", NOT_EQUAL],
  ["=>", arrowHelp],
  ["->", arrowHelp],
  ["=<", "Write <= to compare"],
  ["=~", "Write x.matches('…') for a regular expression"],
  ["!~", "Write !x.matches('…') for a regular expression"],
  ["&&=", changeHelp("&&")],
  ["||=", changeHelp("||")],
  ["??=", defaultHelp],
  ["+=", changeHelp("+")],
  ["-=", changeHelp("-")],
  ["*=", changeHelp("*")],
  ["/=", changeHelp("/")],
  ["%=", changeHelp("%")],
  [":=", "An expression cannot set a variable: use `$let`, or cel.bind(x, 1, …)"],
  ["++", stepHelp("+")],
  ["--", stepHelp("-")],
  ["??", defaultHelp],
  ["?:", defaultHelp],
  ["?.[", elementHelp],
  ["?.", optionalHelp],
  [
    "...",
    (before) =>
      before.endsWith("{")
        ? "Maps cannot be merged: write each key, as in {'a': x.a, 'b': 1}"
        : "Join lists with +, as in x + [1]",
  ],
  ["..", "Write range(0, 3) for numbers, x.slice(0, 3) for a part of a list"],
  ["**", "There is no operator for powers: write x * x"],
  ["::", "Convert with a function, such as int(x)"],
  ["/*", "Comments begin with // and end with the line"],
  ["*/", "Comments begin with // and end with the line"],
  ["<<", SHIFT],
  [">>", SHIFT],
  ["|>", pipeHelp],
  ["||", "Write || between two conditions"],
  ["|", pipeHelp],
  ["&&", "Write && between two conditions"],
  ["&", "Write && for and, math.bitAnd(a, b) for the bits of numbers"],
  ["^", "Write math.bitXor(a, b) for bits; there is no operator for powers: write x * x"],
  [
    "~",
    (before) =>
      /[\w)\]'"]$/.test(before)
        ? "Write x.matches('…') for a regular expression, + to join strings"
        : "Write math.bitNot(x)",
  ],
  ["=", "Write == to compare"],
];

/** Help is read from this much text around a mistake, so that a long text costs no more. */
const NEARBY = 200;

/** The text before `at`, without the spaces that end it. */
export function textBefore(text: string, at: number): string {
  return text.slice(Math.max(0, at - NEARBY), at).trimEnd();
}

/** An operator of another language at `at`, or around it. */
export function foreignOperator(
  text: string,
  at: number,
): { readonly operator: string; readonly help: string; readonly span: Span } | undefined {
  for (const [operator, help] of OPERATORS) {
    for (let start = Math.max(0, at - operator.length + 1); start <= at; start++) {
      if (!text.startsWith(operator, start)) continue;
      const end = start + operator.length;
      const before = textBefore(text, start);
      const after = text.slice(end, end + NEARBY).trimStart();
      const words = typeof help === "string" ? help : help(before, after);
      return { operator, help: words, span: { start, end } };
    }
  }
  return undefined;
}

/** `x += 1` and its like. */
function changeHelp(operator: string): Help {
  return (before, after) => {
    const left = /[\w.]+$/.exec(before)?.[0] ?? "x";
    const right = /^(?:[\w.]{1,20}|'[^']{0,20}')/.exec(after)?.[0] ?? "y";
    return `An expression cannot change a variable: write ${left} ${operator} ${right}`;
  };
}

/** `x++` and `++x`. */
function stepHelp(operator: string): Help {
  return (before, after) => {
    const operand = /[\w.]+$/.exec(before)?.[0] ?? /^[\w.]+/.exec(after)?.[0] ?? "x";
    return `An expression cannot change a variable: write ${operand} ${operator} 1`;
  };
}

/** A function as in JavaScript, or `>=` the wrong way round. */
function arrowHelp(before: string, after: string): string {
  const name = /(?:[(,]\s*|^)\(?([A-Za-z_]\w*)?[\w, ]*\)?$/.exec(before)?.[1];
  const isFunction = /[(,]\s*\(?[\w, ]*\)?$/.test(before) || /^[A-Za-z_(]/.test(after);
  const x = name ?? "x";
  return isFunction
    ? `Write the variable first: xs.map(${x}, …), xs.filter(${x}, …)`
    : "Write >= to compare";
}

function elementHelp(before: string, after: string): string {
  const list = /[A-Za-z_][\w.]*$/.exec(before)?.[0] ?? "x";
  const index = /^[^\]]{1,20}(?=\])/.exec(after)?.[0] ?? "0";
  return `Write ${list}[?${index}].orValue('a default')`;
}

/** Filters, as in `name | upper`. */
function pipeHelp(before: string, after: string): string {
  const filter = /^[A-Za-z_]\w*/.exec(after)?.[0] ?? "";
  const name = ownValue(SYNONYMS, filter) ?? filter;
  const value = /(?:[A-Za-z_][\w.]*|'[^']*'|"[^"]*")$/.exec(before)?.[0] ?? "x";
  if (name === "orValue") return defaultHelp(before, /^\w+\(([^)]*)\)/.exec(after)?.[1] ?? "");
  if (methodNames().includes(name)) {
    const takesNothing = overloadsOf(name)?.methods.every(({ parameters }) =>
      parameters.length === 0
    );
    return `There are no filters: write ${value}.${name}(${takesNothing ? "" : "…"})`;
  }
  if (functionNames().includes(name)) return `There are no filters: write ${name}(${value})`;
  return "Write || for or; there are no filters: call a method, such as x.upperAscii()";
}

/** Help for a character that no operator begins with. */
export function characterHelp(text: string, at: number): string | undefined {
  const character = text.charAt(at);
  if (character === "$") {
    if (/^\$['"`]/.test(text.slice(at))) return JOIN_TEXT;
    if (text.charAt(at + 1) === "{") return "Write the expression without ${ }";
    const name = /^\$(?:env:)?(\w+)/.exec(text.slice(at))?.[1] ?? "NAME";
    return `Write env.${name} for an environment variable`;
  }
  return CHARACTERS[character];
}

const STRAIGHT = "Write strings in straight quotes: 'text'";

const CHARACTERS: Readonly<Record<string, string>> = {
  ";": "Write one expression, without a semicolon",
  "`": JOIN_TEXT,
  "“": STRAIGHT,
  "”": STRAIGHT,
  "„": STRAIGHT,
  "«": STRAIGHT,
  "‘": STRAIGHT,
  "’": STRAIGHT,
  "´": STRAIGHT,
  "#": "Comments begin with //",
  "\\": "A backslash has a meaning in strings only",
  "≤": "Write <=",
  "≥": "Write >=",
  "≠": "Write !=",
  "×": "Write *",
  "÷": "Write /",
  "–": "Write -",
  "−": "Write -",
};

/** Help for strings with values in them, such as `f'{x}'`. */
export const FORMATTED_STRING = "Write the text outside of the expression, or join strings with +";
