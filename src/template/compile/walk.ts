/** The walk over a document: strings, lists and mappings. What does not change is shared. */
import { bothSets, patternSetOf } from "../../contract/pattern_set.ts";
import { isMap, Raw, type Value, type ValueMap } from "../../contract/resource.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { hasExpression, interpolate, scan } from "../expr/interpolate.ts";
import { setOwn } from "../../contract/own_key.ts";
import { addEntry, evaluateKey, evaluateText } from "../evaluation.ts";
import { hasDirective, isDirective } from "../directives/table.ts";
import { isKeptAsParsed, isOpaqueKey, isSchemaKey, unwrapRaw } from "../opaque.ts";
import type { Children, SourceLocation } from "./source_map.ts";
import { runDirectives } from "../directives/run_directives.ts";
import { warnOfExpressions } from "./schema_warnings.ts";
import {
  type CompileContext,
  currentLocation,
  type Frame,
  noteEvaluated,
  OMITTED,
  type Result,
  type Sink,
  takeLocation,
  type Walk,
} from "./context.ts";
import { charge, checkNesting, nestsTooDeeply } from "./report.ts";

/** The walk that documents are compiled by. */
export const walk: Walk = { value: compileValue, into: compileInto, entries: compileEntries };

function compileValue(context: CompileContext, node: Value, frame: Frame): Result {
  if (typeof node === "string") {
    if (hasExpression(node)) return compileText(context, node, frame);
    charge(context, 1, node.length);
    return node;
  }
  charge(context, 1, 0);
  if (typeof node !== "object" || node === null) return node;
  if (context.path.length >= context.options.limits.nesting) throw nestsTooDeeply(context);
  if (Array.isArray(node)) return compileList(context, node, frame);
  if (node instanceof Raw) return unwrapRaw(node);
  if (!isPlainMap(node)) return node;
  return hasDirective(node)
    ? runDirectives(context, node, frame, undefined)
    : compileEntries(context, node, frame);
}

/** Mappings as parsing makes them; anything else a caller hands in is data as it is. */
function isPlainMap(node: Value): node is ValueMap {
  if (!isMap(node)) return false;
  const prototype = Object.getPrototypeOf(node);
  return prototype === Object.prototype || prototype === null;
}

function compileText(context: CompileContext, text: string, { scope }: Frame): Value {
  const { path, reporter } = context;
  const value = evaluateText(
    () => {
      const result = interpolate(scan(text, "both"), scope);
      noteEvaluated(context, text, scope);
      return result;
    },
    path,
    reporter,
  );
  checkNesting(context, value);
  return value;
}

function compileInto(context: CompileContext, node: Value, frame: Frame, sink: Sink): void {
  if (isPlainMap(node) && hasDirective(node)) {
    charge(context, 1, 0);
    const result = runDirectives(context, node, frame, sink);
    if (result !== OMITTED) sink(result, takeLocation(context));
    return;
  }
  const result = compileValue(context, node, frame);
  if (result !== OMITTED) sink(result, takeLocation(context));
}

function compileList(context: CompileContext, list: Value[], frame: Frame): Value[] {
  let out: Value[] | undefined;
  let children: Children | undefined;
  const add = (value: Value, place: SourceLocation) => {
    // `out` exists wherever something is added to it.
    (children ??= new Map()).set(out!.length, place);
    out!.push(value);
  };
  for (let index = 0; index < list.length; index++) {
    // The index is below the length.
    const item = list[index]!;
    context.path.push(index);
    const inner = step(frame, index);
    if (inner.opaque?.isEnd) {
      const value = unwrapRaw(item);
      if (out === undefined && value !== item) out = list.slice(0, index);
      out?.push(value);
    } else if (isPlainMap(item) && hasDirective(item)) {
      out ??= list.slice(0, index);
      compileInto(context, item, inner, add);
    } else {
      const value = compileValue(context, item, inner) as Value;
      if (out === undefined && value !== item) out = list.slice(0, index);
      if (out?.length === index) out.push(value);
      else if (out !== undefined) add(value, currentLocation(context));
    }
    context.path.pop();
  }
  context.moved = undefined;
  if (out !== undefined && children !== undefined) context.sourceMap.set(out, children);
  return out ?? list;
}

