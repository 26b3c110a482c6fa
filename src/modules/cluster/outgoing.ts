/**
 * Calls of this node to others. A call is at most once: a node that wants to run it offers to, and
 * begins only when the caller has let it. So a call that no node has offered to take may be sent
 * again, also while the first message still waits in the buffers of a node that was stopped.
 */
import { fail, type RemoteCall } from "../../contract/author.ts";
import { encodeValue } from "./codec.ts";
import { type Attempted, createAttempt } from "./attempt.ts";
import type { Connection } from "./connection.ts";
import { lostError, tooLarge, unavailable, unsendable } from "./errors.ts";
import {
  type CallHead,
  HEAD_BYTES,
  joinBytes,
  MOST_PARTS,
  readFrame,
  splitBytes,
  type StreamHead,
  TO_CALL,
  TO_NODE,
  writeFrame,
} from "./frames.ts";
import { ASK_ANOTHER_MS, isGivenUp, MOST_RUNS, OFFER_MS, pauseBefore } from "./patience.ts";
import type { Peers } from "./peers.ts";
import { startProber } from "./prober.ts";
import { errorOf, settleWithResult } from "./results.ts";
import { openReader } from "./stream_reader.ts";
import type { Subjects } from "./subjects.ts";

/** Where calls go. */
export interface Route {
  /** The subject of its queue group, or of the node that has its key. */
  subject(call: RemoteCall): string;
  /** True for a role whose calls go to the node that has their key. */
  isKeyed(role: string): boolean;
}

/** Options of {@link createOutgoing}. */
export interface OutgoingOptions {
  readonly node: string;
  readonly subjects: Subjects;
  readonly peers: Peers;
  readonly route: Route;
  readonly onOutcome: (role: string, outcome: string) => void;
}

/** The calls to others. */
export interface Outgoing {
  execute(call: RemoteCall): Promise<unknown>;
  /** Takes a message to one of the calls. */
  reply(id: string, data: Uint8Array, isNoResponder: boolean): void;
  /** The connection was lost, and is there again. */
  reconnected(): void;
  /** The server does not let this node publish to a subject. */
  denied(subject: string, message: string): void;
  close(): void;
}

