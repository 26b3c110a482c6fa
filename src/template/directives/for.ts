/** `$for` / `$do`. Rules: templating §1. */
import { isDeferred, isMap, type Value, type ValueMap } from "../../contract/resource.ts";
import { POISON } from "../expr/evaluate.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { type Loop, readLoop, turnsOf } from "./loop.ts";
import { childScopeOf, type Scope } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import { evaluateSource, notYet } from "./condition.ts";
import { addEntries, beginMerge, mergedFrame } from "./merge.ts";
import {
  at,
  count,
  type Frame,
  type Mapping,
  misuse,
  OMITTED,
  reportExpression,
  type Result,
  type Sink,
  takePlace,
  type Task,
} from "../compile/context.ts";

/** Compiles `$do` once per element. */
export function runFor(task: Task, mapping: Mapping, sink: Sink | undefined): Result {
  const { node, frame, hasEntries } = mapping;
  const turns = at(task, "$for", () => readTurns(task, node["$for"]!, frame.scope));
  if (turns === undefined) {
    if (hasEntries) return task.walk.entries(task, node, frame);
    return sink === undefined ? ERROR_VALUE : OMITTED;
  }
  const body = node["$do"]!;
  const inner = mergedFrame(mapping);
  if (sink === undefined) return mergeTurns(task, mapping, turns, inner);
  const beside = hasEntries ? task.walk.entries(task, node, frame) : undefined;
  const place = hasEntries ? takePlace(task) : undefined;
  const take: Sink = beside === undefined ? sink : (value, from) => {
    if (value === ERROR_VALUE) return;
    if (!isMap(value)) return refuse(task, value, "where other keys stand beside it");
    const merged = beginMerge(task);
    addEntries(task, merged, value, from);
    addEntries(task, merged, beside, place);
    sink(merged.value, from);
  };
  at(task, "$do", () => {
    for (const scope of turns) {
      count(task, 1, 0);
      task.walk.into(task, body, { ...inner, scope }, take);
    }
  });
  return OMITTED;
}

/** The results as one mapping, later over earlier, the keys beside the directive over all. */
function mergeTurns(
  task: Task,
  { node, frame, hasEntries }: Mapping,
  turns: Iterable<Scope>,
  inner: Frame,
): ValueMap {
  const merged = beginMerge(task);
  at(task, "$do", () => {
    for (const scope of turns) {
      count(task, 1, 0);
      const before = task.failures;
      const result = task.walk.value(task, node["$do"]!, { ...inner, scope });
      const place = takePlace(task);
      if (result === OMITTED) continue;
      if (isMap(result)) addEntries(task, merged, result, place);
      else if (task.failures === before) refuse(task, result, "in a mapping");
    }
  });
  if (hasEntries) addEntries(task, merged, task.walk.entries(task, node, frame));
  return merged.value;
}

function refuse(task: Task, result: Value, where: string): void {
  misuse(
    task,
    `"$do" must give mappings ${where}, and this gives ${describe(result)}`,
    'Write "- $for: …" as an element of a list to make list elements',
  );
}

/** The scope of each turn; `undefined` when the loop is wrong, which is reported. */
function readTurns(task: Task, node: Value, scope: Scope): Iterable<Scope> | undefined {
  const loop = loopOf(task, node);
  if (loop === undefined) return undefined;
  try {
    const collection = evaluateSource(loop.collection, scope);
    if (isDeferred(collection)) misuse(task, ...notYet("$for"));
    else if (typeof collection === "object" && collection !== null) {
      return turnsOf(collection, loop.names, scope);
    } else {
      misuse(
        task,
        `"$for" goes through a list or a mapping, and ${loop.collection} is ${
          describe(collection)
        }`,
      );
    }
  } catch (error) {
    if (error instanceof ExpressionError && error.waits) misuse(task, ...notYet("$for"));
    else {
      reportExpression(
        task,
        error instanceof ExpressionError ? error.at(error.offset + loop.offset) : error,
      );
    }
  }
  // One turn with unknown variables finds what else is wrong in the body.
  return [childScopeOf(scope, new Map(loop.names.map((name) => [name, POISON])))];
}

function loopOf(task: Task, node: Value): Loop | undefined {
  if (typeof node !== "string") {
    misuse(
      task,
      `"$for" must be text, and this is ${describe(node)}`,
      'Write "x in xs" or "i, x in xs"',
    );
    return undefined;
  }
  const loop = readLoop(node, '"$for"');
  if ("names" in loop) return loop;
  misuse(task, loop.problem, loop.help);
  return undefined;
}