function compileEntries(context: CompileContext, node: ValueMap, frame: Frame): ValueMap {
  const keys = Object.keys(node);
  const kind = node["kind"];
  const hasKind = frame.hasKind || kind !== undefined;
  const paths = kind === undefined ? frame.opaque : withOwnPaths(context, node, frame);
  const around = frame.hasKind || paths !== frame.opaque
    ? { scope: frame.scope, opaque: paths, hasKind: false }
    : frame;
  let out: ValueMap | undefined;
  let children: Children | undefined;
  for (let index = 0; index < keys.length; index++) {
    // The index is below the length, and the key is one of the mapping.
    const key = keys[index]!;
    if (isDirective(key)) {
      out ??= copyKeys(node, keys, index);
      continue;
    }
    // The key is one of the mapping.
    const item = node[key]!;
    if (isKeptAsParsed(key, kind)) {
      if (out !== undefined) setOwn(out, key, item);
      continue;
    }
    context.path.push(key);
    const inner = step(around, key);
    if (context.options.checking && isSchemaKey(key)) warnOfExpressions(context, item);
    const value = isOpaqueKey(key, hasKind) || inner.opaque?.isEnd
      ? unwrapRaw(item)
      : compileValue(context, item, inner);
    const moved = context.moved;
    context.moved = undefined;
    const name = hasExpression(key) ? compileKey(context, key, frame) : key;
    if (out === undefined && (value !== item || name !== key)) out = copyKeys(node, keys, index);
    if (out !== undefined && value !== OMITTED && name !== undefined) {
      addEntry(out, name, value, context.path, context.reporter);
      if (moved !== undefined || name !== key) {
        (children ??= new Map()).set(name, moved ?? currentLocation(context));
      }
    }
    context.path.pop();
  }
  context.moved = undefined;
  if (out !== undefined && children !== undefined) context.sourceMap.set(out, children);
  return out ?? node;
}

/** The first entries of a mapping that did not change; directives are no entries. */
function copyKeys(node: ValueMap, keys: readonly string[], end: number): ValueMap {
  const copy: ValueMap = {};
  for (const key of keys.slice(0, end)) setOwn(copy, key, node[key] ?? null);
  return copy;
}

function step(frame: Frame, key: string | number): Frame {
  return frame.opaque === undefined
    ? frame
    : { scope: frame.scope, opaque: frame.opaque.next(key), hasKind: false };
}

/** The opaque paths that lead on from a mapping, with those of its own kind. */
function withOwnPaths(context: CompileContext, node: ValueMap, frame: Frame): Frame["opaque"] {
  const { opaque } = context.options;
  let kind = node["kind"];
  if (opaque === undefined || typeof kind !== "string") return frame.opaque;
  if (hasExpression(kind)) {
    context.path.push("kind");
    kind = compileText(context, kind, frame);
    context.path.pop();
    if (typeof kind !== "string") return frame.opaque;
  }
  const own = opaque(kind);
  return own === undefined ? frame.opaque : bothSets(frame.opaque, patternSetOf(own));
}

/** A key with its expressions evaluated; `undefined` when it fails. */
function compileKey(
  { path, reporter }: CompileContext,
  key: string,
  { scope }: Frame,
): string | undefined {
  return evaluateKey(() => interpolate(scanKey(key), scope), path, reporter);
}

/** The parts of a key. A colon within an expression ends the key for YAML, which is easily missed. */
function scanKey(key: string): ReturnType<typeof scan> {
  try {
    return scan(key, "both");
  } catch (error) {
    const isCut = error instanceof ExpressionError && /no closing/.test(error.problem) &&
      key.includes("?");
    if (!isCut) throw error;
    throw error.with({ help: 'For YAML, ": " ends a key here: put the whole string in quotes' });
  }
}
