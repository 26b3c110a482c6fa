/** Runs the directives of one mapping, in their order. Rules: templating §1. */
import type { ValueMap } from "../../contract/resource.ts";
import { checkAssert } from "./assert.ts";
import { checkDirectives, isDirective } from "./table.ts";
import { runFor } from "./for.ts";
import { runIf } from "./if.ts";
import { runInclude } from "./include.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { applyVariables } from "./variables.ts";
import { applySchema } from "./schema.ts";
import { type Frame, type Result, type Sink, type Task } from "../compile/context.ts";

/**
 * Compiles a mapping that holds directives. With a `sink`, where what surrounds the mapping
 * takes any number of results, several results go there, and only a single one is returned.
 */
export function runDirectives(
  task: Task,
  node: ValueMap,
  frame: Frame,
  sink: Sink | undefined,
): Result {
  const isSound = checkDirectives(task, node);
  let inner = frame;
  if (Object.hasOwn(node, "$schema")) inner = applySchema(task, node["$schema"]!, inner);
  if (Object.hasOwn(node, "$let")) inner = applyVariables(task, "$let", node["$let"]!, inner);
  if (Object.hasOwn(node, "$assert")) checkAssert(task, node, inner);
  if (!isSound) {
    const entries = task.walk.entries(task, node, inner);
    // What the directives were to give is missed by nobody.
    return Object.hasOwn(entries, "kind") ? entries : ERROR_VALUE;
  }
  const mapping = { node, frame: inner, hasEntries: hasEntries(node) };
  if (Object.hasOwn(node, "$if")) return runIf(task, mapping, sink);
  if (Object.hasOwn(node, "$for")) return runFor(task, mapping, sink);
  if (Object.hasOwn(node, "$include")) return runInclude(task, mapping, sink);
  return task.walk.entries(task, node, inner);
}

function hasEntries(node: ValueMap): boolean {
  return Object.keys(node).some((key) => !isDirective(key));
}
