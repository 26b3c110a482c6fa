/** `$assert` / `$msg`. Rules: templating §1. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { isDeferred, type Value, type ValueMap } from "../../contract/resource.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { describe } from "../expr/values.ts";
import { evaluateCondition, notYet } from "./condition.ts";
import {
  at,
  type CompileOptions,
  type Frame,
  misuse,
  originHere,
  report,
  type Task,
} from "../compile/context.ts";

/** Reports every assertion of `node` that is false. */
export function checkAssert(task: Task, node: ValueMap, frame: Frame): void {
  const written = node["$msg"];
  if (typeof written === "object" && written !== null) {
    const problem = `"$msg" must be text, and this is ${describe(written)}`;
    return at(task, "$msg", () => misuse(task, problem));
  }
  at(task, "$assert", () => {
    const assertions = node["$assert"]!;
    if (!Array.isArray(assertions)) return checkOne(task, assertions, node, frame);
    assertions.forEach((assertion, index) =>
      at(task, index, () => checkOne(task, assertion, node, frame))
    );
  });
}

function checkOne(task: Task, assertion: Value, node: ValueMap, frame: Frame): void {
  if (evaluateCondition(task, "$assert", assertion, frame) !== false) return;
  const origin = originHere(task);
  const { text, mistakes } = message(task, node, frame);
  const problem = text ?? `Assertion failed: ${String(assertion)}`;
  const related = mistakes.map((mistake) => ({
    message: `its message cannot be written: ${mistake.message}`,
    origin: mistake.origin!,
  }));
  report(task, fail("ERR_ASSERTION_FAILED", { problem }, { origin, related }));
}

/** The text of `$msg`, which stands beside `$assert`; what is wrong with it is no error of its own. */
function message(
  task: Task,
  { $msg: written }: ValueMap,
  frame: Frame,
): { readonly text?: string; readonly mistakes: readonly DiglyError[] } {
  const mistakes: DiglyError[] = [];
  if (typeof written !== "string") {
    return typeof written === "object" || written === undefined
      ? { mistakes }
      : { text: String(written), mistakes };
  }
  const { diagnostics } = task.options;
  const options: CompileOptions = {
    ...task.options,
    diagnostics: {
      error: (error) => void mistakes.push(error),
      warning: (warning) => diagnostics.warning(warning),
    },
  };
  const aside: Task = { ...task, options, reported: new Set() };
  const steps = task.path.splice(task.path.lastIndexOf("$assert"));
  const value = at(task, "$msg", () => {
    const value = task.walk.value(aside, written, frame) as Value;
    if (value === ERROR_VALUE) return null;
    if (isDeferred(value)) misuse(aside, ...notYet("$msg"));
    else if (typeof value === "object" && value !== null) {
      misuse(aside, `"$msg" must give text, and this gives ${describe(value)}`);
    }
    return value;
  });
  task.path.push(...steps);
  return value === null || mistakes.length > 0 ? { mistakes } : { text: String(value), mistakes };
}
