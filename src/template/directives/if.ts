/** `$if`, `$then` and `$else`. */
import { isMap, type Value } from "../../contract/resource.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { describe } from "../expr/values.ts";
import { compileCondition } from "./condition.ts";
import { addEntries, beginMerge, mergedFrame } from "./merge.ts";
import {
  type CompileContext,
  type Mapping,
  noteBranch,
  OMITTED,
  type Result,
  type Sink,
  takeLocation,
  withPath,
} from "../compile/context.ts";
import { reportDirectiveError } from "../compile/report.ts";

/** Compiles the branch that the condition takes, and only that. */
export function runIf(context: CompileContext, mapping: Mapping, sink: Sink | undefined): Result {
  const { node, frame, hasEntries } = mapping;
  const condition = withPath(
    context,
    "$if",
    () => compileCondition(context, "if", node["$if"] ?? null, frame),
  );
  if (condition === undefined) {
    return hasEntries ? context.walk.entries(context, node, frame) : ERROR_VALUE;
  }
  const key = condition ? "$then" : "$else";
  noteBranches(context, mapping, condition);
  const branch = node[key];
  if (branch === undefined) {
    return hasEntries ? context.walk.entries(context, node, frame) : OMITTED;
  }
  if (hasEntries) return mergeBranch(context, mapping, key, branch);
  return withPath(context, key, () => {
    if (sink !== undefined) {
      context.walk.into(context, branch, frame, sink);
      return OMITTED;
    }
    const result = context.walk.value(context, branch, frame);
    context.moved = takeLocation(context);
    return result;
  });
}

function noteBranches(context: CompileContext, mapping: Mapping, outcome: boolean): void {
  const written = mapping.node["$if"];
  const branches = { node: mapping.node, frame: mergedFrame(mapping) };
  for (const value of [true, false]) {
    const condition = typeof written === "string" ? { text: written, outcome: value } : undefined;
    const key = value ? "$then" : "$else";
    noteBranch(context, branches, key, value === outcome, { condition });
  }
}

/** The branch over the keys beside the directive. */
function mergeBranch(
  context: CompileContext,
  mapping: Mapping,
  key: "$then" | "$else",
  written: Value,
): Result {
  const { node, frame } = mapping;
  const merged = beginMerge(context);
  addEntries(context, merged, context.walk.entries(context, node, frame));
  withPath(context, key, () => {
    const before = context.failures;
    const branch = context.walk.value(context, written, mergedFrame(mapping));
    const place = takeLocation(context);
    if (branch === OMITTED) return;
    if (isMap(branch)) addEntries(context, merged, branch, place);
    else if (context.failures === before) {
      reportDirectiveError(
        context,
        `"${key}" must be a mapping when the mapping of "$if" has other keys, not ${
          describe(branch)
        }`,
        "It is merged over the other keys",
      );
    }
  });
  return merged.value;
}
