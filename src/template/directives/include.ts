/** `$include` / `$with`. Rules: templating §1. */
import { type DiglyError, fail, isDiglyError } from "../../contract/errors.ts";
import { isMap, type Value } from "../../contract/resource.ts";
import type { ParsedDocument } from "../../contract/source.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { rootScope, type Scope } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import { addEntries, beginMerge } from "./merge.ts";
import type { Place } from "../compile/source_map.ts";
import {
  at,
  createTask,
  exceeded,
  type Frame,
  type Mapping,
  misuse,
  OMITTED,
  originHere,
  report,
  type Result,
  type Sink,
  type Task,
} from "../compile/context.ts";
import { applyVariables } from "./variables.ts";

/** What an included document became. */
interface Included {
  readonly value: Value;
  readonly place: Place;
}

/** Puts the documents of another file in the place of the mapping. */
export function runInclude(task: Task, mapping: Mapping, sink: Sink | undefined): Result {
  const { node, frame, hasEntries } = mapping;
  const before = task.failures;
  const scope = withVariables(task, node["$with"], frame);
  const documents = at(task, "$include", () => read(task, node["$include"]!, frame));
  const included = documents.flatMap((document) => compileIncluded(task, document, scope));
  if (hasEntries) return mergeIncluded(task, mapping, included, before);
  // What follows from a file that cannot be had is no mistake of its own.
  if (included.length === 0 && task.failures > before && sink === undefined) return ERROR_VALUE;
  if (sink !== undefined) {
    for (const { value, place } of included) sink(value, place);
    return OMITTED;
  }
  const [first] = included;
  if (first === undefined) return OMITTED;
  if (included.length === 1) {
    task.moved = first.place;
    return first.value;
  }
  const list = included.map(({ value }) => value);
  task.places.set(list, new Map(included.map(({ place }, index) => [index, place])));
  return list;
}

/** The one mapping a file holds, under the keys beside the directive. */
function mergeIncluded(
  task: Task,
  { node, frame }: Mapping,
  included: readonly Included[],
  before: number,
): Value {
  const merged = beginMerge(task);
  const [first] = included;
  if (included.length === 1 && isMap(first!.value)) {
    addEntries(task, merged, first!.value, first!.place);
  } else if (task.failures === before) {
    const found = included.length === 1 ? describe(first!.value) : `${included.length} documents`;
    misuse(
      task,
      `"$include" must give one mapping where other keys stand beside it, and this gives ${found}`,
    );
  }
  addEntries(task, merged, task.walk.entries(task, node, frame));
  return merged.value;
}

/** The scope of an included file: the global context and `$with`, not the caller's scope. */
function withVariables(task: Task, node: Value | undefined, frame: Frame): Scope {
  const { context, limits } = task.options;
  if (node === undefined) return rootScope(context, limits);
  const variables = new Map<string, unknown>(Object.entries(context));
  applyVariables(task, "$with", node, frame, (name, value) => variables.set(name, value));
  return rootScope(variables, limits);
}

function read(task: Task, node: Value, frame: Frame): readonly ParsedDocument[] {
  const before = task.failures;
  const file = task.walk.value(task, node, frame);
  if (typeof file !== "string") {
    if (task.failures === before) {
      misuse(task, `"$include" must name a file, and this is ${describe(file)}`);
    }
    return [];
  }
  const { include, limits } = task.options;
  if (include === undefined) {
    misuse(task, '"$include" cannot read files here', "Pass what reads them");
    return [];
  }
  const chain = [...task.chain, task.document.source.url];
  if (chain.length > limits.includeDepth) {
    throw exceeded(
      task,
      "includeDepth",
      `Files include each other over ${limits.includeDepth} deep`,
    );
  }
  let documents: readonly ParsedDocument[] = [];
  try {
    documents = include(file, task.document.source);
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    report(task, placed(error, task));
  }
  const url = documents[0]?.source.url;
  if (url === undefined || !chain.includes(url)) return documents;
  const circle = [...chain.slice(chain.indexOf(url)), url];
  const { root } = task.document.source;
  const names = circle.map((one) => one.startsWith(root) ? one.slice(root.length) : one);
  misuse(task, `Files include each other in a circle: ${names.map(decodeURI).join(" → ")}`);
  return [];
}

/** An error about the file as a whole stands where the file is named. */
function placed(error: DiglyError, task: Task): DiglyError {
  if (error.origin !== undefined) return error;
  const { code, details, help, related, cause } = error;
  return fail(code, details, { origin: originHere(task), help, related, cause });
}

function compileIncluded(outer: Task, document: ParsedDocument, scope: Scope): Included[] {
  const included: Included[] = [];
  const task = createTask(document, outer.options, outer.walk, outer);
  const frame = { scope, opaque: undefined, hasKind: false };
  try {
    task.walk.into(task, document.value, frame, (value, place) => included.push({ value, place }));
  } finally {
    outer.failures += task.failures;
  }
  return included;
}
