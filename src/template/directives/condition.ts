/** Directives that are one expression: `$if`, `$assert`, the variables of `$let`. */
import { isDeferred, type Value } from "../../contract/resource.ts";
import { evaluate } from "../expr/evaluate.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { hasExpression, interpolate, scan } from "../expr/interpolate.ts";
import { compileExpression } from "../expr/program.ts";
import type { Scope } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import {
  type CompileContext,
  type Frame,
  reportDirectiveError,
  reportExpressionError,
} from "../compile/context.ts";

/**
 * Evaluates CEL text, written with or without `${ }`.
 *
 * @throws ExpressionError when it fails
 */
export function evaluateSource(text: string, scope: Scope): unknown {
  if (hasExpression(text)) return interpolate(scan(text, "both"), scope);
  const source = text.trim();
  try {
    return evaluate(compileExpression(source), scope);
  } catch (error) {
    throw error instanceof ExpressionError ? error.at(text.indexOf(source)) : error;
  }
}

/** What a condition gives; `undefined` when it fails, which is reported. */
export function evaluateCondition(
  context: CompileContext,
  name: string,
  node: Value,
  { scope }: Frame,
): boolean | undefined {
  if (typeof node === "boolean") return node;
  if (typeof node !== "string") {
    reportDirectiveError(context, `"${name}" must be a condition, not ${describe(node)}`);
    return undefined;
  }
  try {
    const value = evaluateSource(node, scope);
    if (typeof value === "boolean") return value;
    if (isDeferred(value)) reportDirectiveError(context, ...notYet(name));
    else {reportDirectiveError(
        context,
        `"${name}" must evaluate to a boolean, not ${describe(value)}`,
      );}
  } catch (error) {
    if (error instanceof ExpressionError && error.waits) {
      reportDirectiveError(context, ...notYet(name));
    } else reportExpressionError(context, error);
  }
  return undefined;
}

/** What to say where a value is needed that only a later stage knows. */
export function notYet(name: string): [problem: string, help: string] {
  return [
    `"${name}" reads a value that is not known yet`,
    "Directives run before resources exist and cannot read values that contain ${{ }}",
  ];
}
