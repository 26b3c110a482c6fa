/**
 * The lines of events of executions, of which there are two for every execution. One differs from the
 * last of the same resource only in its time, ids and duration, so these are replaced in the bytes of
 * that line. Making a string and encoding it takes twice as long.
 */
import type { EventRecord, ExecutionPayload } from "../contract/events.ts";

/** A line of the event stream: the first `length` of the `bytes`, valid until the next line. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly length: number;
}

const TIMESTAMP_LENGTH = "2026-01-01T00:00:00.000Z".length;
const TRACE_ID_LENGTH = 32;
const SPAN_ID_LENGTH = 16;

/** The longest that JavaScript writes has a sign, 17 digits, a point and an exponent. */
const LONGEST_NUMBER = 25;

/** By name of an event, then by name of a resource, then by shape: there are few of each. */
const known = new Map<string, Map<string, Map<number, ExecutionLine>>>();
let size = 0;

/** No app has more resources and events than that. */
const MAX_LINES = 20_000;

/**
 * The line that `JSON.stringify` would give for the event of an execution that has not failed;
 * `undefined` for one that has.
 */
export function executionLine(record: EventRecord): Line | undefined {
  const payload = record.payload as ExecutionPayload;
  const { traceId, spanId, parentSpanId, error } = payload;
  // Without a compiler, a caller may have given another type as an id.
  const isUsual = error === undefined && record.timestamp.length === TIMESTAMP_LENGTH &&
    traceId.length === TRACE_ID_LENGTH && spanId.length === SPAN_ID_LENGTH &&
    (parentSpanId === undefined || parentSpanId.length === SPAN_ID_LENGTH);
  if (!isUsual) return undefined;
  const lines = linesOf(record);
  const shape = shapeOf(payload);
  const last = lines.get(shape);
  if (last !== undefined && last.kind === record.kind) {
    last.update(record.timestamp, payload);
    return last;
  }
  const first = new ExecutionLine(record);
  lines.set(shape, first);
  size++;
  return first;
}

function linesOf({ event, name }: EventRecord): Map<number, ExecutionLine> {
  if (size >= MAX_LINES) {
    known.clear();
    size = 0;
  }
  let ofEvent = known.get(event);
  if (ofEvent === undefined) known.set(event, ofEvent = new Map());
  // Events of executions name their resource.
  let lines = ofEvent.get(name!);
  if (lines === undefined) ofEvent.set(name!, lines = new Map());
  return lines;
}

/** Which fields a payload has, and its depth. */
function shapeOf({ depth, parentSpanId, sampled, duration }: ExecutionPayload): number {
  return depth * 8 + (parentSpanId === undefined ? 0 : 4) + (sampled === undefined ? 0 : 2) +
    (duration === undefined ? 0 : 1);
}

/** A line whose time, ids and duration can be replaced. */
class ExecutionLine implements Line {
  readonly kind: string | undefined;
  readonly bytes: Uint8Array;
  length: number;
  #timestamp: string;
  #durationLength: number;
  readonly #timestampAt: number;
  readonly #payloadTraceAt: number;
  readonly #spanAt: number;
  readonly #parentSpanAt: number;
  readonly #durationAt: number;
  /** Where the trace id of the record is, counted from the end, since the duration is before it. */
  readonly #traceFromEnd: number;

  constructor(record: EventRecord) {
    const encoder = new TextEncoder();
    const text = JSON.stringify(record) + "\n";
    const line = encoder.encode(text);
    const { duration } = record.payload as ExecutionPayload;
    // Within a string quotes are escaped, so no name can look like a key.
    const after = (key: string, at = text.indexOf(key)) =>
      encoder.encode(text.slice(0, at + key.length)).length;
    this.kind = record.kind;
    this.bytes = new Uint8Array(line.length + LONGEST_NUMBER);
    this.bytes.set(line);
    this.length = line.length;
    this.#timestamp = record.timestamp;
    this.#timestampAt = after('"timestamp":"');
    this.#payloadTraceAt = after('"traceId":"');
    this.#spanAt = after('"spanId":"');
    this.#parentSpanAt = after('"parentSpanId":"');
    this.#durationAt = after('"duration":');
    this.#durationLength = String(duration).length;
    const traceAt = after('"traceId":"', text.lastIndexOf('"traceId":"'));
    this.#traceFromEnd = line.length - traceAt;
  }

  /** Makes it the line of another record of the same shape. */
  update(timestamp: string, { traceId, spanId, parentSpanId, duration }: ExecutionPayload): void {
    const { bytes } = this;
    if (timestamp !== this.#timestamp) {
      this.#timestamp = timestamp;
      write(bytes, this.#timestampAt, timestamp);
    }
    if (duration !== undefined) this.#replaceDuration(String(duration));
    const [first, second] = [this.#payloadTraceAt, this.length - this.#traceFromEnd];
    for (let at = 0; at < TRACE_ID_LENGTH; at++) {
      bytes[first + at] = bytes[second + at] = traceId.charCodeAt(at);
    }
    write(bytes, this.#spanAt, spanId);
    if (parentSpanId !== undefined) write(bytes, this.#parentSpanAt, parentSpanId);
  }

  #replaceDuration(text: string): void {
    const [start, previous] = [this.#durationAt, this.#durationLength];
    if (text.length !== previous) {
      this.bytes.copyWithin(start + text.length, start + previous, this.length);
      this.length += text.length - previous;
      this.#durationLength = text.length;
    }
    write(this.bytes, start, text);
  }
}

/** Writes text of ASCII; for as few characters, a loop is faster than an encoder. */
function write(bytes: Uint8Array, start: number, text: string): void {
  for (let at = 0; at < text.length; at++) bytes[start + at] = text.charCodeAt(at);
}
