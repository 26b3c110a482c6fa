/** The errors of functions and methods, in words. No message shows a value. */
import { either } from "../diagnostics/alternatives.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import type { Call } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { METHOD_MACROS } from "./macros.ts";
import {
  functionNames,
  methodNames,
  NAMESPACES,
  overloadsOf,
  type Signature,
  type SignatureType,
} from "./signatures.ts";
import { signatureTypeInWords, typeInWords } from "./words.ts";

/** What other languages call functions that are called differently here. */
export const SYNONYMS: Readonly<Record<string, string>> = {
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
  return new CelError(`There is no ${written}`, { help: functionHelp(call) }, {
    start: isMethod ? nameSpan.start : start,
    end,
  });
}

function functionHelp({ name, target, args }: Call): string | undefined {
  const isMethod = target !== undefined;
  const short = name.slice(name.lastIndexOf(".") + 1);
  const own = isMethod ? [...methodNames(), ...METHOD_MACROS] : functionNames();
  const synonym = Object.hasOwn(SYNONYMS, short) ? SYNONYMS[short]! : undefined;
  const wanted = synonym ?? short;
  const taken = args.length === 0 ? "" : "…";
  const written = (candidate: string) => `${isMethod ? "x." : ""}${candidate}(${taken})`;
  if (synonym !== undefined && own.includes(synonym)) return `Write ${written(synonym)}`;
  for (const namespace of NAMESPACES) {
    const full = `${namespace}.${wanted}`;
    if (full !== name && overloadsOf(full) !== undefined) return `Write ${full}(…)`;
  }
  if (isMethod && functionNames().includes(wanted)) return `Write ${wanted}(…)`;
  if (!isMethod && methodNames().includes(wanted)) return `It is a method: write x.${wanted}(…)`;
  if (short === "now") return "An expression cannot read the clock: give it the time as an input";
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
  // Of a value that nothing is known of, only the arguments can be wrong.
  const isKnown = target !== "any value";
  const isReceiver = !isKnown ||
    receivers.some((receiver) =>
      receiver === "any value" || target.startsWith(receiver) ||
      (receiver === "a number" && /integer|decimal/.test(target))
    );
  if (isMethod && !isReceiver) {
    const help = `It is a method of ${either(receivers)}`;
    return new CelError(`There is no method "${name}" of ${target}`, { help }, call);
  }
  const taken = args.length === 0 ? "no arguments" : args.join(" and ");
  const owner = isMethod && isKnown ? ` of ${target}` : "";
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
