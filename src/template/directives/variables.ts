/** The variables of `$let` and `$with`. */
import { isMap, type Value } from "../../contract/resource.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { capture, defer } from "../deferred/deferred_expression.ts";
import { engine } from "../expr/engine.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { hasExpression } from "../expr/interpolate.ts";
import { childScope, type Scope } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import { compileSource } from "../evaluation.ts";
import { evaluateSource } from "./condition.ts";
import {
  type CompileContext,
  type Frame,
  noteEvaluated,
  OMITTED,
  type Result,
  withPath,
} from "../compile/context.ts";
import {
  checkNesting,
  joinHelp,
  reportDirectiveError,
  reportExpressionError,
} from "../compile/report.ts";

/**
 * The frame with the variables of the directive, each of which sees the ones before it; `add`
 * takes each too. The value of one that failed is `ERROR_VALUE`.
 */
export function applyVariables(
  context: CompileContext,
  directive: "$let" | "$with",
  node: Value,
  frame: Frame,
  add: (name: string, value: unknown) => void = () => {},
): Frame {
  let inner = frame;
  const bind = (name: string, value: unknown) => {
    inner = { ...inner, scope: childScope(inner.scope, name, value) };
    add(name, value);
  };
  withPath(context, directive, () => {
    if (!isMap(node)) {
      const problem = `"${directive}" must be a mapping of names to values, not ${describe(node)}`;
      return reportDirectiveError(context, problem, "Write a mapping, one variable per key");
    }
    for (const [name, item] of Object.entries(node)) {
      withPath(context, name, () => {
        const why = engine().invalidVariableReason(name);
        if (why !== undefined) {
          const problem = `"${name}" is not a valid variable name: it ${why}`;
          reportDirectiveError(context, problem, "Choose another name", "key");
          return bind(name, ERROR_VALUE);
        }
        const before = context.failures;
        const result = compileVariable(context, item, inner);
        context.moved = undefined;
        if (result !== OMITTED) bind(name, context.failures === before ? result : ERROR_VALUE);
      });
    }
  });
  return inner;
}

/** A string without `${ }` is an expression; anything else is data. */
function compileVariable(context: CompileContext, node: Value, frame: Frame): Result {
  if (typeof node !== "string" || hasExpression(node)) {
    return context.walk.value(context, node, frame);
  }
  try {
    const value = evaluateSource(node, frame.scope) as Value;
    noteEvaluated(context, node, frame.scope);
    checkNesting(context, value);
    return value;
  } catch (error) {
    if (error instanceof ExpressionError && error.waits) return wait(node, frame.scope);
    reportExpressionError(
      context,
      error instanceof ExpressionError ? offerText(error, node) : error,
    );
    return null;
  }
}

/** An expression that reads what is known only later, for later. */
function wait(text: string, scope: Scope): Value {
  const { program, offset } = compileSource(text);
  return defer([{ program, offset, bound: capture(program, scope) }], true);
}

/** Text where an expression is expected: the error says how text is written. */
function offerText(error: ExpressionError, text: string): ExpressionError {
  if (error.unknown === undefined && isExpression(text)) return error;
  // Text that is quoted already needs no other form.
  if (/['"\n]/.test(text)) return error;
  return error.with({ help: joinHelp(error.help, `For text write "'${text}'"`) });
}

function isExpression(text: string): boolean {
  try {
    engine().compileExpression(text.trim());
    return true;
  } catch {
    return false;
  }
}
