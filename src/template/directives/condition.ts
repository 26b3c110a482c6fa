/** Expressions that directives consist of: `$if`, `$assert`, and the variables of `$let`. */
import type { Value } from "../../contract/resource.ts";
import { type CompileContext, type Frame, noteEvaluated } from "../compile/context.ts";
import { compileSource, evaluateCondition, readCondition } from "../evaluation.ts";
import { engine } from "../expr/engine.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { hasExpression, interpolate, scan } from "../expr/interpolate.ts";
import type { Scope } from "../expr/scope.ts";

/**
 * Evaluates an expression, written with or without `${ }`.
 *
 * @throws ExpressionError when it fails
 */
export function evaluateSource(text: string, scope: Scope): unknown {
  if (hasExpression(text)) return interpolate(scan(text, "both"), scope);
  const { program, offset } = compileSource(text);
  try {
    return engine().evaluate(program, scope);
  } catch (error) {
    throw error instanceof ExpressionError ? error.at(offset) : error;
  }
}

/** What a condition evaluates to; `undefined` when it fails, which is reported. */
export function compileCondition(
  context: CompileContext,
  name: string,
  node: Value,
  { scope }: Frame,
): boolean | undefined {
  const { path, reporter } = context;
  const condition = readCondition(name, node, path, reporter);
  if (typeof condition !== "string") return condition;
  const result = evaluateCondition(name, () => evaluateSource(condition, scope), path, reporter);
  if (result !== undefined) noteEvaluated(context, condition, scope);
  return result;
}
