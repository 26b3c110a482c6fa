/** `$assert` and `$msg`. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { isDeferred, type Value, type ValueMap } from "../../contract/resource.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { describe } from "../expr/values.ts";
import { reportLaterValue } from "../evaluation.ts";
import { compileCondition } from "./condition.ts";
import {
  type CompileContext,
  type CompileOptions,
  currentOrigin,
  type Frame,
  withPath,
} from "../compile/context.ts";
import { CompileReporter } from "../compile/create_context.ts";
import { reportDirectiveError, reportError } from "../compile/report.ts";

/** Reports every assertion of `node` that is false. */
export function checkAssert(context: CompileContext, node: ValueMap, frame: Frame): void {
  const written = node["$msg"];
  if (typeof written === "object" && written !== null) {
    const problem = `"$msg" must be a string, not ${describe(written)}`;
    return withPath(context, "$msg", () => reportDirectiveError(context, problem));
  }
  withPath(context, "$assert", () => {
    const assertions = node["$assert"] ?? null;
    if (!Array.isArray(assertions)) return checkOne(context, assertions, node, frame);
    assertions.forEach((assertion, index) =>
      withPath(context, index, () => checkOne(context, assertion, node, frame))
    );
  });
}

function checkOne(context: CompileContext, assertion: Value, node: ValueMap, frame: Frame): void {
  if (compileCondition(context, "assert", assertion, frame) !== false) return;
  const origin = currentOrigin(context);
  const { text, mistakes } = message(context, node, frame);
  const problem = text ?? `Assertion failed: ${String(assertion)}`;
  const related = mistakes.map((mistake) => ({
    message: `its message cannot be evaluated: ${mistake.message}`,
    // Mistakes of expressions in documents have a place.
    origin: mistake.origin!,
  }));
  reportError(context, fail("ERR_ASSERTION_FAILED", { problem }, { origin, related }));
}

/** The text of `$msg`, next to `$assert`; a mistake in it is not reported a second time. */
function message(
  context: CompileContext,
  { $msg: written }: ValueMap,
  frame: Frame,
): { readonly text?: string; readonly mistakes: readonly DiglyError[] } {
  const mistakes: DiglyError[] = [];
  if (typeof written !== "string") {
    return typeof written === "object" || written === undefined
      ? { mistakes }
      : { text: String(written), mistakes };
  }
  const { diagnostics } = context.options;
  const options: CompileOptions = {
    ...context.options,
    diagnostics: {
      error: (error) => void mistakes.push(error),
      warning: (warning) => diagnostics.warning(warning),
    },
  };
  const aside: CompileContext = {
    ...context,
    options,
    reported: new Set(),
    reporter: new CompileReporter(() => aside),
  };
  const steps = context.path.splice(context.path.lastIndexOf("$assert"));
  const value = withPath(context, "$msg", () => {
    const value = context.walk.value(aside, written, frame) as Value;
    if (value === ERROR_VALUE) return null;
    if (isDeferred(value)) reportLaterValue("msg", aside.path, aside.reporter);
    else if (typeof value === "object" && value !== null) {
      reportDirectiveError(aside, `"$msg" must evaluate to a string, not ${describe(value)}`);
    }
    return value;
  });
  context.path.push(...steps);
  return value === null || mistakes.length > 0 ? { mistakes } : { text: String(value), mistakes };
}
