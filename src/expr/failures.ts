/** The library's errors, said in plain sentences that hold no value of a variable. */
import type { SourceRange } from "@marcbachmann/cel-js";
import { isDiglyError } from "../contract/errors.ts";
import { raiseLimit } from "../contract/limits.ts";
import { didYouMean } from "../contract/nearest.ts";
import { isDeferred } from "../contract/resource.ts";
import type { Node } from "./ast.ts";
import { environment, writtenName } from "./environment.ts";
import { OWN_PROBLEM, type ProblemDetails } from "./evaluation.ts";
import { ExpressionError } from "./expression_error.ts";
import type { Program } from "./program.ts";
import { findBinding, type Scope } from "./scope.ts";
import { NUMBERS, plainType, splitTypes, typeInWords } from "./type_words.ts";
import { describe } from "./values.ts";

/** A problem and what to do about it. */
interface Words extends ProblemDetails {
  readonly problem: string;
}

/** What the library's errors have in common. */
interface LibraryError {
  readonly code: string;
  readonly summary: string;
  readonly range?: SourceRange;
  readonly node?: unknown;
  readonly cause?: unknown;
}

/** The error of a text that is no expression. */
export function parseFailure(error: unknown, text: string): unknown {
  if (error instanceof RangeError) return tooDeep(text);
  if (!isLibraryError(error)) return error;
  const { start, end } = error.range ?? { start: 0, end: text.length };
  const { problem, ...rest } = parseWords(error, text, start, end);
  return new ExpressionError({ problem, ...rest, expression: text, start, end });
}

/** The error of an expression that fails when it is evaluated. */
export function evaluationFailure(error: unknown, program: Program, scope: Scope): unknown {
  const { text } = program;
  if (error instanceof ExpressionError || isDiglyError(error)) return error;
  if (error instanceof RangeError) return tooDeep(text);
  const whole = { expression: text, start: 0, end: text.length };
  if (!isLibraryError(error)) {
    return new ExpressionError({ problem: "The expression cannot be evaluated", ...whole });
  }
  const { start, end } = error.range ?? whole;
  const { problem, ...rest } = evaluationWords(error, program, scope);
  return new ExpressionError({ problem, ...rest, expression: text, start, end });
}

/** The error of an expression that nests deeper than the stack, or the limit, allows. */
export function tooDeep(text: string): ExpressionError {
  return new ExpressionError({
    problem: "The expression nests too deeply",
    help: raiseLimit("expressionNesting", undefined, "Split it up with `$let`"),
    limit: "expressionNesting",
    expression: text,
    start: 0,
    end: text.length,
  });
}

function isLibraryError(error: unknown): error is LibraryError {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "string" &&
    typeof (error as { summary?: unknown }).summary === "string";
}

const TOKENS: Readonly<Record<string, string>> = {
  COLON: '":"',
  RPAREN: '")"',
  RBRACKET: '"]"',
  RBRACE: '"}"',
  IDENTIFIER: "a name",
};

const CHARACTER_HELP: Readonly<Record<string, string>> = {
  "=": "Write == to compare",
  "&": "Write && for and",
  "|": "Write || for or",
  "$": "Write the expression without ${ }",
  "`": "Write strings in single or double quotes",
};

