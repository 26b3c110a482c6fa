/**
 * The other nodes, as their heartbeats describe them: which are ready, which are silent, and which
 * are of another generation.
 */
import type { ClusterNode, NodeStatus } from "../../contract/author.ts";

/** Milliseconds between heartbeats, in a cluster of up to a hundred nodes. */
const INTERVAL_MS = 1_000;
/** From this number of nodes on, each sends less often, so that all of them together do not flood. */
export const NODES_PER_INTERVAL = 100;
/** A node that has missed this many heartbeats is avoided; after more it is forgotten. */
const SILENT_AFTER = 2.5;
const FORGOTTEN_AFTER = 10;
/** For how long the answer to {@link Peers.hasSilent} holds, because every call asks for it. */
const SILENT_CACHE_MS = 50;

/** What a heartbeat says. */
export interface Heartbeat extends NodeStatus {
  /** True to ask the others for theirs at once, as a node does that has just connected. */
  readonly hello?: boolean;
  /** True for the last one. */
  readonly bye?: boolean;
  /** Milliseconds until the next one. */
  readonly intervalMs: number;
}

/** Another node. */
export interface Peer {
  status: Heartbeat;
  /** When it was last seen, by the monotonic clock of this process. */
  seenAt: number;
  /** True if it has not answered what it was asked. */
  isSuspect: boolean;
}

/** The other nodes of an app. */
export interface Peers {
  all(): readonly Peer[];
  count(): number;
  /** Takes a heartbeat of another node. */
  received(beat: Heartbeat): void;
  /** Notes that a node has answered something. */
  touch(node: string): void;
  /** Notes that a node has not answered what it was asked. */
  suspect(node: string): void;
  /** Forgets a node whose connection is gone. */
  remove(node: string): void;
  /** Nodes that can be asked now: of a role, ready, seen lately, and of a generation that fits. */
  ready(role: string): readonly string[];
  /** True if a node of the role is known that has fallen silent. */
  hasSilent(role: string): boolean;
  /** Generations of nodes that run the role but may not be asked. */
  otherGenerations(role: string): readonly string[];
  /** Forgets nodes that have been silent for long. */
  sweep(): void;
  /** Milliseconds until this node's next heartbeat. */
  intervalMs(): number;
}

/** What happens to nodes. */
export interface PeerEvents {
  /** A node has left, or was forgotten. */
  readonly onGone: (status: Heartbeat) => void;
  readonly onChange: () => void;
}

/** Creates the list, which is empty at first. */
export function createPeers(
  { generation }: ClusterNode,
  skew: "strict" | "allow",
  { onGone, onChange }: PeerEvents,
): Peers {
  const peers = new Map<string, Peer>();
  const silent = new Map<string, { readonly at: number; readonly isAny: boolean }>();

  const fits = ({ status }: Peer) => skew === "allow" || status.generation === generation;
  const isReachable = ({ status, seenAt, isSuspect }: Peer) =>
    !isSuspect && performance.now() - seenAt < status.intervalMs * SILENT_AFTER;
  const runs = ({ status }: Peer, role: string) =>
    status.state === "ready" && status.roles.includes(role);

  function remove(node: string): void {
    const peer = peers.get(node);
    if (peer === undefined) return;
    peers.delete(node);
    onGone(peer.status);
    onChange();
  }

  return {
    all: () => [...peers.values()],
    count: () => peers.size,
    received(beat) {
      if (beat.bye) return remove(beat.node);
      const known = peers.get(beat.node);
      // Most heartbeats say what is known, and looking at all nodes for each would be quadratic.
      const hasChanged = known === undefined || !isReachable(known) || !isSame(known.status, beat);
      peers.set(beat.node, { status: beat, seenAt: performance.now(), isSuspect: false });
      if (hasChanged) onChange();
    },
    touch(node) {
      const peer = peers.get(node);
      if (peer === undefined) return;
      peer.seenAt = performance.now();
      peer.isSuspect = false;
    },
    suspect(node) {
      const peer = peers.get(node);
      if (peer === undefined) return;
      peer.isSuspect = true;
      silent.clear();
    },
    remove,
    ready: (role) =>
      [...peers.values()].filter((peer) => runs(peer, role) && fits(peer) && isReachable(peer))
        .map(({ status }) => status.node),
    hasSilent(role) {
      const now = performance.now();
      const known = silent.get(role);
      if (known !== undefined && now - known.at < SILENT_CACHE_MS) return known.isAny;
      let isAny = false;
      for (const peer of peers.values()) {
        isAny ||= runs(peer, role) && fits(peer) && !isReachable(peer);
      }
      silent.set(role, { at: now, isAny });
      return isAny;
    },
    otherGenerations: (role) => [
      ...new Set(
        [...peers.values()].filter((peer) => runs(peer, role) && !fits(peer))
          .map(({ status }) => status.generation),
      ),
    ],
    sweep() {
      for (const [node, { status, seenAt }] of peers) {
        if (performance.now() - seenAt > status.intervalMs * FORGOTTEN_AFTER) remove(node);
      }
      onChange();
    },
    intervalMs: () => INTERVAL_MS * Math.max(1, (peers.size + 1) / NODES_PER_INTERVAL),
  };
}

/** True if two heartbeats say the same about what a node can be asked for. */
function isSame(one: Heartbeat, other: Heartbeat): boolean {
  return one.state === other.state && one.generation === other.generation &&
    one.roles.join() === other.roles.join();
}

/** Reads a heartbeat; `undefined` for one that is malformed. */
export function readHeartbeat(value: unknown): Heartbeat | undefined {
  const beat = (value ?? {}) as Partial<Heartbeat>;
  const isValid = typeof beat.node === "string" && /^[\w.+:=@-]{1,500}$/.test(beat.node) &&
    Array.isArray(beat.roles) && beat.roles.every((role) => typeof role === "string") &&
    typeof beat.generation === "string" && typeof beat.state === "string" &&
    typeof beat.intervalMs === "number" && beat.intervalMs >= 100 && beat.intervalMs <= 3_600_000;
  return isValid ? beat as Heartbeat : undefined;
}
