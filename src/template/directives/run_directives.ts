/** Runs the directives of one mapping in their fixed order. */
import type { ValueMap } from "../../contract/resource.ts";
import { checkAssert } from "./assert.ts";
import { checkDirectives, isDirective } from "./table.ts";
import { runFor } from "./for.ts";
import { runIf } from "./if.ts";
import { runInclude } from "./include.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { applyVariables } from "./variables.ts";
import { applySchema } from "./schema.ts";
import { type CompileContext, type Frame, type Result, type Sink } from "../compile/context.ts";

/**
 * Compiles a mapping that holds directives. With a `sink`, where what surrounds the mapping
 * takes any number of results, several results go there, and only a single one is returned.
 */
export function runDirectives(
  context: CompileContext,
  node: ValueMap,
  frame: Frame,
  sink: Sink | undefined,
): Result {
  const isSound = checkDirectives(context, node);
  let inner = frame;
  const { $schema, $let } = node;
  if ($schema !== undefined) inner = applySchema(context, $schema, inner);
  if ($let !== undefined) inner = applyVariables(context, "$let", $let, inner);
  if (Object.hasOwn(node, "$assert")) checkAssert(context, node, inner);
  if (!isSound) {
    const entries = context.walk.entries(context, node, inner);
    // The missing result of the directives is not a second error.
    return Object.hasOwn(entries, "kind") ? entries : ERROR_VALUE;
  }
  const mapping = { node, frame: inner, hasEntries: hasEntries(node) };
  if (Object.hasOwn(node, "$if")) return runIf(context, mapping, sink);
  if (Object.hasOwn(node, "$for")) return runFor(context, mapping, sink);
  if (Object.hasOwn(node, "$include")) return runInclude(context, mapping, sink);
  return context.walk.entries(context, node, inner);
}

function hasEntries(node: ValueMap): boolean {
  return Object.keys(node).some((key) => !isDirective(key));
}
