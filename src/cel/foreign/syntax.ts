/** Help for expressions that are written as other languages write them. */
import type { Span } from "../ast.ts";
import { CelError } from "../cel_error.ts";
import { foreignOperator, FORMATTED_STRING, PART_OF_LIST, textBefore } from "./operators.ts";

/** The part of a token that decides about the help. */
interface Unexpected extends Span {
  readonly type: string;
  readonly text: string;
}

/** Help for `if` and `else`. */
export const CONDITIONAL = "Write condition ? this : that";

const COMPARE = "Write == to compare, or type(x) == string to ask for a type";
const COMMA = "Write a comma between the values";
const EQUAL = "Write == to compare";
const CONTAINS = "Write x.contains('a') for a string, 'a' in x for a list";
const ENTRY = "Write each entry of a map as 'key': value";
const FUNCTION = "Write the variable first: xs.map(x, …), xs.filter(x, …)";
const LOOP = "Write xs.map(x, …) or xs.filter(x, …) to go through a list";
const MATCHES = "Write x.matches('…') for a regular expression";
const NAMING = "Name a value with `$let` beside the data, or with cel.bind(x, 1, …)";
const TYPE = "Write type(x) == string to ask for a type";
const WITHOUT = "Write the value alone";

/** Words that are operators or statements elsewhere. They are looked up in lower case. */
const WORDS: Readonly<Record<string, string>> = {
  and: "Write && for and",
  or: "Write || for or",
  not: "Write ! for not",
  if: CONDITIONAL,
  unless: CONDITIONAL,
  when: CONDITIONAL,
  then: CONDITIONAL,
  else: CONDITIONAL,
  is: COMPARE,
  as: "Convert with a function, such as string(x)",
  eq: EQUAL,
  equals: EQUAL,
  ne: "Write != to compare",
  lt: "Write < to compare",
  gt: "Write > to compare",
  le: "Write <= to compare",
  ge: "Write >= to compare",
  between: "Write a <= x && x <= b",
  contains: CONTAINS,
  like: "Write x.contains('a'), x.startsWith('a') or x.matches('…')",
  match: MATCHES,
  matches: MATCHES,
  instanceof: TYPE,
  mod: "Write % for the remainder",
  div: "Write / to divide: of integers it gives an integer",
  for: LOOP,
  while: LOOP,
  loop: LOOP,
  let: NAMING,
  var: NAMING,
  const: NAMING,
  function: FUNCTION,
  return: WITHOUT,
  import: "An expression cannot import anything",
};

/** Words that are read as the name of a variable, so that what follows them is unexpected. */
const PREFIXES: Readonly<Record<string, string>> = {
  not: WORDS["not"]!,
  new: "Call a function instead, such as timestamp('2030-01-31T12:00:00Z')",
  typeof: TYPE,
  lambda: FUNCTION,
  delete: "An expression cannot change a value",
  case: CONDITIONAL,
  switch: CONDITIONAL,
  await: WITHOUT,
  async: WITHOUT,
  print: WITHOUT,
  echo: WITHOUT,
};

const PREFIX = new RegExp(`(?:^|[^\\w.])(${Object.keys(PREFIXES).join("|")})$`, "i");

/** What the parser wanted instead of a token, such as `")"` or `a name`. */
type Wanted = string | undefined;

/** The error of a token that does not belong where it is. */
export function unexpectedToken(text: string, token: Unexpected, wanted?: Wanted): CelError {
  const { type, start, end } = token;
  const before = textBefore(text, start);
  const prefix = PREFIX.exec(before)?.[1];
  if (type !== "symbol" && type !== "end" && prefix !== undefined) {
    const at = text.lastIndexOf(prefix, start - 1);
    return new CelError(`Unexpected "${prefix}"`, { help: PREFIXES[prefix.toLowerCase()] }, {
      start: at,
      end: at + prefix.length,
    });
  }
  const isTooEarly = type === "end" && wanted === undefined;
  const at = isTooEarly && /\+\+$|--$/.test(before) ? text.trimEnd().length - 1 : start;
  if (type === "symbol" || at !== start) {
    const foreign = foreignOperator(text, at);
    if (foreign !== undefined) {
      const { operator, help, span } = foreign;
      return new CelError(`Unexpected "${operator}"`, { help }, span);
    }
  }
  const found = type === "end" ? "the end" : `"${token.text}"`;
  const problem = wanted !== undefined
    ? `Expected ${wanted}, found ${found}`
    : type === "end"
    ? "The expression ends too early"
    : `Unexpected "${token.text}"`;
  return new CelError(problem, { help: helpFor(text, before, token, wanted) }, { start, end });
}

