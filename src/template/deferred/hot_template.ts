/**
 * A template that controllers evaluate again and again, such as the body of a response: one that
 * ran often is compiled to JavaScript as a whole.
 */
import { Context } from "../../cel/context.ts";
import { HOT, MAX_BAILS } from "../../cel/evaluate.ts";
import { type BuildTemplate, generateTemplate } from "../../cel/generate/generate.ts";
import { DEFAULT_LIMITS } from "../../contract/limits.ts";
import { type Deferred, isDeferred } from "../../contract/resource.ts";
import { evaluateDeferred } from "./deferred.ts";
import type { DeferredExpression } from "./deferred_expression.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { rootScope, withNulls } from "../expr/scope.ts";

/** Evaluates with these variables. */
type Evaluate = (variables: Readonly<Record<string, unknown>>) => unknown;

/** Words what went wrong in an expression for the person who reads it. */
export type Explain = (error: ExpressionError, deferred: Deferred) => Error;

/** Compiles a deferred value for being evaluated often. */
export function hotTemplate(deferred: Deferred, explain: Explain): Evaluate {
  let runs = 0;
  let bails = 0;
  let build: BuildTemplate | undefined;
  // One context serves all evaluations; while it is taken there is none.
  let context: Context | undefined;

  return (variables) => {
    if (context !== undefined) {
      const own = context;
      context = undefined;
      own.restart();
      try {
        // There is a context only once the template was built.
        const value = build!(own, variables);
        context = own;
        const isTooLong = typeof value === "string" && value.length > own.limits.expressionText;
        if (!isTooLong) return value;
      } catch {
        // Expressions that are evaluated one by one word the error, or know what to do.
        if (++bails <= MAX_BAILS) context = own;
      }
    } else if (build === undefined && ++runs === HOT) generate();
    try {
      return evaluateDeferred(deferred, rootScope(withNulls(variables)));
    } catch (error) {
      throw error instanceof ExpressionError ? explain(error, deferred) : error;
    }
  };

  function generate(): void {
    const { parts, exact } = deferred as DeferredExpression;
    // A value that waits may be anywhere in what is bound.
    const isKnown = parts.every((part) =>
      typeof part === "string" || holdsNothingDeferred(part.bound && [...part.bound.values()])
    );
    if (!isKnown) return;
    const generated = generateTemplate(
      parts.map((part) =>
        typeof part === "string"
          ? part
          : { node: part.program.tree, source: part.program.text, bound: part.bound }
      ),
      exact,
    );
    build = generated?.build;
    if (generated !== undefined) context = new Context(new Array(generated.slots), DEFAULT_LIMITS);
  }
}

function holdsNothingDeferred(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return !isDeferred(value) && Object.values(value).every(holdsNothingDeferred);
}
