/** Evaluates compiled expressions over plain data. */
import { raiseLimit } from "../contract/limits.ts";
import { didYouMean } from "../contract/nearest.ts";
import { isDeferred } from "../contract/resource.ts";
import { variableOf } from "./analyse.ts";
import { typeNamed } from "./environment.ts";
import { checkSteps, startCounting } from "./evaluation.ts";
import { ExpressionError } from "./expression_error.ts";
import { evaluationFailure, tooDeep } from "./failures.ts";
import type { Program } from "./program.ts";
import { type Binding, findBinding, type Scope, visibleNames } from "./scope.ts";
import { fromCel, toCel } from "./values.ts";

export { withFileReader } from "./environment.ts";

/** Stands for the value of a name whose definition failed: what reads it fails silently. */
export const POISON: unique symbol = Symbol("poison");

/** Thrown instead of a second error for the same mistake. */
export class Poisoned extends Error {}

/**
 * Evaluates an expression to plain data.
 *
 * @throws ExpressionError when it fails; its `waits` is set when it reads a value that only
 * a later stage knows
 * @throws Poisoned when it reads a name bound to {@link POISON}
 */
export function evaluate(program: Program, scope: Scope): unknown {
  const { limits } = scope;
  if (program.nesting > limits.expressionNesting) throw tooDeep(program.text);
  const { chain } = program;
  if (chain !== undefined && !chain.isType) {
    const value = readChain(bindingOf(chain.root, program, scope).value, chain.path);
    if (value !== undefined && typeof value !== "bigint") return bounded(value, program, scope);
  }
  const bindings = program.free.map((name) => bindingOf(name, program, scope));
  const hidden = program.types.map((name) => findBinding(scope, name));
  for (const binding of hidden) if (binding !== undefined) checked(binding);
  const variables: Record<string, unknown> = Object.create(null);
  startCounting(limits);
  try {
    program.free.forEach((name, index) => {
      variables[name] = celOf(bindings[index]!);
    });
    program.types.forEach((name, index) => {
      const binding = hidden[index];
      variables[variableOf(name)] = binding === undefined ? typeNamed(name) : celOf(binding);
    });
    const result = program.run(variables);
    checkSteps();
    return bounded(fromCel(result), program, scope);
  } catch (error) {
    throw evaluationFailure(error, program, scope);
  }
}

function celOf(binding: Binding): unknown {
  return binding.cel ??= toCel(binding.value);
}

/** The value at `path`, where looking into plain mappings finds it. */
function readChain(value: unknown, path: readonly string[]): unknown {
  for (const step of path) {
    if (typeof value !== "object" || value === null || value instanceof Map) return undefined;
    if (Array.isArray(value) || isDeferred(value) || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

function bounded(value: unknown, { text }: Program, { limits }: Scope): unknown {
  if (typeof value !== "string" || value.length <= limits.expressionText) return value;
  throw new ExpressionError({
    problem: "The result is too long a text",
    help: raiseLimit("expressionText", limits.expressionText),
    limit: "expressionText",
    expression: text,
    start: 0,
    end: text.length,
  });
}

function bindingOf(name: string, program: Program, scope: Scope): Binding {
  const binding = findBinding(scope, name);
  if (binding === undefined) throw unknownVariable(name, program, scope);
  return checked(binding);
}

function checked(binding: Binding): Binding {
  if (binding.value === POISON) throw new Poisoned();
  return binding;
}

const MAX_LISTED = 12;

const NO_ENVIRONMENT = "Remote manifests, and data without a context, see no environment";

function unknownVariable(name: string, program: Program, scope: Scope): ExpressionError {
  const use = program.uses.find(({ root }) => root === name)!;
  const names = visibleNames(scope);
  return new ExpressionError({
    problem: `Unknown variable "${name}"`,
    help: name === "env" ? NO_ENVIRONMENT : didYouMean(name, names) ??
      (names.length > MAX_LISTED
        ? undefined
        : `Known here: ${names.sort().join(", ") || "nothing"}`),
    expression: program.text,
    start: use.start,
    end: use.start + name.length,
    unknown: name,
  });
}
