/** `$if` / `$then` / `$else`. Rules: templating §1. */
import { isMap } from "../../contract/resource.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { describe } from "../expr/values.ts";
import { evaluateCondition } from "./condition.ts";
import { addEntries, beginMerge, mergedFrame } from "./merge.ts";
import {
  at,
  type Mapping,
  misuse,
  OMITTED,
  type Result,
  type Sink,
  takePlace,
  type Task,
} from "../compile/context.ts";

/** Compiles the branch that the condition takes, and only that. */
export function runIf(task: Task, mapping: Mapping, sink: Sink | undefined): Result {
  const { node, frame, hasEntries } = mapping;
  const condition = at(task, "$if", () => evaluateCondition(task, "$if", node["$if"]!, frame));
  if (condition === undefined) {
    return hasEntries ? task.walk.entries(task, node, frame) : ERROR_VALUE;
  }
  const key = condition ? "$then" : "$else";
  if (!Object.hasOwn(node, key)) {
    return hasEntries ? task.walk.entries(task, node, frame) : OMITTED;
  }
  const branch = node[key]!;
  if (hasEntries) return mergeBranch(task, mapping, key);
  return at(task, key, () => {
    if (sink !== undefined) {
      task.walk.into(task, branch, frame, sink);
      return OMITTED;
    }
    const result = task.walk.value(task, branch, frame);
    task.moved = takePlace(task);
    return result;
  });
}

/** The branch over the keys beside the directive. */
function mergeBranch(task: Task, mapping: Mapping, key: "$then" | "$else"): Result {
  const { node, frame } = mapping;
  const merged = beginMerge(task);
  addEntries(task, merged, task.walk.entries(task, node, frame));
  at(task, key, () => {
    const before = task.failures;
    const branch = task.walk.value(task, node[key]!, mergedFrame(mapping));
    const place = takePlace(task);
    if (branch === OMITTED) return;
    if (isMap(branch)) addEntries(task, merged, branch, place);
    else if (task.failures === before) {
      misuse(
        task,
        `"${key}" must be a mapping where other keys stand beside "$if", and this is ${
          describe(branch)
        }`,
        "It is merged over the other keys",
      );
    }
  });
  return merged.value;
}
