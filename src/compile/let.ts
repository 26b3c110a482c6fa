/** `$let`. Rules: templating §1. */
import { isMap, type Value } from "../contract/resource.ts";
import { POISON } from "../expr/cel.ts";
import { capture, defer } from "../expr/deferred_expression.ts";
import { whyNoVariable } from "../expr/environment.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { hasExpression } from "../expr/interpolate.ts";
import { compileExpression } from "../expr/program.ts";
import { childScope, type Scope } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import { evaluateSource } from "./condition.ts";
import {
  at,
  checkNesting,
  type Frame,
  joinHelp,
  misuse,
  OMITTED,
  reportExpression,
  type Result,
  type Task,
} from "./task.ts";

/** The frame with the variables of a `$let`, each of which sees the ones before it. */
export function applyLet(task: Task, node: Value, frame: Frame): Frame {
  return at(task, "$let", () => {
    if (!isMap(node)) {
      misuse(
        task,
        `"$let" must map names to values, and this is ${describe(node)}`,
        "Write a mapping, one variable per key",
      );
      return frame;
    }
    let inner = frame;
    for (const [name, item] of Object.entries(node)) {
      at(task, name, () => {
        const why = whyNoVariable(name);
        if (why !== undefined) {
          const help = "Choose another name";
          misuse(task, `"${name}" cannot name a variable: it ${why}`, help, "key");
          inner = { ...inner, scope: childScope(inner.scope, name, POISON) };
          return;
        }
        const before = task.failures;
        const result = compileVariable(task, item, inner);
        task.moved = undefined;
        if (result === OMITTED) return;
        const value = task.failures === before ? result : POISON;
        inner = { ...inner, scope: childScope(inner.scope, name, value) };
      });
    }
    return inner;
  });
}

/** A string without `${ }` is an expression; anything else is data. */
function compileVariable(task: Task, node: Value, frame: Frame): Result {
  if (typeof node !== "string" || hasExpression(node)) return task.walk.value(task, node, frame);
  try {
    const value = evaluateSource(node, frame.scope) as Value;
    checkNesting(task, value);
    return value;
  } catch (error) {
    if (error instanceof ExpressionError && error.waits) return wait(node, frame.scope);
    reportExpression(task, error instanceof ExpressionError ? offerText(error, node) : error);
    return null;
  }
}

/** An expression that reads what is known only later, for later. */
function wait(text: string, scope: Scope): Value {
  const program = compileExpression(text.trim());
  const offset = text.length - text.trimStart().length;
  return defer([{ program, offset, bound: capture(program, scope) }], true);
}

/** Text where an expression is expected: the error says how text is written. */
function offerText(error: ExpressionError, text: string): ExpressionError {
  if (error.unknown === undefined && isExpression(text)) return error;
  // What has quotes already is no plain text.
  if (/['"\n]/.test(text)) return error;
  return error.with({ help: joinHelp(error.help, `For text write "'${text}'"`) });
}

function isExpression(text: string): boolean {
  try {
    compileExpression(text.trim());
    return true;
  } catch {
    return false;
  }
}
