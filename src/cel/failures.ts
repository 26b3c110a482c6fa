/** The errors of operators, conditions and loops, in words. No message shows a value. */
import type { Binary, Node, Unary } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { defaultHelp } from "./foreign/defaults.ts";
import { dashHelp } from "./foreign/names.ts";
import { typeOf } from "./values.ts";
import { typeInWords } from "./words.ts";

/** A longer condition is not repeated in the help. */
const MAX_SHOWN = 40;

/** Gives an error that does not know its place the place of `node`. */
export function locate(error: unknown, { start, end }: Node): unknown {
  if (error instanceof CelError && error.span === undefined) error.span = { start, end };
  return error;
}

/** An operator got types that it does not take. */
export function operatorError(
  node: Binary | Unary,
  values: readonly unknown[],
  source: string,
): CelError {
  return operatorMismatch(node, values.map(typeOf), values.map(typeInWords), source);
}

/** An operator got operands of types that it does not take; `words` name them. */
export function operatorMismatch(
  node: Binary | Unary,
  types: readonly string[],
  words: readonly string[],
  source: string,
): CelError {
  const problem = `"${node.operator}" does not take ${words.join(" and ")}`;
  return new CelError(problem, { help: operatorHelp(node, types, source) }, node);
}

const NUMERIC: readonly string[] = ["int", "uint", "double", "number"];