function helpFor(
  text: string,
  before: string,
  token: Unexpected,
  wanted: Wanted,
): string | undefined {
  switch (token.type) {
    case "name":
      return wordHelp(token.text) ??
        (/['"]$/.test(before) && before.length === token.start
          ? `Write \\${before.at(-1)} for a quote in the string`
          : followsHelp(before, wanted));
    case "int":
    case "uint":
      return followsHelp(before, wanted);
    case "quoted":
      return "Write strings in single or double quotes, and join them with +";
    case "string":
      if (wanted === "a name") return `Write brackets: x[${token.text}]`;
      if (/(?:^|\W)[fF$]$/.test(before) && /\S/.test(text.charAt(token.start - 1))) {
        return FORMATTED_STRING;
      }
      return wanted === undefined && /['"]$/.test(before)
        ? "Join strings with +"
        : followsHelp(before, wanted);
    case "double":
      if (wanted === "a name") return "Write range(0, 3) for numbers";
      return token.text.startsWith(".")
        ? `Write x[${token.text.slice(1)}] for an element`
        : followsHelp(before, wanted);
    case "end":
      return endHelp(before, wanted);
    default:
      return symbolHelp(text, token.text, wanted) ?? valueHelp(before, token.text, wanted);
  }
}

/** Help for a value that follows another one. */
function followsHelp(before: string, wanted: Wanted): string | undefined {
  if (wanted === '":"') return ENTRY;
  if (wanted === '"]"' || wanted === '"}"' || wanted === '")"') return COMMA;
  return wanted === undefined && /['")\]}]$/.test(before)
    ? "Write an operator between the values, such as + or =="
    : undefined;
}

/** Help for an operator where a value is expected. */
function valueHelp(before: string, symbol: string, wanted: Wanted): string | undefined {
  if (wanted !== undefined) return undefined;
  if (symbol === ":") return CONDITIONAL;
  if (/[\w'")\]}]$/.test(before)) return undefined;
  if (symbol === "/") return "Write a pattern as a string: x.matches('…')";
  if (symbol === ",") return "Write a value before the comma, or remove it";
  if (symbol === "+") return "Write the number without +";
  return /^(?:[*%<>=]|[<>=!]=|&&|\|\|)$/.test(symbol)
    ? `Write a value before ${symbol}`
    : undefined;
}

const OPENING: Readonly<Record<string, string>> = { ")": "(", "]": "[" };

function symbolHelp(text: string, symbol: string, wanted: Wanted): string | undefined {
  if (wanted === '":"' && (symbol === "}" || symbol === ",")) {
    return /\{\s*\{/.test(text) ? "Write the name without {{ }}" : ENTRY;
  }
  if (wanted === '":"' && symbol === "?") return "Put the condition in the middle in parentheses";
  if (wanted === '"]"' && symbol === ":") return PART_OF_LIST;
  if (wanted === '")"' && symbol === "," && /=>|->/.test(text)) return FUNCTION;
  if (wanted === undefined && /[)\]]/.test(symbol)) {
    return `Remove it, or open it with ${OPENING[symbol]}`;
  }
  return symbol === "!" ? "Write ! before what it negates, != to compare" : undefined;
}

/** Help for an expression that ends where something has to follow. */
function endHelp(before: string, wanted: Wanted): string | undefined {
  const closing = /^"([)\]}])"$/.exec(wanted ?? "")?.[1];
  if (closing !== undefined) return `Add the closing ${closing}`;
  if (wanted === "a name") {
    return /(?:^|\W)\d+\.$/.test(before)
      ? `Write ${/\d+\.$/.exec(before)?.[0]}0`
      : "Write a field or a method after the dot";
  }
  if (before.endsWith("?")) return CONDITIONAL;
  const operator = /(?:&&|\|\||[<>=!]=|[-+*/%<>!,:]|\bin)$/.exec(before)?.[0];
  return wanted !== undefined || operator === undefined
    ? undefined
    : `Write a value after ${operator}`;
}

/** Help for a word that is an operator or a statement elsewhere. */
export function wordHelp(word: string): string | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(WORDS, lower) ? WORDS[lower] : undefined;
}
