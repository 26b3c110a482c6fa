/** The errors of functions and methods, in words. No message shows a value. */
import { either } from "../diagnostics/alternatives.ts";
import { didYouMean } from "../diagnostics/nearest.ts";
import type { Call, Node } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { habitHelp, SYNONYMS } from "./foreign/functions.ts";
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
import { ownValue } from "../contract/own_key.ts";

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
  if (!isMethod && /^(?:get)?env$/.test(name)) return environmentHelp(args[0]);
  const short = name.slice(name.lastIndexOf(".") + 1);
  const own = isMethod ? [...methodNames(), ...METHOD_MACROS] : functionNames();
  const synonym = ownValue(SYNONYMS, short);
  const wanted = synonym ?? short;
  const taken = args.length === 0 ? "" : "…";
  const written = (candidate: string) => `${isMethod ? "x." : ""}${candidate}(${taken})`;
  if (synonym !== undefined && own.includes(synonym)) return `Write ${written(synonym)}`;
  const habit = habitHelp(short);
  if (habit !== undefined) return habit;
  for (const namespace of NAMESPACES) {
    const full = `${namespace}.${wanted}`;
    if (full !== name && overloadsOf(full) !== undefined) return `Write ${full}(…)`;
  }
  if (isMethod && functionNames().includes(wanted)) return `Write ${wanted}(…)`;
  if (!isMethod && methodNames().includes(wanted)) return `It is a method: write x.${wanted}(…)`;
  if (!isMethod && METHOD_MACROS.includes(wanted)) {
    return `It is a method: write xs.${wanted}(x, …)`;
  }
  return didYouMean(name, own);
}

/** `env('PORT')` and `getenv('PORT')`. */
function environmentHelp(argument: Node | undefined): string {
  const isName = argument?.kind === "literal" && argument.type === "string";
  return `Write env.${isName ? argument.value : "NAME"}`;
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
    const help = name === "contains" && target === "a list"
      ? "Write 'a' in x to search a list"
      : `It is a method of ${either(receivers)}`;
    return new CelError(`There is no method "${name}" of ${target}`, { help }, call);
  }
  const owner = isMethod && isKnown ? ` of ${target}` : "";
  const wanted = distinct(overloads.map(({ parameters }) => parameters));
  const help = overloads.length > 4 ? undefined : `It takes ${wanted.join(", or ")}`;
  const problem = args.length === 0
    ? `${name}()${owner} requires an argument`
    : `${name}()${owner} does not take ${args.join(" and ")}`;
  return new CelError(problem, { help }, call);
}

/** Types of signatures, or lists of them, in words, each once. */
function distinct(types: readonly (SignatureType | readonly SignatureType[])[]): string[] {
  const words = types.map((type) =>
    [type].flat().map(signatureTypeInWords).join(" and ") || "no arguments"
  );
  return [...new Set(words)];
}
