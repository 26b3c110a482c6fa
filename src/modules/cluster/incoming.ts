/**
 * Calls of other nodes to this one. A call that arrives is offered to take; it begins when the caller
 * grants it and a turn is free. What was answered is kept for a while, because an answer is lost if
 * its caller is connecting again.
 */
import {
  errorToJSON,
  fail,
  isDiglyError,
  messageOf,
  type Serve,
  type WireContext,
} from "../../contract/author.ts";
import { decodeValue, encodeValue } from "./codec.ts";
import type { Connection } from "./connection.ts";
import {
  type CallHead,
  HEAD_BYTES,
  joinBytes,
  MOST_PARTS,
  splitBytes,
  TO_CALL,
  writeFrame,
} from "./frames.ts";
import { tooLarge, unsendable } from "./errors.ts";
import { isLiveResult, writeStream } from "./stream_writer.ts";
import { CREDIT } from "./stream_reader.ts";
import type { Subjects } from "./subjects.ts";

/** How long an offer waits for its grant, in milliseconds. */
const OFFER_MS = 5_000;
/** How many answers are kept, and how many bytes of them. */
const KEPT_ANSWERS = 4_096;
const KEPT_BYTES = 4 << 20;

/** Options of {@link createIncoming}. */
export interface IncomingOptions {
  readonly node: string;
  readonly subjects: Subjects;
  /** How many calls run at a time, and how many wait for their turn. */
  readonly concurrency: number;
  readonly queue: number;
  readonly serve: Serve;
  /** True if this node runs a resource. */
  readonly runs: (urn: string) => boolean;
  readonly onOutcome: (urn: string, outcome: string, seconds: number) => void;
}

/** What a call of a shard needs to begin. */
export interface Turn {
  /** What to add to the values of the call; `undefined` if this node may not run it any more. */
  enter(): WireContext["values"] | undefined;
  leave(): void;
}

/** The calls of others. */
export interface Incoming {
  /** Takes a call; `reply` is the subject of its answers. */
  call(head: CallHead, body: Uint8Array, reply: string, turn?: Turn): void;
  grant(reply: string): void;
  part(reply: string, index: number, body: Uint8Array): void;
  credit(reply: string, parts: number): void;
  abort(reply: string): void;
  /** Says what has become of calls. */
  probe(replies: readonly string[]): void;
  /** Aborts the calls of a node that is gone. */
  gone(node: string): void;
  load(): { readonly active: number; readonly waiting: number };
  /** Refuses new calls, and waits for those that were granted. */
  drain(): Promise<void>;
}

/** One call. */
interface Taken {
  readonly head: CallHead;
  readonly reply: string;
  readonly abort: AbortController;
  readonly receivedAt: number;
  readonly turn: Turn | undefined;
  /** The parts of the input, by index. */
  readonly parts: (Uint8Array | undefined)[];
  isGranted: boolean;
  isBegun: boolean;
  expiry: ReturnType<typeof setTimeout> | undefined;
  credit: number;
  wake: (() => void) | undefined;
}

