/** Evaluates compiled expressions over plain data. */
import { CelError } from "../../cel/cel_error.ts";
import { Context } from "../../cel/context.ts";
import { unknownNameHelp } from "../../cel/foreign/names.ts";
import { isTypeName } from "../../cel/names.ts";
import { nestingError } from "../../cel/grammar.ts";
import { enter, TypeValue } from "../../cel/values.ts";
import { isDiglyError } from "../../contract/errors.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import { isDeferred, isMap, type Value, type ValueMap } from "../../contract/resource.ts";
import { ExpressionError, fromCelError } from "./expression_error.ts";
import type { Program } from "./program.ts";
import { ERROR_VALUE, ErrorValueRead } from "../deferred/error_value.ts";
import { lookUp, type Scope, visibleNames } from "./scope.ts";

/**
 * Evaluates an expression to plain data.
 *
 * @throws ExpressionError when it fails; its `waits` is set when it reads a value that only
 * a later stage knows
 * @throws ErrorValueRead when it reads a name bound to {@link ERROR_VALUE}
 */
export function evaluate(program: Program, scope: Scope): unknown {
  const { limits, readFile } = scope;
  try {
    if (program.nesting > limits.expressionNesting) {
      throw nestingError(whole(program), limits.expressionNesting);
    }
    const found = followChain(program, scope);
    if (found !== undefined) return checkLength(found, limits);
    const compiled = program.compiled();
    const slots = new Array<unknown>(compiled.slots);
    for (const { name, slot } of compiled.variables) {
      slots[slot] = valueOf(name, program, scope);
    }
    return checkLength(compiled.evaluate(new Context(slots, limits, readFile)), limits);
  } catch (error) {
    throw explain(error, program);
  }
}

/**
 * What a path leads to through plain data. It may be a value that waits for a later stage,
 * which then takes the place of the expression.
 */
function followChain({ chain }: Program, scope: Scope): unknown {
  if (chain === undefined) return undefined;
  let value = lookUp(scope, chain.root);
  for (const step of chain.path) {
    if (typeof value !== "object" || value === null || value instanceof Map) return undefined;
    if (Array.isArray(value) || isDeferred(value) || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  if (value === ERROR_VALUE) throw new ErrorValueRead();
  return typeof value === "bigint" ? undefined : value;
}

function checkLength(result: unknown, { expressionText }: Limits): unknown {
  if (typeof result !== "string" || result.length <= expressionText) return result;
  throw new CelError("The resulting string is too long", {
    help: raiseLimit("expressionText", expressionText),
    limit: "expressionText",
  });
}

function whole({ text }: Program): { start: number; end: number } {
  return { start: 0, end: text.length };
}

function explain(error: unknown, program: Program): unknown {
  if (error instanceof CelError) return fromCelError(error, program.text);
  if (error instanceof ExpressionError || error instanceof ErrorValueRead || isDiglyError(error)) {
    return error;
  }
  const cause = error instanceof RangeError
    ? nestingError(whole(program))
    : new CelError("The expression cannot be evaluated");
  return fromCelError(cause, program.text);
}

/** The value of a free name. */
function valueOf(name: string, program: Program, scope: Scope): unknown {
  const value = lookUp(scope, name);
  if (value === ERROR_VALUE) throw new ErrorValueRead();
  if (value !== undefined) {
    try {
      return enter(value);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      throw new CelError(`${name} is not known yet`, error.details, useOf(name, program));
    }
  }
  if (isTypeName(name)) return new TypeValue(name);
  throw unknownVariable(name, program, scope);
}

function useOf(name: string, { uses }: Program): { start: number; end: number } {
  // The name comes from an expression of the program that uses it.
  const { start } = uses.find(({ root }) => root === name)!;
  return { start, end: start + name.length };
}

const MAX_LISTED = 12;

const NO_ENVIRONMENT =
  "The environment is not available to remote manifests, nor to data without a context";

/** The error for a name that does not exist. */
export function unknownVariable(name: string, program: Program, scope: Scope): ExpressionError {
  const names = visibleNames(scope);
  // As above, the program uses the name.
  const { path } = program.uses.find(({ root }) => root === name)!;
  const env = lookUp(scope, "env");
  return new ExpressionError({
    problem: `Unknown variable "${name}"`,
    help: name === "env" ? NO_ENVIRONMENT : unknownNameHelp({
      name,
      path,
      names,
      env: isMap(env as Value) ? env as ValueMap : undefined,
      expression: program.text,
      start: useOf(name, program).start,
    }) ??
      (names.length > MAX_LISTED
        ? undefined
        : `Known here: ${names.sort().join(", ") || "nothing"}`),
    expression: program.text,
    ...useOf(name, program),
    unknown: name,
  });
}
