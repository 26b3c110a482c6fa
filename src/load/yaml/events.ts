/** Positions of nodes in the events of a YAML text. */
import type { Event, ScalarEvent } from "js-yaml";
import type { Path, PathSegment } from "../../contract/resource.ts";
import type { Anchor, TextPart } from "../../contract/source.ts";
import { EVENT_ID, loadLibrary, SCALAR_STYLE } from "./js_yaml.js";
import { rangeInScalar } from "./scalar_offset.ts";

/** The events of a string, whose offsets are relative to it. */
export interface EventStream {
  readonly events: readonly Event[];
  readonly text: string;
}

/** The maximum distance at which the dash of the next list item is searched. */
const FARTHEST = 1000;

/** True where the event has no text in the source: the value of `key:`. */
export function isEmptyScalar(event: Event): boolean {
  return event.type === EVENT_ID.SCALAR && event.valueStart === -1 && event.tagStart === -1 &&
    event.anchorStart === -1;
}

/** The text of a scalar, its quotes and escapes undone. */
export function scalarText(event: ScalarEvent, text: string): string {
  return event.fast
    ? text.slice(event.valueStart, event.valueEnd)
    : loadLibrary().getScalarValue(text, event);
}

/** An event of a document. Events are balanced, so a walk over them ends before they do. */
function eventAt(events: EventStream["events"], at: number): Event {
  return events[at]!;
}

/** The range of the node whose event is at `at`. */
export function rangeOf({ events, text }: EventStream, at: number): TextPart {
  const event = eventAt(events, at);
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return scalarRange(event, text) ?? emptyRange({ events, text }, at);
    case EVENT_ID.ALIAS:
      return { start: event.anchorStart - 1, end: event.anchorEnd };
    case EVENT_ID.SEQUENCE:
      return { start: event.start, end: event.start + 1 };
    case EVENT_ID.MAPPING:
      // A block map starts at its first key.
      return text[event.start] === "{"
        ? { start: event.start, end: event.start + 1 }
        : rangeOf({ events, text }, at + 1);
    default:
      return { start: 0, end: 0 };
  }
}