function operatorHelp(
  node: Binary | Unary,
  types: readonly string[],
  source: string,
): string | undefined {
  if (node.kind === "unary") return unaryHelp(node, types[0] ?? "", source);
  const { operator } = node;
  const dashed = operator === "-" && node.left.end + 1 === node.right.start
    ? dashHelp(source, node.left.end)
    : undefined;
  if (dashed !== undefined) return dashed;
  const texts = [node.left, node.right].map(({ start, end }) => source.slice(start, end));
  const string = types.indexOf("string");
  const number = types.findIndex((type) => NUMERIC.includes(type));
  if (types[0] === "bool" && isComparison(operator) && node.left.kind === "binary") {
    const middle = source.slice(node.left.right.start, node.left.right.end);
    return `Write ${texts[0]} && ${middle} ${operator} ${texts[1]}`;
  }
  if (operator === "%" && types[0] === "string") return `Write ${texts[0]}.format([${texts[1]}])`;
  if (operator === "in") {
    return types[1] === "string"
      ? `Write ${texts[1]}.contains(…) to search a string`
      : "The right side must be a list or a map";
  }
  const own = mixedHelp(operator, types, texts);
  if (own !== undefined) return own;
  if (types.includes("uint") && types.some((type) => type === "int" || type === "double")) {
    return `Write int(${texts[types.indexOf("uint")]}) to compute with it`;
  }
  if (string === -1 || number === -1) {
    const decimal = types.indexOf("double");
    if (operator === "%" && decimal !== -1) {
      return `Write int(${texts[decimal]}) to drop the fraction`;
    }
    const optional = types.indexOf("optional");
    return optional === -1 ? undefined : `Write ${texts[optional]}.orValue(…) for its value`;
  }
  // Both are positions in the pair of operands.
  const [asString, asNumber] = [texts[string]!, texts[number]!];
  if (asString.startsWith("env.")) return `${asString} is a string: write int(${asString})`;
  const literal = string === 0 ? node.left : node.right;
  if (operator !== "+" && literal.kind === "literal") return literalHelp(String(literal.value));
  // A number that is added to a variable is meant as one.
  const wantsNumber = operator !== "+" ||
    (/^-?[\d.]/.test(asNumber) && !/^[br]*['"]/i.test(asString));
  return wantsNumber
    ? `Write int(${asString}) to make it a number`
    : `Write string(${asNumber}) to make it a string`;
}

/** Help where a string is written and a number is needed: only some strings are meant as numbers. */
export function literalHelp(text: string): string | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? `Write ${text} without quotes` : undefined;
}

/** Help for operands whose types do not go together; `texts` are those of the operands. */
function mixedHelp(
  operator: string,
  types: readonly string[],
  texts: readonly string[],
): string | undefined {
  const [left = "", right = ""] = texts;
  const textOf = (type: string) => texts[types.indexOf(type)] ?? "x";
  const isNumber = types.some((type) => NUMERIC.includes(type));
  const isString = types.includes("string");
  if (types.includes("timestamp")) {
    if (isString && isComparison(operator)) return `Write timestamp(${textOf("string")})`;
    if (operator !== "+" && operator !== "-") return undefined;
    if (isString) return `Write duration(${textOf("string")}) for a time span`;
    return isNumber ? `Write ${left} ${operator} duration('1h') for a time span` : undefined;
  }
  if (types.includes("duration")) {
    if (isString) return `Write duration(${textOf("string")})`;
    if (!isNumber) return undefined;
    return operator === "*" || operator === "/"
      ? `Compute with a number, such as ${textOf("duration")}.getSeconds() ${operator} 2`
      : "Write duration('5s') for a time span";
  }
  if (types.includes("null")) return `Write ${textOf("null")} != null ? … : …`;
  if (types.includes("bytes") && isString) return `Write bytes(${textOf("string")})`;
  if (operator === "+" && types[0] === "list" && types[1] !== "list") {
    return `Write ${left} + [${right}] to add an element`;
  }
  if (operator === "+" && types[0] === "map" && types[1] === "map") {
    return "Maps cannot be merged: write each key, as in {'a': x.a, 'b': 1}";
  }
  if (isComparison(operator) && isNumber && (types.includes("list") || types.includes("map"))) {
    const index = types.findIndex((type) => type === "list" || type === "map");
    return `Compare the size: size(${texts[index]})`;
  }
  return types.includes("bool") && isNumber
    ? `Write ${textOf("bool")} ? 1 : 0 to compute with it`
    : undefined;
}

function isComparison(operator: string): boolean {
  return /^[<>]=?$/.test(operator);
}

function unaryHelp({ operator, operand }: Unary, type: string, source: string): string | undefined {
  const text = source.slice(operand.start, operand.end);
  if (operator === "-") return type === "string" ? `Write -int(${text})` : undefined;
  if (type === "string") return `Compare it, such as ${text} == ''`;
  if (NUMERIC.includes(type)) return `Compare it, such as ${text} == 0`;
  return type === "list" || type === "map" ? `Compare it, such as size(${text}) == 0` : undefined;
}

/** A condition is not a boolean. */
export function conditionError(node: Node, value: unknown, source: string, of?: Node): CelError {
  return notBoolean(node, typeInWords(value), source, of);
}

/**
 * A condition has a type other than boolean; `words` name it. `of` is the node that it is the
 * condition of.
 */
export function notBoolean(
  { start, end }: Node,
  words: string,
  source: string,
  of?: Node,
): CelError {
  const problem = `A condition must be a boolean, and this is ${words}`;
  const help = conditionHelp(source.slice(start, end), words, source, of);
  return new CelError(problem, { help }, { start, end });
}

function conditionHelp(
  text: string,
  words: string,
  source: string,
  of: Node | undefined,
): string | undefined {
  // In JavaScript, `a || 'x'` is a default.
  if (of?.kind === "logical" && of.operator === "||" && of.left.kind === "select") {
    const textOf = ({ start, end }: Node) => source.slice(start, end);
    return defaultHelp(textOf(of.left), textOf(of.right));
  }
  if (text.length > MAX_SHOWN) return undefined;
  if (/optional/.test(words)) {
    return `Write ${text}.hasValue() to ask whether it is there, ${text}.orValue(false) for its value`;
  }
  if (of?.kind === "logical" && of.operator === "||" && of.right.kind === "literal") {
    return `Write ${text} != '' ? ${text} : ${source.slice(of.right.start, of.right.end)}`;
  }
  if (/string/.test(words)) return `Compare it, such as ${text} != ''`;
  if (/integer|number|double/.test(words)) return `Compare it, such as ${text} != 0`;
  return /list|map/.test(words) ? `Compare it, such as size(${text}) > 0` : undefined;
}

/** Something else than a list or a map is gone through. */
export function collectionError(node: Node, value: unknown): CelError {
  return notIterable(node, typeInWords(value));
}

/** As {@link collectionError}, with the type in words. */
export function notIterable({ start, end }: Node, words: string): CelError {
  const problem = `Only lists and maps can be iterated over, and this is ${words}`;
  return new CelError(problem, {}, { start, end });
}
