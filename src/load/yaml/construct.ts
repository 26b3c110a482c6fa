/**
 * Builds the values of YAML documents from parser events and checks keys, tags, aliases and
 * limits. Positions are not recorded: they are found again when an error needs one.
 */
import type {
  AliasEvent,
  DocumentEvent,
  Event,
  MappingEvent,
  ScalarEvent,
  SequenceEvent,
} from "js-yaml";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import {
  isMap,
  type Path,
  type PathSegment,
  Raw,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import {
  type EventStream,
  findRange,
  isEmptyScalar,
  isMergeKey,
  rangeOf,
  scalarText,
  skipNode,
} from "./events.ts";
import { EVENT_ID, SCALAR_STYLE } from "./js_yaml.js";
import type { TextPart } from "../../contract/source.ts";
import type { Problem } from "../../diagnostics/yaml/problem.ts";
import {
  aliasInItself,
  duplicateKey,
  FORBIDDEN_KEY,
  keyMustBeString,
  MERGE_OF_NO_MAP,
  MISSING_KEY,
  type ReachedLimit,
  reachedLimit,
  SECOND_RESOURCE,
  TWO_MERGES,
  unknownAnchor,
  type Words,
} from "./construct_problems.ts";
import { readPlain, Unrepresentable } from "./scalar.ts";
import { checkCollectionTag, checkKeyTag, readTagged, shortTag } from "./tags.ts";

/** Options of {@link constructDocuments}. */
export interface ConstructOptions {
  readonly limits: Limits;
  /** Called for each mistake. Unless it throws, the node is left out and construction continues. */
  readonly report: (problem: Problem) => void;
  /** Called for each document with its value, `undefined` if it is empty, and the index of its root event. */
  readonly onDocument: (value: Value | undefined, root: number) => void;
}

/** Ends the construction after a limit was reached. */
export class Stopped extends Error {}

/** A collection that is being built. */
interface Frame {
  readonly parent: Frame | undefined;
  readonly depth: number;
  /** The key or index that is being built. */
  step: PathSegment | undefined;
}

/** A mapping's entries while it is being built. */
interface Entries {
  readonly map: ValueMap;
  readonly frame: Frame;
  hasMerge: boolean;
  /** Keys from a merge, which explicit keys override. */
  merged: Set<string> | undefined;
  /** A second resource began without a `---` before it. */
  isSecond: boolean;
}

type CollectionEvent = MappingEvent | SequenceEvent;
type NodeEvent = ScalarEvent | CollectionEvent;

/** The node that an alias refers to. */
interface AnchorTarget {
  readonly value: Value;
  /** The number of nodes, where shared ones count each time. */
  readonly nodes: number;
  /** How deep collections nest in it. */
  readonly height: number;
}

/**
 * Builds the documents of a stream.
 *
 * @throws Stopped when a limit was reached and `report` did not throw
 */
export function constructDocuments(stream: EventStream, options: ConstructOptions): void {
  const { events, text } = stream;
  const { limits } = options;
  let at = 0;
  let root = 0;
  let handles: ReadonlyMap<string, string> = new Map();
  /** By name; `undefined` while the node is being built. */
  let anchors = new Map<string, AnchorTarget | undefined>();
  let aliases = 0;
  let nodes = 0;
  /** The deepest collection since the last anchored one began. */
  let deepest = 0;

  while (at < events.length) {
    handles = tagHandles(events[at] as DocumentEvent);
    anchors = new Map();
    aliases = nodes = deepest = 0;
    root = ++at;
    const isEmpty = isEmptyScalar(currentEvent());
    const value = readNode(undefined);
    at++;
    options.onDocument(isEmpty ? undefined : value, root);
  }

  /** Events are balanced, so a walk over a document ends before they do. */
  function currentEvent(): Event {
    return events[at]!;
  }

  function readNode(frame: Frame | undefined): Value {
    const event = currentEvent();
    if (++nodes > limits.nodes) {
      stop("nodes", frame);
    }
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return readScalar(event, frame);
      case EVENT_ID.ALIAS:
        return readAlias(event, frame);
      default:
        return readCollection(event as CollectionEvent, frame);
    }
  }

  function readScalar(event: ScalarEvent, frame: Frame | undefined): Value {
    const content = scalarText(event, text);
    const isPlain = event.style === SCALAR_STYLE.PLAIN;
    const tag = event.tagStart === -1 ? undefined : tagOf(event);
    let value: Value | Unrepresentable = content;
    if (tag !== undefined) value = readTagged(tag, content, isPlain);
    else if (isPlain) value = readPlain(content);
    if (value instanceof Unrepresentable) {
      if (tag === undefined || tag === "!raw") report(value, frame);
      else reportTag(event, value, frame);
      value = content;
    }
    if (tag === "!raw") value = new Raw(value);
    if (event.anchorStart !== -1) anchors.set(anchorName(event), { value, nodes: 1, height: 0 });
    at++;
    return value;
  }

  function readCollection(event: CollectionEvent, parent: Frame | undefined): Value {
    const depth = parent === undefined ? 1 : parent.depth + 1;
    if (depth > limits.nesting) stop("nesting", parent);
    const tag = event.tagStart === -1 ? undefined : tagOf(event);
    const misfit = tag && checkCollectionTag(tag, event.type === EVENT_ID.MAPPING);
    if (misfit) reportTag(event, misfit, parent);
    const name = event.anchorStart === -1 ? undefined : anchorName(event);
    const nodesBefore = nodes;
    const deepestBefore = deepest;
    if (name !== undefined) {
      anchors.set(name, undefined);
      deepest = depth;
    }
    if (depth > deepest) deepest = depth;
    at++;
    const frame: Frame = { parent, depth, step: undefined };
    const items = event.type === EVENT_ID.MAPPING ? readMapping(frame) : readList(frame);
    at++;
    const value = tag === "!raw" ? new Raw(items) : items;
    if (name !== undefined) {
      anchors.set(name, { value, nodes: nodes - nodesBefore + 1, height: deepest - depth + 1 });
      deepest = Math.max(deepest, deepestBefore);
    }
    return value;
  }

  function readList(frame: Frame): Value[] {
    const list: Value[] = [];
    while (currentEvent().type !== EVENT_ID.POP) {
      frame.step = list.length;
      list.push(readNode(frame));
    }
    return list;
  }

  function readMapping(frame: Frame): ValueMap {
    const entries: Entries = {
      map: {},
      frame,
      hasMerge: false,
      merged: undefined,
      isSecond: false,
    };
    while (currentEvent().type !== EVENT_ID.POP) {
      const event = currentEvent();
      if (event.type === EVENT_ID.SCALAR && isMergeKey(event, text)) {
        readMerge(entries);
        continue;
      }
      frame.step = undefined;
      const key = readKey(frame);
      if (key === undefined || !addKey(key, entries)) {
        at = skipNode(stream, skipNode(stream, at));
        continue;
      }
      at++;
      entries.map[key] = readNode(frame);
    }
    return entries.map;
  }

  /** The key at the current event; reports an invalid one and returns `undefined`. */
  function readKey(frame: Frame): string | undefined {
    const event = currentEvent();
    if (event.type === EVENT_ID.ALIAS) {
      const value = findAnchor(event, frame)?.value;
      if (value === undefined) return undefined;
      if (value === null || typeof value !== "object") return String(value);
    } else if (event.type === EVENT_ID.SCALAR) {
      if (event.valueStart === -1) {
        report(MISSING_KEY, frame);
        return undefined;
      }
      const misfit = event.tagStart === -1 ? undefined : checkKeyTag(tagOf(event));
      if (misfit !== undefined) reportTag(event, misfit, frame);
      const key = scalarText(event, text);
      if (event.anchorStart !== -1) {
        anchors.set(anchorName(event), { value: key, nodes: 1, height: 0 });
      }
      return key;
    }
    const { start, end } = rangeOf(stream, at);
    const isDoubled = text.startsWith("{{", start - 1);
    report(keyMustBeString(isDoubled), frame, { start: isDoubled ? start - 1 : start, end });
    return undefined;
  }

  /** Returns false, and reports why, if the key cannot be added. */
  function addKey(key: string, entries: Entries): boolean {
    const { map, frame, merged } = entries;
    frame.step = key;
    if (key === "__proto__") {
      report(FORBIDDEN_KEY, frame);
      return false;
    }
    if (!Object.hasOwn(map, key) || merged?.delete(key)) return true;
    const path = pathOf(frame);
    // A missing `---` makes every key of the second resource a duplicate; report it once.
    if (entries.isSecond) return false;
    if (frame.parent === undefined && (key === "kind" || key === "metadata")) {
      entries.isSecond = Object.hasOwn(map, "kind") && Object.hasOwn(map, "metadata");
    }
    options.report({
      ...(entries.isSecond ? SECOND_RESOURCE : duplicateKey(key)),
      range: rangeOf(stream, at),
      path,
      related: { message: "the first one", range: findRange(stream, root, path, "key") },
    });
    return false;
  }

  function readMerge(entries: Entries): void {
    const { map, frame } = entries;
    frame.step = "<<";
    if (entries.hasMerge) {
      report(TWO_MERGES, frame);
    }
    entries.hasMerge = true;
    const valueAt = ++at;
    const value = readNode(frame);
    const sources = Array.isArray(value) ? value : [value];
    if (!sources.every(isMap)) {
      const end = at;
      at = valueAt;
      report(MERGE_OF_NO_MAP, frame);
      at = end;
      return;
    }
    for (const source of sources) {
      for (const [key, child] of Object.entries(source)) {
        if (Object.hasOwn(map, key)) continue;
        map[key] = child;
        (entries.merged ??= new Set()).add(key);
      }
    }
  }

  function readAlias(event: AliasEvent, frame: Frame | undefined): Value {
    const target = findAnchor(event, frame);
    if (target === undefined) {
      at++;
      return null;
    }
    const depth = (frame?.depth ?? 0) + target.height;
    if (depth > limits.nesting) stop("nesting", frame);
    if (depth > deepest) deepest = depth;
    nodes += target.nodes - 1;
    if (nodes > limits.nodes) {
      stop("nodes", frame);
    }
    at++;
    return target.value;
  }

  /** The node that an alias refers to; reports a missing one. */
  function findAnchor(event: AliasEvent, frame: Frame | undefined): AnchorTarget | undefined {
    if (++aliases > limits.aliases) {
      stop("aliases", frame);
    }
    const name = anchorName(event);
    const target = anchors.get(name);
    if (target !== undefined) return target;
    report(anchors.has(name) ? aliasInItself(name) : unknownAnchor(name, anchors.keys()), frame);
    return undefined;
  }

  function anchorName({ anchorStart, anchorEnd }: NodeEvent | AliasEvent): string {
    return text.slice(anchorStart, anchorEnd);
  }

  function tagOf({ tagStart, tagEnd }: NodeEvent): string {
    return shortTag(text.slice(tagStart, tagEnd), handles);
  }

  function reportTag(event: NodeEvent, misfit: Unrepresentable, frame: Frame | undefined): void {
    const range = { start: event.tagStart, end: event.tagEnd };
    report(misfit, frame, range);
  }

  function stop(limit: ReachedLimit, frame: Frame | undefined): never {
    const problem = reachedLimit(limit, limits[limit]);
    const help = raiseLimit(limit, limits[limit]);
    options.report({ problem, help, range: rangeOf(stream, at), path: pathOf(frame), limit });
    throw new Stopped(problem);
  }

  function report(
    { problem, help }: Words,
    frame: Frame | undefined,
    range: TextPart = rangeOf(stream, at),
  ): void {
    options.report({ problem, help, range, path: pathOf(frame) });
  }
}

function tagHandles({ directives }: DocumentEvent): ReadonlyMap<string, string> {
  return new Map(
    directives.flatMap((directive) =>
      directive.kind === "tag" ? [[directive.handle, directive.prefix]] : []
    ),
  );
}

function pathOf(frame: Frame | undefined): Path {
  const steps: PathSegment[] = [];
  for (let each = frame; each !== undefined; each = each.parent) {
    if (each.step !== undefined) steps.unshift(each.step);
  }
  return steps;
}
