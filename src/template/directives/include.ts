/** `$include` and `$with`. */
import { isDiglyError } from "../../contract/errors.ts";
import { isMap, type Value } from "../../contract/resource.ts";
import type { ParsedDocument } from "../../contract/source.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { rootScope, type Scope } from "../expr/scope.ts";
import { describe } from "../expr/values.ts";
import { addEntries, beginMerge } from "./merge.ts";
import type { SourceLocation } from "../compile/source_map.ts";
import {
  type CompileContext,
  currentOrigin,
  type Frame,
  type Mapping,
  OMITTED,
  type Result,
  type Sink,
  withPath,
} from "../compile/context.ts";
import { createCompileContext } from "../compile/create_context.ts";
import { exceeded, reportDirectiveError, reportError } from "../compile/report.ts";
import { applyVariables } from "./variables.ts";

/** A compiled document of an included file. */
interface Included {
  readonly value: Value;
  readonly place: SourceLocation;
}

/** Puts the documents of another file instead of the mapping. */
export function runInclude(
  context: CompileContext,
  mapping: Mapping,
  sink: Sink | undefined,
): Result {
  const { node, frame, hasEntries } = mapping;
  const before = context.failures;
  const scope = withVariables(context, node["$with"], frame);
  const documents = withPath(
    context,
    "$include",
    () => read(context, node["$include"] ?? null, frame),
  );
  const included = documents.flatMap((document) => compileIncluded(context, document, scope));
  if (hasEntries) return mergeIncluded(context, mapping, included, before);
  // The missing content of an unreadable file is not a second error.
  if (included.length === 0 && context.failures > before && sink === undefined) return ERROR_VALUE;
  if (sink !== undefined) {
    for (const { value, place } of included) sink(value, place);
    return OMITTED;
  }
  const [first] = included;
  if (first === undefined) return OMITTED;
  if (included.length === 1) {
    context.moved = first.place;
    return first.value;
  }
  const list = included.map(({ value }) => value);
  context.sourceMap.set(list, new Map(included.map(({ place }, index) => [index, place])));
  return list;
}

/** The one mapping a file holds, under the keys beside the directive. */
function mergeIncluded(
  context: CompileContext,
  { node, frame }: Mapping,
  included: readonly Included[],
  before: number,
): Value {
  const merged = beginMerge(context);
  const [first, ...others] = included;
  if (first !== undefined && others.length === 0 && isMap(first.value)) {
    addEntries(context, merged, first.value, first.place);
  } else if (context.failures === before) {
    const found = first !== undefined && others.length === 0
      ? describe(first.value)
      : `${included.length} documents`;
    reportDirectiveError(
      context,
      `"$include" must provide exactly one mapping when its mapping has other keys, not ${found}`,
    );
  }
  addEntries(context, merged, context.walk.entries(context, node, frame));
  return merged.value;
}

/** The scope of an included file: the global context and `$with`, not the caller's scope. */
function withVariables(context: CompileContext, node: Value | undefined, frame: Frame): Scope {
  const { context: globals, limits } = context.options;
  if (node === undefined) return rootScope(globals, limits);
  const variables = new Map<string, unknown>(Object.entries(globals));
  applyVariables(context, "$with", node, frame, (name, value) => variables.set(name, value));
  return rootScope(variables, limits);
}

function read(context: CompileContext, node: Value, frame: Frame): readonly ParsedDocument[] {
  const before = context.failures;
  const file = context.walk.value(context, node, frame);
  if (typeof file !== "string") {
    if (context.failures === before) {
      reportDirectiveError(context, `"$include" must be the name of a file, not ${describe(file)}`);
    }
    return [];
  }
  const { include, limits } = context.options;
  if (include === undefined) {
    reportDirectiveError(
      context,
      '"$include" is not available here',
      "Pass a function that reads files",
    );
    return [];
  }
  const chain = [...context.chain, context.document.source.url];
  if (chain.length > limits.includeDepth) {
    throw exceeded(
      context,
      "includeDepth",
      `Includes nest more than ${limits.includeDepth} levels deep`,
    );
  }
  let documents: readonly ParsedDocument[] = [];
  try {
    documents = include(file, context.document.source);
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    // An error about the file as a whole is reported where the file is named.
    reportError(context, withOrigin(error, currentOrigin(context)));
  }
  const url = documents[0]?.source.url;
  if (url === undefined || !chain.includes(url)) return documents;
  const circle = [...chain.slice(chain.indexOf(url)), url];
  const { root } = context.document.source;
  const names = circle.map((one) => one.startsWith(root) ? one.slice(root.length) : one);
  reportDirectiveError(
    context,
    `Files include each other: ${names.map(decodeURI).join(" → ")}`,
  );
  return [];
}

function compileIncluded(
  outer: CompileContext,
  document: ParsedDocument,
  scope: Scope,
): Included[] {
  const included: Included[] = [];
  const context = createCompileContext(document, outer.options, outer.walk, outer);
  const frame = { scope, opaque: undefined, hasKind: false };
  try {
    context.walk.into(
      context,
      document.value,
      frame,
      (value, place) => included.push({ value, place }),
    );
  } finally {
    outer.failures += context.failures;
  }
  return included;
}
