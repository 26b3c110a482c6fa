/** The JSON of the events of executions, of which there are two for every execution. */
import type { EventRecord, ExecutionPayload } from "../contract/events.ts";

/** Names as they are within a string of JSON: there are few, and every event has three. */
const escapedNames = new Map<string, string>();

/** More names than that are no app's. */
const MAX_NAMES = 20_000;

function escaped(name: string): string {
  let text = escapedNames.get(name);
  if (text === undefined) {
    if (escapedNames.size >= MAX_NAMES) escapedNames.clear();
    escapedNames.set(name, text = JSON.stringify(name).slice(1, -1));
  }
  return text;
}

/**
 * What `JSON.stringify` gives for the event of an execution, in a third of the time: times, ids and
 * numbers need no escapes.
 */
export function executionJson(record: EventRecord): string {
  const { depth, traceId, spanId, parentSpanId, sampled, duration, error } = record
    .payload as ExecutionPayload;
  if (error !== undefined) return JSON.stringify(record);
  // Events of executions name their resource.
  const kind = escaped(record.kind!);
  const name = escaped(record.name!);
  return `{"timestamp":"${record.timestamp}","event":"${escaped(record.event)}",` +
    `"payload":{"depth":${depth},"traceId":"${traceId}","spanId":"${spanId}"` +
    (parentSpanId === undefined ? "" : `,"parentSpanId":"${parentSpanId}"`) +
    (sampled === undefined ? "" : `,"sampled":${sampled}`) +
    (duration === undefined ? "" : `,"duration":${duration}`) +
    `},"kind":"${kind}","name":"${name}","traceId":"${record.traceId}",` +
    `"resource":"${kind}.${name}"}`;
}