function parseWords(error: LibraryError, text: string, start: number, end: number): Words {
  const found = text.slice(start, end).trim();
  switch (error.code) {
    case OWN_PROBLEM:
      return { problem: error.summary, ...(error.cause as ProblemDetails) };
    case "expected_token": {
      const token = /^Expected (\w+)/.exec(error.summary)?.[1] ?? "";
      const wanted = TOKENS[token] ?? token.toLowerCase();
      return { problem: `Expected ${wanted}, found ${found ? `"${found}"` : "the end"}` };
    }
    case "unexpected_token":
    case "unexpected_character": {
      if (found === "") return { problem: "The expression ends too early" };
      const help = CHARACTER_HELP[found];
      return { problem: `Unexpected "${found}"`, ...(help === undefined ? {} : { help }) };
    }
    case "unterminated_string":
    case "unterminated_triple_quoted_string":
      return { problem: "A string is not closed" };
    case "newline_in_string":
      return {
        problem: "A string ends with its line",
        help: "Write \\n for a line break, or put the string in triple quotes",
      };
    case "reserved_identifier":
      return {
        problem: `"${found}" is a reserved word`,
        help: `Write it in brackets after another name: parent['${found}']`,
      };
    case "limit_exceeded":
      return {
        problem: "The expression is too large",
        help: "Split it up with `$let`",
        limit: "expressionNesting",
      };
    case "invalid_macro_argument":
      return macroWords(error);
    default:
      return { problem: error.summary };
  }
}

