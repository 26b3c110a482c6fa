/** The errors of operators, fields and functions, in words. No message shows a value. */
import { either } from "../diagnostics/alternatives.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import { keysOf } from "./access.ts";
import type { Binary, Call, Index, Node, Select, Span, Unary } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { defaultHelp } from "./foreign.ts";
import { METHOD_MACROS } from "./macros.ts";
import {
  functionNames,
  methodNames,
  NAMESPACES,
  overloadsOf,
  type Signature,
  type SignatureType,
} from "./signatures.ts";
import { KeyedMap, typeOf } from "./values.ts";
import { signatureTypeInWords, typeInWords } from "./words.ts";

const MAX_LISTED = 12;

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
  if (node.kind === "unary") return undefined;
  const { operator } = node;
  const texts = [node.left, node.right].map(({ start, end }) => source.slice(start, end));
  const string = types.indexOf("string");
  const number = types.findIndex((type) => NUMERIC.includes(type));
  if (operator === "in") {
    return types[1] === "string" ? `Write ${texts[1]}.contains(…) to search a string` : undefined;
  }
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
  if (texts[string]!.startsWith("env.")) {
    return `${texts[string]} is a string: write int(${texts[string]})`;
  }
  // A number that is added to a variable is meant as one.
  const wantsNumber = operator !== "+" ||
    (/^-?[\d.]/.test(texts[number]!) && !/^[br]*['"]/i.test(texts[string]!));
  return wantsNumber
    ? `Write int(${texts[string]}) to make it a number`
    : `Write string(${texts[number]}) to make it a string`;
}

/** A value has no such field, or no field at all. */
export function fieldError(node: Select, value: unknown, source: string): CelError {
  return missing(node.operand, node.field, value, source, node.fieldSpan);
}

/** A list has no such element, or a map no such key. */
export function indexError(
  node: Index,
  value: unknown,
  index: unknown,
  source: string,
): CelError {
  const { operand } = node;
  const text = source.slice(operand.start, operand.end);
  if (Array.isArray(value)) {
    return typeOf(index) === "int"
      ? new CelError(
        `The list has no element ${source.slice(node.start, node.end)}`,
        {},
        node,
      )
      : new CelError(
        `An index of a list must be an integer, and this is ${typeInWords(index)}`,
        {},
        node.index,
      );
  }
  if (node.index.kind === "literal" && typeof index === "string") {
    return missing(operand, index, value, source, node.index);
  }
  return typeOf(value) === "map"
    ? new CelError(`${text} has no such key`, {}, node.index)
    : new CelError(`${text} is ${typeInWords(value)} and has no elements`, {}, node);
}

function missing(
  operand: Node,
  name: string,
  value: unknown,
  source: string,
  { start, end }: { readonly start: number; readonly end: number },
): CelError {
  const span = { start, end };
  const text = source.slice(operand.start, operand.end);
  if (operand.kind === "identifier" && operand.name === "env") {
    return new CelError(`The environment variable ${name} is not set`, {
      variable: name,
      help: didYouMean(name, stringKeys(value)) ??
        `Set ${name}, or write has(env.${name}) ? env.${name} : 'a default'`,
    }, span);
  }
  if (typeOf(value) !== "map") return noFields(text, typeInWords(value), name, span);
  return unknownField(text, name, isPath(operand) ? stringKeys(value) : undefined, span);
}

/** A field is read of a value that is not a map. */
export function noFields(text: string, words: string, name: string, span: Span): CelError {
  const help = methodOfField(text, words, name);
  return new CelError(`${text} is ${words} and has no field "${name}"`, { help }, span);
}

/** A method that is written without its brackets, or the `length` of other languages. */
function methodOfField(text: string, words: string, name: string): string | undefined {
  if (!/string|list|bytes/.test(words)) return undefined;
  if (name === "size" || SYNONYMS[name] === "size") return `Write size(${text})`;
  return methodNames().includes(name) ? `It is a method: write ${text}.${name}()` : undefined;
}

/** A map has no such field; `known` are those it has, where they may be shown. */
export function unknownField(
  text: string,
  name: string,
  known: readonly string[] | undefined,
  span: Span,
): CelError {
  const help = name === "length"
    ? `Write size(${text})`
    : known && (didYouMean(name, known) ?? listFields(known));
  return new CelError(`${text} has no field "${name}"`, { help }, span);
}

/** Only the fields of what a name leads to are listed: computed keys may be values. */
function isPath(node: Node): boolean {
  return node.kind === "identifier" || node.kind === "select" && isPath(node.operand) ||
    node.kind === "index" && isPath(node.operand);
}

function stringKeys(value: unknown): string[] {
  if (value instanceof KeyedMap) return [];
  return (keysOf(value) ?? []).filter((key) => typeof key === "string");
}

function listFields(fields: readonly string[]): string | undefined {
  if (fields.length === 0) return "It has no fields";
  return fields.length > MAX_LISTED ? undefined : `It has: ${fields.join(", ")}`;
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
    const [left, right] = [of.left, of.right].map(({ start, end }) => source.slice(start, end));
    return defaultHelp(left!, right!);
  }
  if (text.length > MAX_SHOWN) return undefined;
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

/** What other languages call functions that are called differently here. */
const SYNONYMS: Readonly<Record<string, string>> = {
  length: "size",
  len: "size",
  count: "size",
  toString: "string",
  str: "string",
  toInt: "int",
  parseInt: "int",
  number: "double",
  float: "double",
  parseFloat: "double",
  toLowerCase: "lowerAscii",
  lower: "lowerAscii",
  toUpperCase: "upperAscii",
  upper: "upperAscii",
  includes: "contains",
  strip: "trim",
  substr: "substring",
  some: "exists",
  any: "exists",
  every: "all",
  find: "filter",
  select: "filter",
  flatMap: "map",
  unique: "distinct",
  uniq: "distinct",
  toJson: "json",
  tojson: "json",
  stringify: "json",
  default: "orValue",
  now: "timestamp",
};

/** There is no function or method of this name; `undefined` if there is. */
export function unknownFunction(call: Call): CelError | undefined {
  const { name, target, nameSpan, start, end } = call;
  const overloads = overloadsOf(name);
  const isMethod = target !== undefined;
  if ((isMethod ? overloads?.methods : overloads?.functions)?.length) return undefined;
  const written = isMethod && target.kind === "identifier" && target.name === "cel"
    ? `function "cel.${name}"`
    : `${isMethod ? "method" : "function"} "${name}"`;
  return new CelError(`There is no ${written}`, { help: functionHelp(name, isMethod) }, {
    start: isMethod ? nameSpan.start : start,
    end,
  });
}

function functionHelp(name: string, isMethod: boolean): string | undefined {
  const short = name.slice(name.lastIndexOf(".") + 1);
  const own = isMethod ? [...methodNames(), ...METHOD_MACROS] : functionNames();
  const synonym = Object.hasOwn(SYNONYMS, short) ? SYNONYMS[short]! : undefined;
  const wanted = synonym ?? short;
  const written = (candidate: string) => isMethod ? `x.${candidate}(…)` : `${candidate}(…)`;
  if (synonym !== undefined && own.includes(synonym)) return `Write ${written(synonym)}`;
  for (const namespace of NAMESPACES) {
    const full = `${namespace}.${wanted}`;
    if (full !== name && overloadsOf(full) !== undefined) return `Write ${full}(…)`;
  }
  if (isMethod && functionNames().includes(wanted)) return `Write ${wanted}(…)`;
  if (!isMethod && methodNames().includes(wanted)) return `It is a method: write x.${wanted}(…)`;
  if (name === "not") return "Write ! for not";
  if (!isMethod && METHOD_MACROS.includes(wanted)) {
    return `It is a method: write xs.${wanted}(x, …)`;
  }
  return didYouMean(name, own);
}

/** A function got arguments that it does not take. */
export function overloadError(
  call: Call,
  target: unknown,
  args: readonly unknown[],
  overloads: readonly Signature[],
): CelError {
  return argumentMismatch(call, typeInWords(target), args.map(typeInWords), overloads);
}

/** As {@link overloadError}, with the types of the target and the arguments in words. */
export function argumentMismatch(
  call: Call,
  target: string,
  args: readonly string[],
  overloads: readonly Signature[],
): CelError {
  const { name } = call;
  const isMethod = call.target !== undefined;
  const receivers = distinct(overloads.flatMap(({ receiver }) => receiver ?? []));
  const isReceiver = receivers.some((receiver) =>
    receiver === "any value" || target.startsWith(receiver) ||
    (receiver === "a number" && /integer|decimal/.test(target))
  );
  if (isMethod && !isReceiver) {
    const help = `It is a method of ${either(receivers)}`;
    return new CelError(`There is no method "${name}" of ${target}`, { help }, call);
  }
  const taken = args.length === 0 ? "no arguments" : args.join(" and ");
  const owner = isMethod ? ` of ${target}` : "";
  const wanted = distinct(overloads.map(({ parameters }) => parameters));
  const help = overloads.length > 4 ? undefined : `It takes ${wanted.join(", or ")}`;
  return new CelError(`${name}()${owner} does not take ${taken}`, { help }, call);
}

/** Types of signatures, or lists of them, in words, each once. */
function distinct(types: readonly (SignatureType | readonly SignatureType[])[]): string[] {
  const words = types.map((type) =>
    [type].flat().map(signatureTypeInWords).join(" and ") || "no arguments"
  );
  return [...new Set(words)];
}
