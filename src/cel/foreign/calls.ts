/** Help for calls of functions that do not exist, or that are given the wrong values. */
import { ownValue } from "../../contract/own_key.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import type { Call, Node, Span } from "../ast.ts";
import { METHOD_MACROS } from "../macros.ts";
import { functionNames, methodNames, NAMESPACES, overloadsOf } from "../signatures.ts";
import { habitHelp, SYNONYMS } from "./functions.ts";

/** A longer part of an expression is not repeated in the help. */
const MAX_SHOWN = 40;

/** The text of a part of an expression, or `otherwise` for one that is too long to repeat. */
function textOf({ start, end }: Span, source: string, otherwise: string): string {
  const text = source.slice(start, end);
  return text.length > MAX_SHOWN || /\n/.test(text) ? otherwise : text;
}

/** True for `a` and `a.b`. */
function isPath(node: Node | undefined): boolean {
  return node?.kind === "identifier" || (node?.kind === "select" && isPath(node.operand));
}

/** What to write instead of a call of a function that does not exist. */
export function unknownFunctionHelp(call: Call, source: string): string | undefined {
  const { name, target, args } = call;
  const isMethod = target !== undefined;
  if (!isMethod && /^(?:get)?env$/.test(name)) return environmentHelp(args[0]);
  if (isMethod && name === "json" && /^req(?:uest)?$/.test(textOf(target, source, ""))) {
    return "Write request.body for the body, which is parsed already";
  }
  const short = name.slice(name.lastIndexOf(".") + 1);
  const own = isMethod ? [...methodNames(), ...METHOD_MACROS] : functionNames();
  const synonym = ownValue(SYNONYMS, short);
  const wanted = synonym ?? short;
  if (synonym !== undefined && own.includes(synonym)) {
    return `Write ${isMethod ? methodText(target, synonym, args, source) : `${synonym}(…)`}`;
  }
  const habit = habitHelp(short);
  if (habit !== undefined) {
    const [key] = args;
    const isKey = short === "get" && key?.kind === "literal" && key.type === "string";
    return withSubject(isKey ? habit.replace("key", key.value) : habit, call, source);
  }
  if (!isMethod && methodNames().includes(wanted)) return asMethodHelp(call, wanted, source);
  for (const namespace of NAMESPACES) {
    const full = `${namespace}.${wanted}`;
    if (full !== name && overloadsOf(full) !== undefined) return `Write ${full}(…)`;
  }
  if (isMethod && functionNames().includes(wanted)) {
    const value = isPath(target) && !/^[A-Z]\w*$/.test(textOf(target, source, "X"));
    return `Write ${wanted}(${value ? textOf(target, source, "…") : "…"})`;
  }
  if (!isMethod && METHOD_MACROS.includes(wanted)) {
    return `It is a method: write xs.${wanted}(x, …)`;
  }
  return didYouMean(name, own);
}

function methodText(target: Node, method: string, args: readonly Node[], source: string): string {
  const owner = isPath(target) ? textOf(target, source, "x") : "x";
  return `${owner}.${method}(${args.length === 0 ? "" : "…"})`;
}

/** `trim(text)` and `replace('a', 'b')`, which are methods. */
function asMethodHelp({ args }: Call, method: string, source: string): string {
  const counts = (overloadsOf(method)?.methods ?? []).map(({ parameters }) => parameters.length);
  const [first, ...rest] = args;
  const texts = (nodes: readonly Node[]) => nodes.map((node) => textOf(node, source, "…"));
  if (first !== undefined && counts.includes(rest.length)) {
    return `It is a method: write ${textOf(first, source, "x")}.${method}(${
      texts(rest).join(", ")
    })`;
  }
  const missing = args.length < Math.min(...counts) ? ["…"] : [];
  return `It is a method: write x.${method}(${[...texts(args), ...missing].join(", ")})`;
}

/** The help with the value of this call instead of the `x` of the example. */
function withSubject(help: string, { target, args }: Call, source: string): string {
  // `Object.keys(x)` and its like are called with the value.
  const isGlobal = target?.kind === "identifier" && /^[A-Z]/.test(target.name);
  const subject = target === undefined || isGlobal ? args[0] : target;
  // An example of a field is not about the value itself.
  if (subject === undefined || !isPath(subject) || /x\.\??field/.test(help)) return help;
  return help.replaceAll(/\bx\b/g, () => textOf(subject, source, "x"));
}

/** `env('PORT')` and `getenv('PORT')`. */
function environmentHelp(argument: Node | undefined): string {
  const isName = argument?.kind === "literal" && argument.type === "string";
  return `Write env.${isName ? argument.value : "NAME"}`;
}

/** What to write for arguments of wrong types; `types` are those of the target and the arguments. */
export function argumentHelp(
  { name, target, args }: Call,
  [owner, type]: readonly string[],
  source: string,
): string | undefined {
  const [first] = args;
  const text = first === undefined ? "x" : textOf(first, source, "x");
  const of = target === undefined ? "x" : textOf(target, source, "x");
  switch (name) {
    case "string":
      if (type === "a list" || type === "a map") return `Write json(${text})`;
      return type === "null" ? `Write ${text} != null ? string(${text}) : 'a default'` : undefined;
    case "int":
    case "double":
      if (type === "null") return `Write ${text} != null ? ${name}(${text}) : 0`;
      return type === "a boolean" ? `Write ${text} ? 1 : 0` : undefined;
    case "base64.encode":
      return type === "a string" ? `Write base64.encode(bytes(${text}))` : undefined;
    case "contains":
      return owner === "a list" ? `Write ${text} in ${of} to search a list` : undefined;
    case "or":
      return owner === "an optional" ? `Write ${of}.orValue(${text}) for a default` : undefined;
    case "orValue":
    case "hasValue":
      if (owner === "an optional" || target?.kind !== "select") return undefined;
      return `Write ${textOf(target.operand, source, "x")}.?${target.field}.${name}(${
        first === undefined ? "" : text
      }) for a field that may be missing`;
    default:
      return undefined;
  }
}
