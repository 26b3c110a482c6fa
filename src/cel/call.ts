/** Calls of functions: the overload that takes the types of the arguments is run. */
import type { Call, Node } from "./ast.ts";
import type { Compiler, Run } from "./compiler.ts";
import type { Context } from "./context.ts";
import { locate } from "./failures.ts";
import { overloadError, unknownFunction } from "./function_failures.ts";
import { implementationOf } from "./functions/functions.ts";
import { overloadsOf, type Signature, type SignatureType } from "./signatures.ts";
import { Double, double, typeOf } from "./values.ts";

type Invoke = (context: Context, ...args: unknown[]) => unknown;

interface Overload {
  readonly accepts: readonly ((value: unknown) => boolean)[];
  readonly variadic: boolean;
  /** Which arguments are doubles, which come without their box. */
  readonly doubles: readonly number[];
  readonly givesDouble: boolean;
  readonly invoke: Invoke;
}

/** Calls a function with its arguments, the target of a method first. */
export type Dispatch = (context: Context, args: unknown[]) => unknown;

/** Compiles a call. An unknown function is an error of the place where it is called. */
export function compileCall(call: Call, compiler: Compiler): Run {
  const dispatch = dispatcherOf(call, compiler.source);
  if (dispatch === undefined) {
    const unknown = unknownFunction(call, compiler.source);
    return () => {
      throw unknown;
    };
  }
  const runs = operandsOf(call).map((node) => compiler.compile(node, compiler));
  return (context) => {
    const args = new Array<unknown>(runs.length);
    for (let at = 0; at < runs.length; at++) args[at] = runs[at]!(context);
    return dispatch(context, args);
  };
}

/** The nodes that a function gets, the target of a method first. */
export function operandsOf({ target, args }: Call): readonly Node[] {
  return target === undefined ? args : [target, ...args];
}

/** What runs the function that is called; `undefined` if there is none. */
export function dispatcherOf(call: Call, source: string): Dispatch | undefined {
  const named = overloadsOf(call.name);
  const signatures = (call.target === undefined ? named?.functions : named?.methods) ?? [];
  if (signatures.length === 0) return undefined;
  const count = operandsOf(call).length;
  const overloads = signatures.map(overloadOf).filter(({ accepts, variadic }) =>
    accepts.length === count || (variadic && count > accepts.length)
  );
  return (context, args) => {
    try {
      for (const overload of overloads) {
        if (takes(overload, args)) return invoke(overload, context, args);
      }
    } catch (error) {
      throw locate(error, call);
    }
    const [target, ...rest] = args;
    throw call.target === undefined
      ? overloadError(call, undefined, args, signatures, source)
      : overloadError(call, target, rest, signatures, source);
  };
}

/** Tests of code for types that take no more than that. */
const TESTS: Readonly<Record<string, (code: string) => string>> = {
  string: (code) => `typeof ${code}==="string"`,
  bool: (code) => `typeof ${code}==="boolean"`,
  int: (code) => `Number.isSafeInteger(${code})`,
  list: (code) => `Array.isArray(${code})`,
};

/**
 * The overload whose types are tested by code at once, for calls in generated code. What it
 * gives is never a double.
 */
export function directOverload(
  call: Call,
): { readonly tests: readonly ((code: string) => string)[]; readonly run: Invoke } | undefined {
  const named = overloadsOf(call.name);
  const signatures = (call.target === undefined ? named?.functions : named?.methods) ?? [];
  const count = operandsOf(call).length;
  for (const signature of signatures) {
    const { receiver, parameters, variadic, result, key } = signature;
    const types = receiver === undefined ? parameters : [receiver, ...parameters];
    if (variadic || types.length !== count || result.name === "double") continue;
    const tests = types.map(({ name }) => TESTS[name]);
    if (tests.every((test) => test !== undefined)) {
      return { tests, run: implementationOf(key) as Invoke };
    }
  }
  return undefined;
}

const compiled = new WeakMap<Signature, Overload>();

function overloadOf(signature: Signature): Overload {
  let overload = compiled.get(signature);
  if (overload === undefined) {
    const { receiver, parameters, variadic, result, key } = signature;
    const types = receiver === undefined ? parameters : [receiver, ...parameters];
    overload = {
      accepts: types.map(accepting),
      variadic,
      doubles: types.flatMap(({ name }, at) => name === "double" ? [at] : []),
      givesDouble: result.name === "double",
      invoke: implementationOf(key) as Invoke,
    };
    compiled.set(signature, overload);
  }
  return overload;
}

function accepting({ name }: SignatureType): (value: unknown) => boolean {
  if (name === "dyn" || /^[A-Z]$/.test(name)) return () => true;
  switch (name) {
    case "string":
      return (value) => typeof value === "string";
    case "list":
      return Array.isArray;
    case "double":
      return (value) =>
        typeof value === "number" ? !Number.isSafeInteger(value) : value instanceof Double;
    default:
      return (value) => typeOf(value) === name;
  }
}

function takes({ accepts }: Overload, args: readonly unknown[]): boolean {
  const last = accepts.length - 1;
  for (let at = 0; at < args.length; at++) {
    // The last type of a variadic overload is that of all further arguments.
    if (!accepts[Math.min(at, last)]!(args[at])) return false;
  }
  return true;
}

function invoke(
  { doubles, givesDouble, invoke, variadic }: Overload,
  context: Context,
  args: unknown[],
): unknown {
  if (doubles.length > 0) {
    for (let at = 0; at < args.length; at++) {
      const value = args[at];
      if (value instanceof Double && (variadic || doubles.includes(at))) args[at] = value.value;
    }
  }
  const result = invoke(context, ...args);
  return givesDouble && typeof result === "number" ? double(result) : result;
}