function macroWords(error: LibraryError): Words {
  if (error.summary.startsWith("has()")) {
    return { problem: "has() takes a field", help: "Write has(value.field)" };
  }
  const name = /^(\w+)\(/.exec(error.summary)?.[1] ?? "bind";
  return {
    problem: `The first argument of ${name}() must be a name`,
    help: `Write a new name for the element: ${name}(x, …)`,
  };
}

function evaluationWords(error: LibraryError, program: Program, scope: Scope): Words {
  const node = error.node as Node | undefined;
  const textOf = ({ start, end }: Node) => program.text.slice(start, end);
  const got = /got '(.+)'$/.exec(error.summary)?.[1];
  switch (error.code) {
    case OWN_PROBLEM:
      return { problem: error.summary, ...(error.cause as ProblemDetails) };
    case "no_such_overload":
      return operatorWords(error, node, textOf);
    case "no_matching_overload":
      return functionWords(error, node);
    case "no_such_key":
    case "cannot_index_type":
      return keyWords(node, textOf, scope);
    case "index_out_of_bounds":
      return { problem: `The list has no element ${node ? textOf(node) : "there"}` };
    case "invalid_macro_argument":
      return macroWords(error);
    case "invalid_condition_type":
    case "invalid_logical_operand":
      return { problem: `A condition must be a boolean, and this is ${typeInWords(got ?? "dyn")}` };
    case "invalid_comprehension_range":
      return { problem: "Only lists and mappings can be gone through, and this is neither" };
    case "division_by_zero":
    case "modulo_by_zero":
      return { problem: "Division by zero" };
    case "numeric_overflow":
      return { problem: "The result does not fit into 64 bits" };
    case "unsupported_type":
      return { problem: "The result is nothing that expressions can use" };
    case "invalid_timestamp":
      return { problem: "timestamp() wants a text such as 2030-01-31T12:00:00Z" };
    case "invalid_duration":
      return { problem: "duration() wants a text such as 90s or 1h30m" };
    default: {
      const conversion = /^(\w+)_conversion_error$/.exec(error.code)?.[1];
      return conversion === undefined
        ? { problem: `The expression fails: ${error.code.replaceAll("_", " ")}` }
        : { problem: `${conversion}() got a value that it cannot convert` };
    }
  }
}

function operatorWords(
  error: LibraryError,
  node: Node | undefined,
  textOf: (node: Node) => string,
): Words {
  const unary = /^no such overload: ([-!])(.+)$/.exec(error.summary);
  const binary = /^no such overload: (.+) ([!=<>]=|[-+*/%<>]|in) (.+)$/.exec(error.summary);
  if (unary === null && binary === null) return { problem: "No such operation" };
  const operator = unary?.[1] ?? binary![2]!;
  const types = (unary === null ? [binary![1]!, binary![3]!] : [unary[2]!]).map(plainType);
  const problem = `"${operator}" does not take ${types.map(typeInWords).join(" and ")}`;
  if (types.length !== 2 || !Array.isArray(node?.args)) return { problem };
  const texts = (node.args as Node[]).map(textOf);
  const string = types.indexOf("string");
  const number = types.findIndex((type) => NUMBERS.has(type));
  if (string === -1 || number === -1) {
    const decimal = types.indexOf("double");
    return operator === "%" && decimal !== -1
      ? { problem, help: `Write int(${texts[decimal]}) to drop the fraction` }
      : { problem };
  }
  if (operator !== "+" || texts[string]!.startsWith("env.")) {
    const help = texts[string]!.startsWith("env.")
      ? `${texts[string]} is a string: write int(${texts[string]})`
      : `Write int(${texts[string]}) to make it a number`;
    return { problem, help };
  }
  return { problem, help: `Write string(${texts[number]}) to make it text` };
}

function functionWords(error: LibraryError, node: Node | undefined): Words {
  if (node?.op !== "call" && node?.op !== "rcall") return { problem: "No such function" };
  const name = writtenName(node.args[0]);
  if (node.op === "call") {
    const known = environment.getDefinitions().functions
      .filter(({ receiverType }) => receiverType === null).map((definition) => definition.name);
    if (!known.includes(name)) {
      const help = didYouMean(name, known);
      return { problem: `There is no function "${name}"`, ...(help === undefined ? {} : { help }) };
    }
  }
  const signature = error.summary.slice(error.summary.indexOf("'") + 1, -1);
  const open = signature.indexOf(`${node.args[0]}(`) + node.args[0].length;
  const taken = splitTypes(signature.slice(open + 1, -1)).map(typeInWords);
  const args = taken.length === 0 ? "no arguments" : taken.join(" and ");
  if (node.op === "call") return { problem: `${name}() does not take ${args}` };
  const receiver = plainType(signature.slice(0, Math.max(0, open - node.args[0].length - 1)));
  const namespace = /^(\w+)Namespace$/.exec(receiver)?.[1]?.toLowerCase();
  if (namespace !== undefined) return { problem: `${namespace}.${name}() does not take ${args}` };
  const owner = receiver === "dyn" ? "" : ` of ${typeInWords(receiver)}`;
  return { problem: `${name}()${owner} does not take ${args}` };
}

function keyWords(
  node: Node | undefined,
  textOf: (node: Node) => string,
  scope: Scope,
): Words {
  if (node === undefined || !("args" in node) || !Array.isArray(node.args)) {
    return { problem: "No such field" };
  }
  const [receiver, step] = node.args as [Node, string | Node];
  const name = typeof step === "string"
    ? step
    : step.op === "value" && typeof step.args === "string"
    ? step.args
    : undefined;
  const text = textOf(receiver);
  if (name === undefined) return { problem: `${text} has no such key` };
  if (text === "env") {
    return {
      problem: `The environment variable ${name} is not set`,
      variable: name,
      help: didYouMean(name, Object.keys(follow(receiver, scope) ?? {})) ??
        `Set ${name}, or write has(env.${name}) ? env.${name} : 'a default'`,
    };
  }
  const value = follow(receiver, scope);
  if (isDeferred(value)) return { problem: `${text} is not known yet`, waits: true };
  if (value === undefined) return { problem: `${text} has no field "${name}"` };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: `${text} is ${describe(value)} and has no field "${name}"` };
  }
  const fields = Object.keys(value);
  const help = didYouMean(name, fields) ?? listFields(fields);
  return { problem: `${text} has no field "${name}"`, ...(help === undefined ? {} : { help }) };
}

const MAX_LISTED = 12;

function listFields(fields: readonly string[]): string | undefined {
  if (fields.length === 0) return "It has no fields";
  return fields.length > MAX_LISTED ? undefined : `It has: ${fields.join(", ")}`;
}

/** The plain value of a path, or `undefined` where it takes more than looking to tell. */
function follow(node: Node, scope: Scope): unknown {
  if (node.op === "id") return findBinding(scope, node.args)?.value;
  if (node.op !== ".") return undefined;
  const value = follow(node.args[0], scope);
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, node.args[1])
    ? (value as Record<string, unknown>)[node.args[1]]
    : undefined;
}
