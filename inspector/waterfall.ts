/** The steps of an execution as bars on one line of time. */
import type { Span } from "../src/inspector/api.ts";

/** A step, in the order and at the depth in which it is shown. */
export interface WaterfallRow {
  readonly span: Span;
  /** 0 for the execution itself. */
  readonly depth: number;
  /** Where the bar begins and how long it is, in percent of the whole. */
  readonly left: number;
  readonly width: number;
}

/** A bar of less than this, in percent, would not be seen. */
const LEAST = 0.4;

/** The rows: every step below the one that called it, in the order in which they started. */
export function waterfall(spans: readonly Span[], totalMs: number): readonly WaterfallRow[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = new Map<string | undefined, Span[]>();
  for (const span of spans) {
    // The caller of the first one is not part of the execution; that of others may be cut.
    const parent = span.parent !== undefined && ids.has(span.parent) ? span.parent : undefined;
    const siblings = children.get(parent) ?? [];
    children.set(parent, siblings);
    siblings.push(span);
  }
  const start = spans.reduce((least, { startMs }) => Math.min(least, startMs), Infinity);
  const total = spans.reduce(
    (most, { startMs, ms = 0 }) => Math.max(most, startMs - start + ms),
    Math.max(totalMs, 0.001),
  );
  const rows: WaterfallRow[] = [];
  const pending: [span: Span, depth: number][] = [];
  const add = (parent: string | undefined, depth: number) => {
    const spans = children.get(parent) ?? [];
    children.delete(parent);
    spans.sort((a, b) => b.startMs - a.startMs);
    for (const span of spans) pending.push([span, depth]);
  };
  add(undefined, 0);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [span, depth] = next;
    // A step that has not ended lasts until now.
    const ms = span.ms ?? total - (span.startMs - start);
    const left = Math.min(100 - LEAST, Math.max(0, (span.startMs - start) / total * 100));
    const width = Math.min(100 - left, Math.max(LEAST, ms / total * 100));
    rows.push({ span, depth, left, width });
    add(span.id, depth + 1);
  }
  return rows;
}
