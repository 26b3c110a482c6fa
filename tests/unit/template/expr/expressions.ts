/** Short cuts for the tests of expressions. */
import assert from "node:assert/strict";
import type { Deferred } from "../../../../src/contract/resource.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../../src/contract/limits.ts";
import { scanResourceTime } from "../../../../src/template/deferred/deferred.ts";
import { ExpressionError } from "../../../../src/template/expr/expression_error.ts";
import { interpolate, scan } from "../../../../src/template/expr/interpolate.ts";
import { rootScope } from "../../../../src/template/expr/scope.ts";
import { loadEngine } from "../../../../src/template/expr/engine.ts";

await loadEngine();

/** The value of a string that holds `${ }` and `${{ }}`. */
export function render(
  text: string,
  variables: Record<string, unknown> = {},
  limits: Partial<Limits> = {},
): unknown {
  return interpolate(scan(text, "both"), rootScope(variables, { ...DEFAULT_LIMITS, ...limits }));
}

/** The value of one expression. */
export function evaluate(expression: string, variables: Record<string, unknown> = {}): unknown {
  return render(`\${ ${expression} }`, variables);
}

/** A deferred value scanned from a string. */
export function deferred(text: string): Deferred {
  return scanResourceTime(text) as Deferred;
}

/** The error that `work` throws. */
export function failure(work: () => unknown): ExpressionError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ExpressionError, String(error));
    return error;
  }
  assert.fail("nothing was thrown");
}

/** The failing part of an expression. */
export function failingPart({ expression, start, end }: ExpressionError): string {
  return expression.slice(start, end);
}