/** An answer, as it was sent. */
interface Answer {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Creates the side that answers. */
export function createIncoming(
  connection: Connection,
  { node, subjects, concurrency, queue, serve, runs, onOutcome }: IncomingOptions,
): Incoming {
  const taken = new Map<string, Taken>();
  const answers = new Map<string, Answer>();
  const dropped = new Set<string>();
  const turns: Taken[] = [];
  let keptBytes = 0;
  let active = 0;
  let isDraining = false;
  let idle: (() => void) | undefined;
  const partBytes = connection.maxPayload - HEAD_BYTES;

  const send = (reply: string, type: string, head?: unknown, body?: Uint8Array) =>
    connection.publish(reply, writeFrame(type, head, body));

  function forget(one: Taken): void {
    clearTimeout(one.expiry);
    taken.delete(one.reply);
    if (taken.size === 0) idle?.();
  }

  /** Forgets a call that was never begun, and remembers that. */
  function drop(one: Taken): void {
    forget(one);
    dropped.add(one.reply);
    // The oldest answer is forgotten.
    if (dropped.size > KEPT_ANSWERS) dropped.delete(dropped.values().next().value!);
  }

  function whole({ head, parts }: Taken): boolean {
    return parts.filter((part) => part !== undefined).length >= Math.max(1, head.parts);
  }

  /** Begins a call that is granted and complete, once a turn is free. */
  function advance(one: Taken): void {
    if (!one.isGranted || one.isBegun || !whole(one) || turns.includes(one)) return;
    if (active < concurrency) void run(one);
    else turns.push(one);
  }

  async function run(one: Taken): Promise<void> {
    one.isBegun = true;
    active++;
    const { head: { urn, wire }, reply, abort, receivedAt, turn } = one;
    let added: WireContext["values"] | undefined;
    const started = performance.now();
    let outcome = "ok";
    try {
      const remainingMs = wire.remainingMs === undefined
        ? undefined
        : wire.remainingMs - (performance.now() - receivedAt);
      // Its caller waits no longer.
      if (abort.signal.aborted || (remainingMs !== undefined && remainingMs <= 0)) {
        outcome = "late";
        return;
      }
      added = turn?.enter();
      if (turn !== undefined && added === undefined) {
        outcome = "moved";
        dropped.add(reply);
        return send(reply, TO_CALL.dropped);
      }
      const context: WireContext = {
        ...wire,
        ...(remainingMs === undefined ? {} : { remainingMs }),
        values: { ...wire.values, ...added },
      };
      const result = await serve({
        urn,
        input: decodeInput(one),
        wire: context,
        signal: abort.signal,
      });
      if (isLiveResult(result)) await stream(one, result);
      else answer(reply, TO_CALL.result, encodeResult(urn, result));
    } catch (error) {
      // What is thrown while a stream is read has not passed the kernel.
      const failure = isDiglyError(error)
        ? error
        : fail("ERR_EXECUTION_FAILED", { urn, problem: messageOf(error) }, { cause: error });
      outcome = failure.code;
      answer(reply, TO_CALL.error, encodeValue(errorToJSON(failure)));
    } finally {
      active--;
      if (added !== undefined) turn?.leave();
      forget(one);
      onOutcome(urn, outcome, (performance.now() - started) / 1_000);
      const next = turns.shift();
      if (next !== undefined) void run(next);
    }
  }

  function decodeInput({ head: { urn }, parts }: Taken): unknown {
    try {
      return decodeValue(joinBytes(parts as Uint8Array[]));
    } catch (error) {
      throw unsendable(urn, "its input", error);
    }
  }

  function encodeResult(urn: string, result: unknown): Uint8Array {
    let data: Uint8Array;
    try {
      data = encodeValue(result);
    } catch (error) {
      throw unsendable(urn, "its result", error);
    }
    if (data.length <= MOST_PARTS * partBytes) return data;
    throw tooLarge(urn, "its result", data.length, MOST_PARTS * partBytes);
  }

  async function stream(one: Taken, result: unknown): Promise<void> {
    await writeStream(result, one.head.urn, {
      signal: one.abort.signal,
      partBytes,
      send: (type, head, body) => send(one.reply, type, head, body),
      async credit() {
        while (one.credit <= 0 && !one.abort.signal.aborted) {
          await new Promise<void>((resolve) => one.wake = resolve);
        }
        one.credit--;
      },
    });
  }

  function answer(reply: string, type: string, data: Uint8Array): void {
    sendAnswer(reply, { type, data });
    answers.set(reply, { type, data });
    keptBytes += data.length;
    for (const [oldest, { data }] of answers) {
      if (keptBytes <= KEPT_BYTES && answers.size <= KEPT_ANSWERS) break;
      answers.delete(oldest);
      keptBytes -= data.length;
    }
  }

  function sendAnswer(reply: string, { type, data }: Answer): void {
    const parts = splitBytes(data, partBytes);
    for (const part of parts.slice(0, -1)) send(reply, TO_CALL.chunk, undefined, part);
    send(reply, type, undefined, parts.at(-1));
  }

  function abort(one: Taken): void {
    one.abort.abort(new DOMException("The caller has aborted it", "AbortError"));
    one.wake?.();
    if (one.isBegun) return;
    const at = turns.indexOf(one);
    if (at >= 0) turns.splice(at, 1);
    forget(one);
  }

  return {
    call(head, body, reply, turn) {
      if (reply !== subjects.reply(head.from, head.id)) return;
      if (!runs(head.urn)) return send(reply, TO_CALL.absent);
      if (isDraining || taken.size >= concurrency + queue) return send(reply, TO_CALL.busy);
      if (taken.has(reply) || answers.has(reply)) return;
      const one: Taken = {
        head,
        reply,
        abort: new AbortController(),
        receivedAt: performance.now(),
        turn,
        // Copied, because the client uses its buffer again.
        parts: head.parts === 0 ? [body.slice()] : new Array<undefined>(head.parts).fill(undefined),
        isGranted: false,
        isBegun: false,
        expiry: undefined,
        credit: CREDIT,
        wake: undefined,
      };
      one.expiry = setTimeout(() => drop(one), OFFER_MS);
      taken.set(reply, one);
      send(reply, TO_CALL.offer, node);
    },
    grant(reply) {
      const one = taken.get(reply);
      if (one === undefined) {
        if (dropped.has(reply)) send(reply, TO_CALL.dropped);
        return;
      }
      clearTimeout(one.expiry);
      one.isGranted = true;
      advance(one);
    },
    part(reply, index, body) {
      const one = taken.get(reply);
      if (one === undefined || one.isBegun || !(index >= 0 && index < one.head.parts)) return;
      one.parts[index] = body.slice();
      advance(one);
    },
    credit(reply, parts) {
      const one = taken.get(reply);
      if (one === undefined || !(parts > 0 && parts <= CREDIT)) return;
      one.credit = Math.min(one.credit + parts, CREDIT);
      one.wake?.();
    },
    abort(reply) {
      const one = taken.get(reply);
      if (one !== undefined) abort(one);
    },
    probe(replies) {
      for (const reply of replies) {
        const one = taken.get(reply);
        const known = answers.get(reply);
        if (one !== undefined) {
          // Only calls that were granted are asked about, so the grant was lost.
          if (!one.isGranted) this.grant(reply);
          if (!one.isBegun && !whole(one)) send(reply, TO_CALL.missing);
        } else if (known !== undefined) sendAnswer(reply, known);
        else send(reply, dropped.has(reply) ? TO_CALL.dropped : TO_CALL.lost);
      }
    },
    gone(from) {
      for (const one of [...taken.values()]) if (one.head.from === from) abort(one);
    },
    load: () => ({ active, waiting: taken.size - active }),
    async drain() {
      isDraining = true;
      for (const one of [...taken.values()]) if (!one.isGranted) drop(one);
      if (taken.size > 0) await new Promise<void>((resolve) => idle = resolve);
    },
  };
}
