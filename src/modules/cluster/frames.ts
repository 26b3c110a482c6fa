/** Messages between nodes: one letter that says what it is, a line of JSON, and a payload. */
import { fail, type WireContext } from "../../contract/author.ts";

/** What a message to a node is. */
export const TO_NODE = {
  /** Runs a call; also sent to the queue group of a role. */
  call: "X",
  /** The caller lets the node that has offered to take a call begin it. */
  grant: "G",
  /** A part of an input that is larger than a message. */
  part: "D",
  /** The caller no longer waits. */
  abort: "A",
  /** The caller has read some parts of a stream. */
  credit: "W",
  /** What has become of calls? */
  probe: "Q",
} as const;

/** What a message to a call is. */
export const TO_CALL = {
  /** A node offers to take it. */
  offer: "T",
  /** The node is full, or about to stop. */
  busy: "B",
  /** The node does not run the resource. */
  absent: "N",
  /** The node has never begun it, and will not. */
  dropped: "D",
  /** The node does not know it: it may have run. */
  lost: "L",
  /** The node waits for parts of the input. */
  missing: "M",
  /** A part of a result that is larger than a message. */
  chunk: "C",
  result: "R",
  error: "E",
  /** The result is a stream. */
  stream: "S",
  /** A part of it. */
  part: "P",
  /** Its end. */
  end: "F",
  /** The node is there. */
  alive: "K",
} as const;

/** The head of a call. */
export interface CallHead {
  readonly urn: string;
  readonly wire: WireContext;
  /** The node that calls. */
  readonly from: string;
  /** The name of the attempt, which its replies have. */
  readonly id: string;
  /** In how many parts the input follows once the call is granted; 0 if it is in this message. */
  readonly parts: number;
}

/** The head of a stream. */
export interface StreamHead {
  readonly form: "items" | "stream" | "response";
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
}

/** A message, taken apart. */
export interface Frame {
  readonly type: string;
  readonly head: unknown;
  readonly body: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEW_LINE = 10;
const NOTHING = new Uint8Array();

/** Bytes that a head takes of the largest message. */
export const HEAD_BYTES = 8_192;

/** Writes a message. */
export function writeFrame(type: string, head?: unknown, body: Uint8Array = NOTHING): Uint8Array {
  const start = encoder.encode(`${type}${head === undefined ? "" : JSON.stringify(head)}\n`);
  if (body.length === 0) return start;
  const frame = new Uint8Array(start.length + body.length);
  frame.set(start);
  frame.set(body, start.length);
  return frame;
}

/** Reads a message; `undefined` for one that is malformed. */
export function readFrame(data: Uint8Array): Frame | undefined {
  const end = data.indexOf(NEW_LINE);
  if (end < 1) return undefined;
  const type = String.fromCharCode(...data.subarray(0, 1));
  try {
    const head: unknown = end === 1 ? undefined : JSON.parse(decoder.decode(data.subarray(1, end)));
    return { type, head, body: data.subarray(end + 1) };
  } catch {
    return undefined;
  }
}

/** Splits bytes into parts of at most `size`; there is at least one. */
export function splitBytes(data: Uint8Array, size: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < data.length; at += size) {
    parts.push(data.subarray(at, at + size));
  }
  return parts;
}

/** Joins parts. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads the head of a call from another process. Throws `ERR_USAGE` for a malformed one. */
export function readCallHead(head: unknown): CallHead {
  const { urn, wire, from, id, parts } = (head ?? {}) as Partial<CallHead>;
  const isName = (text: unknown): text is string => typeof text === "string" && text.length <= 500;
  const isValid = isName(urn) && isName(from) && isName(id) && /^[\w.+:=@-]+$/.test(from + id) &&
    parts !== undefined && Number.isInteger(parts) && parts >= 0 && parts <= MOST_PARTS &&
    typeof wire === "object";
  if (isValid) return head as CallHead;
  throw fail("ERR_USAGE", { problem: "The head of a call is malformed" });
}

/** Inputs and results of more parts are refused: 64 MB with the usual size of a message. */
export const MOST_PARTS = 64;