/** Creates the side that calls. */
export function createOutgoing(
  connection: Connection,
  { node: self, subjects, peers, route, onOutcome }: OutgoingOptions,
): Outgoing {
  const calls = new Map<string, Attempted>();
  let count = 0;
  const partBytes = connection.maxPayload - HEAD_BYTES;
  const prober = startProber(connection, {
    self,
    subjects,
    peers,
    running: () => calls,
    onLost(node) {
      for (const one of [...calls.values()]) if (one.node === node) lost(one);
    },
  });

  function execute(call: RemoteCall): Promise<unknown> {
    let body: Uint8Array;
    const keySubject = route.isKeyed(call.role) ? route.subject(call) : undefined;
    try {
      body = encodeValue(call.input);
    } catch (error) {
      return Promise.reject(unsendable(call.urn, "its input", error));
    }
    const parts = splitBytes(body, partBytes);
    if (parts.length > MOST_PARTS) {
      return Promise.reject(tooLarge(call.urn, "its input", body.length, MOST_PARTS * partBytes));
    }
    return new Promise((resolve, reject) => {
      const one = createAttempt(call, parts, keySubject, {
        resolve,
        reject,
        onOutcome: (outcome) => onOutcome(call.role, outcome),
        cancel,
      });
      if (!one.isOver) send(one);
    });
  }

  /** Sends a call to the queue group of its role, or to one node that was seen lately. */
  function send(one: Attempted, to?: string): void {
    forget(one);
    const { call, large, body } = one;
    const target = one.keySubject === undefined ? to ?? aliveInstead(call.role) : undefined;
    const subject = one.keySubject ??
      (target === undefined ? route.subject(call) : subjects.node(target));
    one.id = `${(++count).toString(36)}`;
    one.attempts++;
    one.node = undefined;
    one.chunks = [];
    calls.set(one.id, one);
    if (!connection.isUp()) return pause(one, "disconnected");
    one.subject = subject;
    const wire = remaining(one);
    const head: CallHead = {
      urn: call.urn,
      wire,
      from: self,
      id: one.id,
      parts: large ? body.length : 0,
    };
    const frame = writeFrame(TO_NODE.call, head, large ? undefined : body[0]);
    if (frame.length > connection.maxPayload) {
      forget(one);
      const size = connection.maxPayload;
      return one.reject(tooLarge(call.urn, "its context", frame.length, size));
    }
    connection.publish(subject, frame, subjects.reply(self, one.id));
    const patience = Math.min(ASK_ANOTHER_MS * 2 ** one.silences++, OFFER_MS);
    one.timer = setTimeout(() => notOffered(one, false), patience);
  }

  /** While a node of the role is silent, the queue group may choose it: another one is named. */
  function aliveInstead(role: string): string | undefined {
    if (!peers.hasSilent(role)) return undefined;
    const ready = peers.ready(role);
    return ready[Math.floor(Math.random() * ready.length)];
  }

  /** The context with the time that is left: the clocks of two machines differ. */
  function remaining({ call: { wire }, deadlineAt }: Attempted): RemoteCall["wire"] {
    return wire.remainingMs === undefined
      ? wire
      : { ...wire, remainingMs: Math.max(0, deadlineAt - performance.now()) };
  }

  function notOffered(one: Attempted, isLate: boolean): void {
    const ready = peers.ready(one.call.role);
    const other = ready[Math.floor(Math.random() * ready.length)];
    if (isLate || other !== undefined) return again(one, "silent", other);
    one.timer = setTimeout(() => notOffered(one, true), OFFER_MS - ASK_ANOTHER_MS);
  }

  /** Sends a call again that no node has begun, or gives it up. */
  function again(one: Attempted, why: "missing" | "full" | "silent", to?: string): void {
    if (why === "missing") one.missingSince ??= performance.now();
    else one.missingSince = undefined;
    if (!isGivenUp(one, prober.isReconnecting())) {
      return why === "silent" ? send(one, to) : pause(one, why);
    }
    forget(one);
    one.reject(unavailable(one.call, why, peers.otherGenerations(one.call.role)));
  }

  function pause(one: Attempted, why: "missing" | "full" | "disconnected"): void {
    if (why === "disconnected" && isGivenUp(one, true)) {
      forget(one);
      return one.reject(unavailable(one.call, why, peers.otherGenerations(one.call.role)));
    }
    clearTimeout(one.timer);
    one.timer = setTimeout(() => send(one), pauseBefore(one));
  }

  function forget(one: Attempted): void {
    clearTimeout(one.timer);
    calls.delete(one.id);
  }

  function cancel(one: Attempted): void {
    const { id, node } = one;
    forget(one);
    if (node === undefined) return;
    connection.publish(subjects.node(node), writeFrame(TO_NODE.abort, { from: self, id }));
  }

  function reply(id: string, data: Uint8Array, isNoResponder: boolean): void {
    if (id.startsWith("probe-")) return prober.answered(id.slice(6), isNoResponder);
    const one = calls.get(id);
    if (isNoResponder) {
      if (one !== undefined && one.node === undefined) handleNoListener(one);
      return;
    }
    const frame = readFrame(data);
    if (frame === undefined) return;
    const { type, head, body } = frame;
    if (type === TO_CALL.offer) return offered(one, id, String(head));
    if (one === undefined) return;
    if (one.node !== undefined) prober.received(one.node);
    switch (type) {
      case TO_CALL.busy:
        return again(one, "full");
      case TO_CALL.absent:
        return again(one, "missing");
      case TO_CALL.dropped:
        one.runs--;
        return again(one, "full");
      case TO_CALL.lost:
        return lost(one);
      case TO_CALL.missing:
        return sendParts(one);
      case TO_CALL.chunk:
        if (one.chunks.length < MOST_PARTS) one.chunks.push(body.slice());
        return;
      case TO_CALL.result:
        forget(one);
        return settleWithResult(one, body);
      case TO_CALL.error:
        forget(one);
        return one.reject(errorOf(one, body));
      case TO_CALL.stream:
        return openStream(one, head as StreamHead);
      case TO_CALL.part:
        one.chunks.push(body.slice());
        if ((head as { more?: boolean } | undefined)?.more) return;
        one.reader?.push(Number((head as { n?: unknown } | undefined)?.n), joinBytes(one.chunks));
        one.chunks = [];
        return;
      case TO_CALL.end:
        forget(one);
        one.reader?.end(Number((head as { n?: unknown } | undefined)?.n));
        return one.settle();
    }
  }

  /** A node whose subject nobody listens to has just gone; the queue group may have others. */
  function handleNoListener(one: Attempted): void {
    clearTimeout(one.timer);
    again(one, "missing");
  }

  function offered(one: Attempted | undefined, id: string, node: string): void {
    if (!/^[\w.+:=@-]{1,500}$/.test(node)) return;
    const subject = subjects.node(node);
    peers.touch(node);
    if (one === undefined || one.node !== undefined) {
      // Another node runs it by now, or nobody waits for it any more.
      if (one?.node !== node) {
        connection.publish(subject, writeFrame(TO_NODE.abort, { from: self, id }));
      }
      return;
    }
    clearTimeout(one.timer);
    one.node = node;
    one.runs++;
    one.grantedAt = performance.now();
    prober.received(node);
    connection.publish(subject, writeFrame(TO_NODE.grant, { from: self, id }));
    if (one.large) sendParts(one);
  }

  function sendParts({ id, node, body, large }: Attempted): void {
    if (node === undefined || !large) return;
    body.forEach((part, index) =>
      connection.publish(
        subjects.node(node),
        writeFrame(TO_NODE.part, { from: self, id, index }, part),
      )
    );
  }

  function openStream(one: Attempted, head: StreamHead): void {
    if (one.reader !== undefined) return;
    one.reader = openReader(head, {
      onRead(parts) {
        if (one.node === undefined) return;
        const frame = writeFrame(TO_NODE.credit, { from: self, id: one.id, parts });
        connection.publish(subjects.node(one.node), frame);
      },
      onCancel: () => {
        cancel(one);
        one.settle();
      },
      lost: () => lostError(one.call.urn, one.node),
    });
    one.resolve(one.reader.result);
  }

  /** The node that ran a call is gone, or does not know it: it may have run. */
  function lost(one: Attempted): void {
    forget(one);
    const { call, reader, runs } = one;
    const isLate = performance.now() > one.deadlineAt;
    if (call.idempotent && reader === undefined && runs < MOST_RUNS && !isLate) {
      one.missingSince = undefined;
      return send(one);
    }
    one.reject(lostError(one.call.urn, one.node));
  }

  return {
    execute,
    reply,
    reconnected() {
      for (const one of [...calls.values()]) if (one.node === undefined) pause(one, "full");
      prober.reconnected();
    },
    denied(subject, message) {
      for (const one of [...calls.values()]) {
        if (one.subject !== subject || one.node !== undefined) continue;
        forget(one);
        one.reject(fail("ERR_UNAVAILABLE", {
          problem: `${one.call.urn} cannot be executed: this node may not ask for it (${message})`,
          executed: "no",
        }, {
          help: "Give the user of this role permission to publish; docs/cluster.md lists them",
        }));
      }
    },
    close() {
      prober.stop();
      for (const one of [...calls.values()]) {
        forget(one);
        one.reject(fail("ERR_UNAVAILABLE", {
          problem: `${one.call.urn} was given up: this node has stopped`,
          executed: one.node === undefined ? "no" : "unknown",
        }));
      }
    },
  };
}
