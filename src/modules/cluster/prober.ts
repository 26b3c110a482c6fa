/** Asks nodes that run calls of this one what has become of them, and finds out which are lost. */
import type { Connection } from "./connection.ts";
import { TO_NODE, writeFrame } from "./frames.ts";
import type { Peers } from "./peers.ts";
import type { Subjects } from "./subjects.ts";

/** How often nodes are asked, in milliseconds. */
const PROBE_MS = 150;
/** A node that has not answered for this long gets no further calls while others are there. */
const SUSPECT_MS = 450;
/** The server must say this often that a node has no connection before its calls are given up. */
const PROBES_UNTIL_LOST = 2;
/** After this node was connected again, others have this long to do so, too. */
const GRACE_MS = 3_000;
/** A node that runs a call and has not answered for this long is given up. */
const SILENCE_MS = 30_000;

/** A call, as far as asking about it is concerned. */
interface Running {
  readonly node: string | undefined;
  readonly grantedAt: number;
}

/** Options of {@link startProber}. */
export interface ProberOptions {
  readonly self: string;
  readonly subjects: Subjects;
  readonly peers: Peers;
  /** The calls by their names. */
  readonly running: () => Iterable<readonly [id: string, call: Running]>;
  readonly onLost: (node: string) => void;
}

/** Asks nodes about calls. */
export interface Prober {
  /** A node has said something. */
  received(node: string): void;
  /** A node has answered, or the server says that it has no connection. */
  answered(node: string, isNoResponder: boolean): void;
  /** The connection of this node was lost, and is there again. */
  reconnected(): void;
  /** True while other nodes may still be connecting again. */
  isReconnecting(): boolean;
  stop(): void;
}

/** Starts to ask. */
export function startProber(
  connection: Connection,
  { self, subjects, peers, running, onLost }: ProberOptions,
): Prober {
  /** How often in a row the server said that a node has no connection. */
  const misses = new Map<string, number>();
  const seenAt = new Map<string, number>();
  let graceUntil = 0;
  const probing = setInterval(probe, PROBE_MS);

  function probe(): void {
    if (!connection.isUp()) return;
    const now = performance.now();
    const byNode = new Map<string, string[]>();
    for (const [id, { node, grantedAt }] of running()) {
      if (node === undefined || now - grantedAt < PROBE_MS) continue;
      const ids = byNode.get(node);
      if (ids === undefined) byNode.set(node, [id]);
      else ids.push(id);
    }
    for (const node of [...seenAt.keys()]) if (!byNode.has(node)) seenAt.delete(node);
    for (const [node, ids] of byNode) {
      const silence = now - (seenAt.get(node) ?? now);
      if (!seenAt.has(node)) seenAt.set(node, now);
      if (silence > SILENCE_MS && now > graceUntil) {
        giveUp(node);
        continue;
      }
      if (silence > SUSPECT_MS) peers.suspect(node);
      connection.publish(
        subjects.node(node),
        writeFrame(TO_NODE.probe, { from: self, ids }),
        subjects.reply(self, `probe-${node}`),
      );
    }
  }

  function giveUp(node: string): void {
    misses.delete(node);
    seenAt.delete(node);
    peers.remove(node);
    onLost(node);
  }

  return {
    received: (node) => void seenAt.set(node, performance.now()),
    answered(node, isNoResponder) {
      if (!isNoResponder) {
        misses.delete(node);
        seenAt.set(node, performance.now());
        peers.touch(node);
        return;
      }
      if (performance.now() < graceUntil) return;
      const count = (misses.get(node) ?? 0) + 1;
      misses.set(node, count);
      if (count >= PROBES_UNTIL_LOST) giveUp(node);
    },
    reconnected() {
      const now = performance.now();
      graceUntil = now + GRACE_MS;
      misses.clear();
      for (const node of seenAt.keys()) seenAt.set(node, now);
      probe();
    },
    isReconnecting: () => performance.now() < graceUntil,
    stop: () => clearInterval(probing),
  };
}