function scalarRange(event: ScalarEvent, text: string): TextPart | undefined {
  const { valueStart, valueEnd, tagStart, tagEnd, anchorStart, anchorEnd } = event;
  if (valueStart === -1) {
    if (tagStart !== -1) return { start: tagStart, end: tagEnd };
    return anchorStart === -1 ? undefined : { start: anchorStart - 1, end: anchorEnd };
  }
  switch (event.style) {
    case SCALAR_STYLE.SINGLE_QUOTED:
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return { start: valueStart - 1, end: valueEnd + 1 };
    case SCALAR_STYLE.LITERAL_BLOCK:
    case SCALAR_STYLE.FOLDED_BLOCK: {
      const header = /[|>][-+0-9]*(?=[ \t]*(?:[ \t]#.*)?(?:\r\n?|\n)?$)/.exec(
        text.slice(lineStart(text, valueStart - 1), valueStart),
      );
      const start = lineStart(text, valueStart - 1) + (header?.index ?? 0);
      return { start, end: start + (header?.[0].length ?? 0) };
    }
    default:
      return { start: valueStart, end: valueEnd };
  }
}

function lineStart(text: string, before: number): number {
  // The "\n" of "\r\n" does not start an empty line.
  const end = text[before] === "\n" && text[before - 1] === "\r" ? before - 1 : before;
  return Math.max(text.lastIndexOf("\n", end - 1), text.lastIndexOf("\r", end - 1)) + 1;
}

/** The range of an empty value: the dash of its item, or the node before it. */
function emptyRange(stream: EventStream, at: number): TextPart {
  const { events, text } = stream;
  let previous = at - 1;
  while (eventAt(events, previous).type === EVENT_ID.POP) previous--;
  const before = eventAt(events, previous);
  if (before.type === EVENT_ID.DOCUMENT) return { start: 0, end: 0 };
  if (previous === at - 1 && "start" in before) {
    return { start: before.start, end: before.start + 1 };
  }
  const range = rangeOf(stream, previous);
  const end = before.type === EVENT_ID.SCALAR ? Math.max(range.end, before.valueEnd) : range.end;
  const dash = /[\r\n][ \t]*-(?=\s|$)/.exec(text.slice(end - 1, end + FARTHEST));
  if (dash === null) return range;
  const start = end - 1 + dash.index + dash[0].length - 1;
  return { start, end: start + 1 };
}

/** The index of the event after the node that begins at `at`. */
export function skipNode({ events }: EventStream, at: number): number {
  let depth = 0;
  do {
    const { type } = eventAt(events, at++);
    if (type === EVENT_ID.POP) depth--;
    else if (type !== EVENT_ID.SCALAR && type !== EVENT_ID.ALIAS) depth++;
  } while (depth > 0);
  return at;
}

/** A mapping's entry, or a list's item without a key. */
interface Child {
  readonly key: number | undefined;
  readonly value: number;
}

/**
 * The range of the node at `path` in the document whose root is event `root`, or of its nearest
 * existing ancestor.
 */
export function findRange(
  stream: EventStream,
  root: number,
  path: Path,
  anchor: Anchor = "value",
): TextPart {
  let found: Child = { key: undefined, value: root };
  for (const step of path) {
    const child = findChild(stream, root, found.value, step);
    if (child === undefined) return rangeOf(stream, found.key ?? found.value);
    found = child;
  }
  if (typeof anchor === "object") return partOf(stream, root, found.value, anchor);
  const isMissing = isEmptyScalar(eventAt(stream.events, found.value));
  const wanted = anchor === "key" || isMissing ? found.key : undefined;
  return rangeOf(stream, wanted ?? found.value);
}

/** The range of a part of a string; of the whole node if it is not a string. */
function partOf(stream: EventStream, root: number, at: number, { start, end }: TextPart): TextPart {
  const event = eventAt(stream.events, followAlias(stream, root, at) ?? at);
  if (event.type !== EVENT_ID.SCALAR || event.valueStart === -1) return rangeOf(stream, at);
  return rangeInScalar(event, stream.text, scalarText(event, stream.text), start, end);
}

function findChild(
  stream: EventStream,
  root: number,
  at: number,
  step: PathSegment,
): Child | undefined {
  const target = followAlias(stream, root, at);
  if (target === undefined) return undefined;
  const { type } = eventAt(stream.events, target);
  if (type === EVENT_ID.MAPPING) return findEntry(stream, root, target, String(step));
  return type === EVENT_ID.SEQUENCE && typeof step === "number"
    ? childrenOf(stream, root, target).items[step]
    : undefined;
}

/** The children of a list or mapping. */
interface Children {
  readonly items: readonly Child[];
  readonly entries: ReadonlyMap<string, Child>;
  /** The values of merge keys. */
  readonly merges: readonly number[];
}

/** Children by the event of their parent, cached because errors often come in clusters. */
const known = new WeakMap<EventStream, Map<number, Children>>();

function childrenOf(stream: EventStream, root: number, parent: number): Children {
  let all = known.get(stream);
  if (all === undefined) known.set(stream, all = new Map());
  let children = all.get(parent);
  if (children === undefined) all.set(parent, children = readChildren(stream, root, parent));
  return children;
}

function readChildren(stream: EventStream, root: number, parent: number): Children {
  const { events, text } = stream;
  const isList = eventAt(events, parent).type === EVENT_ID.SEQUENCE;
  const items: Child[] = [];
  const entries = new Map<string, Child>();
  const merges: number[] = [];
  for (let at = parent + 1; eventAt(events, at).type !== EVENT_ID.POP;) {
    const key = at;
    at = skipNode(stream, at);
    if (isList) {
      items.push({ key: undefined, value: key });
      continue;
    }
    const value = at;
    at = skipNode(stream, at);
    const event = eventAt(events, followAlias(stream, root, key) ?? key);
    if (event.type !== EVENT_ID.SCALAR) continue;
    const name = scalarText(event, text);
    if (isMergeKey(event, text)) merges.push(value);
    else if (!entries.has(name)) entries.set(name, { key, value });
  }
  return { items, entries, merges };
}

function findEntry(
  stream: EventStream,
  root: number,
  mapping: number,
  wanted: string,
): Child | undefined {
  const { entries, merges } = childrenOf(stream, root, mapping);
  const own = entries.get(wanted);
  if (own !== undefined) return own;
  for (const merge of merges) {
    const found = findMerged(stream, root, merge, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findMerged(
  stream: EventStream,
  root: number,
  at: number,
  wanted: string,
): Child | undefined {
  const target = followAlias(stream, root, at);
  if (target === undefined) return undefined;
  const { type } = eventAt(stream.events, target);
  if (type === EVENT_ID.MAPPING) return findEntry(stream, root, target, wanted);
  if (type !== EVENT_ID.SEQUENCE) return undefined;
  for (let item = target + 1; eventAt(stream.events, item).type !== EVENT_ID.POP;) {
    const found = findMerged(stream, root, item, wanted);
    if (found !== undefined) return found;
    item = skipNode(stream, item);
  }
  return undefined;
}

/** True for the merge key `<<`; a quoted one is an ordinary key. */
export function isMergeKey(event: ScalarEvent, text: string): boolean {
  return event.style === SCALAR_STYLE.PLAIN && event.valueEnd - event.valueStart === 2 &&
    text.startsWith("<<", event.valueStart) && event.tagStart === -1;
}

/** The node that an alias refers to; any other node itself. */
function followAlias({ events, text }: EventStream, root: number, at: number): number | undefined {
  const alias = eventAt(events, at);
  if (alias.type !== EVENT_ID.ALIAS) return at;
  const name = text.slice(alias.anchorStart, alias.anchorEnd);
  for (let index = at - 1; index >= root; index--) {
    const event = eventAt(events, index);
    if (
      "anchorStart" in event && event.type !== EVENT_ID.ALIAS && event.anchorStart !== -1 &&
      text.slice(event.anchorStart, event.anchorEnd) === name
    ) {
      // An alias inside the anchored node would contain itself.
      return skipNode({ events, text }, index) <= at ? index : undefined;
    }
  }
  return undefined;
}
