/** The errors of functions and methods, in words. No message shows a value. */
import { either } from "../diagnostics/alternatives.ts";
import type { Call } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { argumentHelp, unknownFunctionHelp } from "./foreign/calls.ts";
import { overloadsOf, type Signature, type SignatureType } from "./signatures.ts";
import { signatureTypeInWords, typeInWords } from "./words.ts";

/** There is no function or method of this name; `undefined` if there is. */
export function unknownFunction(call: Call, source: string): CelError | undefined {
  const { name, target, nameSpan, start, end } = call;
  const overloads = overloadsOf(name);
  const isMethod = target !== undefined;
  if ((isMethod ? overloads?.methods : overloads?.functions)?.length) return undefined;
  const written = isMethod && target.kind === "identifier" && target.name === "cel"
    ? `function "cel.${name}"`
    : `${isMethod ? "method" : "function"} "${name}"`;
  return new CelError(`There is no ${written}`, { help: unknownFunctionHelp(call, source) }, {
    start: isMethod ? nameSpan.start : start,
    end,
  });
}

/** A function got arguments that it does not take. */
export function overloadError(
  call: Call,
  target: unknown,
  args: readonly unknown[],
  overloads: readonly Signature[],
  source: string,
): CelError {
  return argumentMismatch(call, typeInWords(target), args.map(typeInWords), overloads, source);
}

/** As {@link overloadError}, with the types of the target and the arguments in words. */
export function argumentMismatch(
  call: Call,
  target: string,
  args: readonly string[],
  overloads: readonly Signature[],
  source: string,
): CelError {
  const { name } = call;
  const isMethod = call.target !== undefined;
  const own = argumentHelp(call, [target, ...args], source);
  const receivers = distinct(overloads.flatMap(({ receiver }) => receiver ?? []));
  // Of a value that nothing is known of, only the arguments can be wrong.
  const isKnown = target !== "any value";
  const isReceiver = !isKnown ||
    receivers.some((receiver) =>
      receiver === "any value" || target.startsWith(receiver) ||
      (receiver === "a number" && /integer|decimal/.test(target))
    );
  if (isMethod && !isReceiver) {
    const help = own ?? `It is a method of ${either(receivers)}`;
    return new CelError(`There is no method "${name}" of ${target}`, { help }, call);
  }
  const owner = isMethod && isKnown ? ` of ${target}` : "";
  const counts = countsOf(overloads);
  const isWrongCount = counts !== undefined && !counts.includes(args.length);
  const problem = isWrongCount
    ? `${name}()${owner} takes ${inWords(counts)}, not ${args.length}`
    : args.length === 0
    ? `${name}()${owner} requires an argument`
    : `${name}()${owner} does not take ${list(args)}`;
  return new CelError(problem, { help: own ?? takesHelp(overloads) }, call);
}

/** Longer lists of signatures would not be read. */
const MAX_SIGNATURES = 4;

function takesHelp(overloads: readonly Signature[]): string | undefined {
  const wanted = distinct(overloads.map(({ parameters }) => parameters));
  if (overloads.every(({ parameters }) => parameters.length === 1)) {
    return `It takes ${either(wanted)}`;
  }
  return overloads.length > MAX_SIGNATURES ? undefined : `It takes ${wanted.join(", or ")}`;
}

/** How many arguments the signatures have; `undefined` if there may be any number. */
function countsOf(overloads: readonly Signature[]): number[] | undefined {
  if (overloads.some(({ variadic }) => variadic)) return undefined;
  return [...new Set(overloads.map(({ parameters }) => parameters.length))].sort();
}

function inWords(counts: readonly number[]): string {
  if (counts.length === 1 && counts[0] === 0) return "no arguments";
  const numbers = either(counts.map(String));
  return numbers === "1" ? "1 argument" : `${numbers} arguments`;
}

function list(words: readonly string[]): string {
  return words.length < 3
    ? words.join(" and ")
    : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Types of signatures, or lists of them, in words, each once. */
function distinct(types: readonly (SignatureType | readonly SignatureType[])[]): string[] {
  const words = types.map((type) =>
    list([type].flat().map(signatureTypeInWords)) || "no arguments"
  );
  return [...new Set(words)];
}
