/** Messages of a queue as NATS stores them: the body is the data, and the rest is in a header. */
import type { Msg } from "@nats-io/transport-node";
import { parseAck } from "../shared/jetstream.ts";
import type { Delivery, Notes } from "./backend.ts";

/** The header, as JSON. Messages of other programs have none. */
const HEADER = "Digly-Queue";
/** Longer messages of errors are cut off, so that they fit beside the body. */
const LONGEST_ERROR = 2_000;

/** What is stored with a message. */
export interface Head {
  /** The id and the time of the message that this is a copy of. */
  readonly id?: string;
  readonly published?: number;
  /** How often it was delivered before it was copied. */
  readonly attempts?: number;
  /** How long it waits from when it is stored, in milliseconds. */
  readonly delayMs?: number;
  readonly notes?: Notes;
}

/** The headers of a message. */
export function headOf({ notes = {}, ...head }: Head): Record<string, string> {
  const { error } = notes;
  const short = error === undefined
    ? notes
    : { ...notes, error: { ...error, message: error.message.slice(0, LONGEST_ERROR) } };
  const text = JSON.stringify({
    ...head,
    ...(Object.keys(notes).length === 0 ? {} : { notes: short }),
  });
  return text === "{}" ? {} : { [HEADER]: text };
}

/** A message that was delivered. */
export interface Received {
  readonly delivery: Delivery;
  /** Where it is acknowledged; one for each delivery. */
  readonly address: string;
  /** Its number in the stream. */
  readonly seq: number;
  /** How often it was delivered before it was stored here. */
  readonly attempts: number;
  readonly delayMs: number;
  /** When it was stored, by the clock of the server. */
  readonly stored: number;
}

const decoder = new TextDecoder();

/** Reads a message. */
export function receive({ data, headers, reply }: Msg): Received {
  // Messages of a consumer have an address for answers.
  const address = reply!;
  const { seq, delivered, time } = parseAck(address);
  const head = readHead(headers?.get(HEADER) ?? "");
  const { id, published, attempts = 0, delayMs = 0, notes = {} } = head;
  return {
    delivery: {
      id: id ?? String(seq),
      body: decoder.decode(data),
      notes,
      attempt: attempts + delivered,
      published: published ?? Math.floor(time),
      lease: address,
    },
    address,
    seq,
    attempts,
    delayMs,
    stored: time,
  };
}

/** Reads a header that anyone may have written. */
function readHead(text: string): Head {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof head !== "object" || head === null) return {};
  const { id, published, attempts, delayMs, notes } = head as Readonly<Record<string, unknown>>;
  return {
    ...(typeof id === "string" ? { id } : {}),
    ...(isTime(published) ? { published } : {}),
    ...(isTime(attempts) ? { attempts } : {}),
    ...(isTime(delayMs) ? { delayMs } : {}),
    ...(typeof notes === "object" && notes !== null ? { notes: readNotes(notes) } : {}),
  };
}

function readNotes(notes: object): Notes {
  const { traceparent, origin, error } = notes as Readonly<Record<string, unknown>>;
  const { code, message } = (error ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...(typeof traceparent === "string" ? { traceparent } : {}),
    ...(typeof origin === "string" ? { origin } : {}),
    ...(typeof code === "string" && typeof message === "string"
      ? { error: { code, message } }
      : {}),
  };
}

/** True for a number that a date may have. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 8.64e15;
}
