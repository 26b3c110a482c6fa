/** Scans the body of a template, or the parameters of an instance, into a node tree. */
import {
  type Deferred,
  isDeferred,
  isMap,
  type Path,
  Raw,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import type { Anchor, SourceText } from "../../contract/source.ts";
import { scanResourceTime, writtenIn } from "../deferred/deferred.ts";
import { defer } from "../deferred/deferred_expression.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import { hasExpression } from "../expr/interpolate.ts";
import { readLoop } from "../directives/loop.ts";
import { bothSets, type PatternSet, patternSetOf } from "../../contract/pattern_set.ts";
import { isOpaqueKey, unwrapRaw } from "../opaque.ts";
import { compileSource, readCondition } from "../evaluation.ts";
import type { ErrorReporter } from "../form.ts";
import { weigh } from "../expr/weigh.ts";
import type { Collection, Constant, Entry, Node, Repeated, Text } from "./nodes.ts";

/** Options of scanning, and its error reporting. */
export interface ScanOptions extends ErrorReporter {
  /** Opaque paths that the definition of a kind declares. */
  readonly opaque: (kind: string) => readonly string[] | undefined;
  /** Tells where the items of a kind's lists have a `for` or `if` of their own. */
  readonly ownedKeys: (kind: string) => ((path: Path) => boolean) | undefined;
  /** The text that is scanned, where it is from the network. */
  readonly source?: SourceText | undefined;
  /** `${`, the form that templates do not know, at `offset` of a string. */
  readonly reportBareExpression: (
    text: string,
    offset: number,
    path: Path,
    anchor?: Anchor,
  ) => void;
}

/** What the kind of the resource around a node says about it. */
interface Frame {
  /** The remaining steps of opaque paths below the node. */
  readonly opaque: PatternSet | undefined;
  /** True for a `for` or `if` at a path of the resource that its kind has a meaning for. */
  readonly owns: ((path: Path) => boolean) | undefined;
  /** The path of the node in the resource. */
  readonly at: Path;
}

const NO_KIND: Frame = { opaque: undefined, owns: undefined, at: [] };

/** The frame one step further. */
function into(frame: Frame, step: string | number): Frame {
  const { opaque, owns, at } = frame;
  if (opaque === undefined && owns === undefined) return frame;
  return { opaque: opaque?.next(step), owns, at: owns === undefined ? at : [...at, step] };
}

/** The elements of the list at `path`. */
export function scanList(list: readonly Value[], path: Path, options: ScanOptions): Node[] {
  return list.map((item, index) => scanElement(item, [...path, index], NO_KIND, options));
}

/** Data whose strings were scanned by the compile stage: only what waits is left to evaluate. */
export function scanCompiled(value: Value, path: Path): Node {
  if (isDeferred(value)) return { type: "text", path, deferred: value };
  if (Array.isArray(value)) {
    const items = value.map((item, index) => scanCompiled(item, [...path, index]));
    return items.every(isConstant) ? constant(value, path) : { type: "list", path, items };
  }
  if (!isMap(value)) return constant(value, path);
  const entries = Object.entries(value).map(([key, item]) => (
    { key, node: scanCompiled(item, [...path, key]) }
  ));
  return entries.every(({ node }) => isConstant(node))
    ? constant(value, path)
    : { type: "mapping", path, entries };
}

function isConstant(node: Node): node is Constant {
  return node.type === "constant";
}

function constant(value: Value, path: Path): Constant {
  return { type: "constant", path, value, weight: weigh(value) };
}

function scanNode(value: Value, path: Path, frame: Frame, options: ScanOptions): Node {
  if (typeof value === "string") return scanText(value, path, options);
  if (value instanceof Raw || frame.opaque?.isEnd) return constant(unwrapRaw(value), path);
  if (Array.isArray(value)) {
    const items = value.map((item, index) =>
      scanElement(item, [...path, index], into(frame, index), options)
    );
    return items.every(isConstant)
      ? constant(same(value, items) ? value : items.map((item) => item.value), path)
      : { type: "list", path, items };
  }
  return isMap(value) ? scanMapping(value, path, frame, options) : constant(value, path);
}

function same(list: readonly Value[], items: readonly Constant[]): boolean {
  return items.every((item, index) => item.value === list[index]);
}

function scanText(
  text: string,
  path: Path,
  options: ScanOptions,
  anchor?: Anchor,
): Constant | Text {
  const value = scanString(text, path, options, anchor);
  return isDeferred(value) ? { type: "text", path, deferred: value } : constant(value, path);
}

function scanString(text: string, path: Path, options: ScanOptions, anchor?: Anchor): Value {
  if (!hasExpression(text)) return text;
  for (const { 0: match, index } of text.matchAll(/\$?\$\{\{?/g)) {
    if (match === "${") options.reportBareExpression(text, index, path, anchor);
  }
  try {
    return placed(scanResourceTime(text), options);
  } catch (error) {
    options.reportExpressionError(error, path, anchor);
    return ERROR_VALUE;
  }
}

/** What an expression may read depends on the text that it is written in. */
function placed(value: Value, { source }: ScanOptions): Value {
  return source !== undefined && isDeferred(value) ? writtenIn(value, source) : value;
}

function scanMapping(map: ValueMap, path: Path, frame: Frame, options: ScanOptions): Node {
  const kind = Object.hasOwn(map, "kind") ? map["kind"] : undefined;
  if (typeof kind !== "string") return scanEntries(map, path, frame, kind !== undefined, options);
  if (!hasExpression(kind)) return scanOfKind(map, kind, path, frame, options);
  const text = scanText(kind, [...path, "kind"], options);
  const whatever = scanEntries(map, path, frame, true, options);
  if (isConstant(text)) return whatever;
  const variants = new Map<string, Node>();
  return {
    type: "variants",
    path,
    kind: text,
    forKind(name) {
      if (name === undefined) return whatever;
      if (!options.opaque(name)?.length && !options.ownedKeys(name)) return whatever;
      let node = variants.get(name);
      if (node === undefined) {
        variants.set(name, node = scanOfKind(map, name, path, frame, options));
      }
      return node;
    },
  };
}

function scanOfKind(
  map: ValueMap,
  kind: string,
  path: Path,
  frame: Frame,
  options: ScanOptions,
): Node {
  const own = options.opaque(kind);
  const opaque = own === undefined ? frame.opaque : bothSets(frame.opaque, patternSetOf(own));
  const owns = options.ownedKeys(kind);
  const inner = owns === undefined ? { ...frame, opaque } : { opaque, owns, at: [] };
  return scanEntries(map, path, inner, true, options);
}

function scanEntries(
  map: ValueMap,
  path: Path,
  frame: Frame,
  hasKind: boolean,
  options: ScanOptions,
): Node {
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(map)) {
    const at = [...path, name];
    const key = scanString(name, at, options, "key");
    const inner = into(frame, name);
    const node = isOpaqueKey(name, hasKind) || inner.opaque?.isEnd
      ? constant(unwrapRaw(value), at)
      : scanNode(value, at, inner, options);
    if (typeof key === "string" || isDeferred(key)) entries.push({ key, node });
  }
  const isSame = entries.every(({ key, node }) =>
    typeof key === "string" && isConstant(node) && node.value === map[key]
  );
  return isSame ? constant(map, path) : { type: "mapping", path, entries };
}

/** A list element, which may carry `for` and `if`, unless its kind has them. */
function scanElement(value: Value, path: Path, frame: Frame, options: ScanOptions): Node {
  if (!isMap(value) || frame.opaque?.isEnd) return scanNode(value, path, frame, options);
  const taken = ["for", "if"].filter((key) =>
    Object.hasOwn(value, key) && !frame.owns?.([...frame.at, key])
  );
  if (taken.length === 0) return scanNode(value, path, frame, options);
  const rest = Object.fromEntries(Object.entries(value).filter(([key]) => !taken.includes(key)));
  const [loop, condition] = ["for", "if"].map((key) =>
    taken.includes(key) ? value[key] : undefined
  );
  const keys = Object.keys(rest);
  const [wrapper = ""] = keys.length === 1 ? keys : [];
  const isWrapped = wrapper === "value" || (wrapper === "resource" && isMap(rest[wrapper]));
  return {
    type: "repeated",
    path,
    loops: loop === undefined ? [] : scanLoops(loop, [...path, "for"], options),
    condition: condition === undefined ? true : scanCondition(condition, [...path, "if"], options),
    content: isWrapped
      ? scanElement(rest[wrapper] ?? null, [...path, wrapper], frame, options)
      : scanMapping(rest, path, frame, options),
  } satisfies Repeated;
}

function scanLoops(value: Value, path: Path, options: ScanOptions): Collection[] {
  const list = Array.isArray(value)
    ? value.map((item, index) => scanLoop(item, [...path, index], options))
    : [scanLoop(value, path, options)];
  return list.filter((loop) => loop !== undefined);
}

function scanLoop(value: Value, path: Path, options: ScanOptions): Collection | undefined {
  const loop = readLoop(value, path, options);
  if (loop === undefined) return undefined;
  const { names, collection, offset } = loop;
  return { path, names, deferred: scanSource(collection, offset, path, options), text: collection };
}

function scanCondition(value: Value, path: Path, options: ScanOptions): Text | boolean {
  const condition = readCondition("if", value, path, options) ?? false;
  if (typeof condition === "boolean") return condition;
  return { type: "text", path, deferred: scanSource(condition, 0, path, options) };
}

/** CEL text, written with or without `${{ }}`. */
function scanSource(
  text: string,
  offset: number,
  path: Path,
  options: ScanOptions,
): Deferred {
  try {
    if (text.includes("${{")) {
      const value = scanResourceTime(text);
      if (isDeferred(value)) return placed(value, options) as Deferred;
    }
    const { program, offset: start } = compileSource(text);
    const part = { program, offset: offset + start, bound: undefined, source: options.source };
    return defer([part], true);
  } catch (error) {
    options.reportExpressionError(error, path);
    return ERROR_VALUE;
  }
}
