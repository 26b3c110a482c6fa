/** The JSON of the events of executions, of which there are two for every execution. */
import type { EventRecord, ExecutionPayload } from "../contract/events.ts";

/** What the lines of one event of one resource have in common. */
interface Parts {
  readonly kind: string;
  readonly name: string;
  /** From the time to the depth. */
  readonly start: string;
  /** From the payload to the trace. */
  readonly middle: string;
  readonly end: string;
}

/** By name of an event, then by name of a resource: there are few of both. */
const known = new Map<string, Map<string, Parts>>();
let size = 0;

/** No app has more resources and events than that. */
const MAX_PARTS = 20_000;

function partsOf(event: string, kind: string, name: string): Parts {
  let ofEvent = known.get(event);
  const cached = ofEvent?.get(name);
  if (cached?.kind === kind) return cached;
  if (size >= MAX_PARTS) {
    known.clear();
    size = 0;
    ofEvent = undefined;
  }
  if (ofEvent === undefined) known.set(event, ofEvent = new Map());
  const [eventText, kindText, nameText] = [event, kind, name].map(escaped);
  const parts: Parts = {
    kind,
    name,
    start: `","event":"${eventText}","payload":{"depth":`,
    middle: `},"kind":"${kindText}","name":"${nameText}","traceId":"`,
    end: `","resource":"${kindText}.${nameText}"}`,
  };
  ofEvent.set(name, parts);
  size++;
  return parts;
}

/** A name as it is within a string of JSON. */
function escaped(name: string): string {
  return JSON.stringify(name).slice(1, -1);
}

/**
 * What `JSON.stringify` gives for the event of an execution that has not failed; `undefined` for one
 * that has. Only names need escapes, which are made once, and few parts are joined: every join is an
 * object that is read again when the line is written.
 */
export function executionJson(record: EventRecord): string | undefined {
  const { depth, traceId, spanId, parentSpanId, sampled, duration, error } = record
    .payload as ExecutionPayload;
  if (error !== undefined) return undefined;
  // Events of executions name their resource.
  const { start, middle, end } = partsOf(record.event, record.kind!, record.name!);
  return '{"timestamp":"' + record.timestamp + start + depth +
    ',"traceId":"' + traceId + '","spanId":"' + spanId + '"' +
    (parentSpanId === undefined ? "" : `,"parentSpanId":"${parentSpanId}"`) +
    (sampled === undefined ? "" : `,"sampled":${sampled}`) +
    (duration === undefined ? "" : `,"duration":${duration}`) +
    middle + record.traceId + end;
}
