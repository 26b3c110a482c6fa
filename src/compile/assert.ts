/** `$assert` / `$msg`. Rules: templating §1. */
import { fail } from "../contract/errors.ts";
import type { Value, ValueMap } from "../contract/resource.ts";
import { evaluateCondition } from "./condition.ts";
import { at, type Frame, originHere, report, type Task } from "./task.ts";

/** Reports every assertion of `node` that is false. */
export function checkAssert(task: Task, node: ValueMap, frame: Frame): void {
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
  const problem = message(task, node, frame) ?? `Assertion failed: ${String(assertion)}`;
  report(task, fail("ERR_ASSERTION_FAILED", { problem }, { origin }));
}

/** The text of `$msg`, which stands beside `$assert`. */
function message(task: Task, node: ValueMap, frame: Frame): string | undefined {
  if (!Object.hasOwn(node, "$msg")) return undefined;
  const steps = task.path.splice(task.path.lastIndexOf("$assert"));
  const value = at(task, "$msg", () => task.walk.value(task, node["$msg"]!, frame));
  task.path.push(...steps);
  return value === null ? undefined : String(value);
}
