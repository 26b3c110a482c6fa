/** `$for` and `$do`. */
import { isMap, type Value, type ValueMap } from "../../contract/resource.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { iterationsOf, readLoop } from "./loop.ts";
import { childScopeOf, type Scope } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import { evaluateCollection } from "../evaluation.ts";
import { evaluateSource } from "./condition.ts";
import { addEntries, beginMerge, mergedFrame } from "./merge.ts";
import {
  type CompileContext,
  type Frame,
  type Mapping,
  noteBranch,
  OMITTED,
  type Result,
  type Sink,
  takeLocation,
  withPath,
} from "../compile/context.ts";
import { charge, reportDirectiveError } from "../compile/report.ts";

/** Compiles `$do` once per element. */
export function runFor(context: CompileContext, mapping: Mapping, sink: Sink | undefined): Result {
  const { node, frame, hasEntries } = mapping;
  const loop = withPath(
    context,
    "$for",
    () => readIterations(context, node["$for"] ?? null, frame.scope),
  );
  if (loop === undefined) {
    if (hasEntries) return context.walk.entries(context, node, frame);
    return sink === undefined ? ERROR_VALUE : OMITTED;
  }
  const { iterations, names: loopNames, isEmpty } = loop;
  const body = node["$do"] ?? null;
  const inner = mergedFrame(mapping);
  noteBranch(context, { node, frame: inner }, "$do", !isEmpty, { loopNames });
  if (sink === undefined) return mergeIterations(context, mapping, iterations, inner);
  const beside = hasEntries ? context.walk.entries(context, node, frame) : undefined;
  const place = hasEntries ? takeLocation(context) : undefined;
  const take: Sink = beside === undefined ? sink : (value, from) => {
    if (value === ERROR_VALUE) return;
    if (!isMap(value)) return refuse(context, value, "when the mapping has other keys");
    const merged = beginMerge(context);
    addEntries(context, merged, value, from);
    addEntries(context, merged, beside, place);
    sink(merged.value, from);
  };
  withPath(context, "$do", () => {
    for (const scope of iterations) {
      charge(context, 1, 0);
      context.walk.into(context, body, { ...inner, scope }, take);
    }
  });
  return OMITTED;
}

/** The results as one mapping, later over earlier, the keys beside the directive over all. */
function mergeIterations(
  context: CompileContext,
  { node, frame, hasEntries }: Mapping,
  iterations: Iterable<Scope>,
  inner: Frame,
): ValueMap {
  const merged = beginMerge(context);
  withPath(context, "$do", () => {
    for (const scope of iterations) {
      charge(context, 1, 0);
      const before = context.failures;
      const result = context.walk.value(context, node["$do"] ?? null, { ...inner, scope });
      const place = takeLocation(context);
      if (result === OMITTED) continue;
      if (isMap(result)) addEntries(context, merged, result, place);
      else if (context.failures === before) refuse(context, result, "inside a mapping");
    }
  });
  if (hasEntries) addEntries(context, merged, context.walk.entries(context, node, frame));
  return merged.value;
}

function refuse(context: CompileContext, result: Value, where: string): void {
  reportDirectiveError(
    context,
    `"$do" must evaluate to mappings ${where}, not ${describe(result)}`,
    'Write "- $for: …" as an element of a list to create list elements',
  );
}

/** A loop over a collection that is known. */
interface Iterations {
  /** The scope of each iteration. */
  readonly iterations: Iterable<Scope>;
  readonly names: readonly string[];
  readonly isEmpty: boolean;
}

/** Reads a loop; `undefined` when it cannot be read, which is reported. */
function readIterations(
  context: CompileContext,
  node: Value,
  scope: Scope,
): Iterations | undefined {
  const { path, reporter } = context;
  const loop = readLoop(node, path, reporter);
  if (loop === undefined) return undefined;
  const { names, collection, offset } = loop;
  const evaluate = () => {
    try {
      return evaluateSource(collection, scope);
    } catch (error) {
      throw error instanceof ExpressionError ? error.at(error.offset + offset) : error;
    }
  };
  const value = evaluateCollection(collection, evaluate, path, reporter);
  if (value !== undefined) {
    const { length } = Array.isArray(value) ? value : Object.keys(value);
    return { iterations: iterationsOf(value, names, scope), names, isEmpty: length === 0 };
  }
  // One iteration with unknown variables finds what else is wrong in the body.
  const unknown = childScopeOf(scope, new Map(names.map((name) => [name, ERROR_VALUE])));
  return { iterations: [unknown], names, isEmpty: false };
}
