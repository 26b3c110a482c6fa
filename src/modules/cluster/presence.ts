/** Tells the other nodes that this one is there, and this process whether the others are. */
import { hostname } from "node:os";
import process from "node:process";
import type { ClusterNode, ModuleCreateContext } from "../../contract/author.ts";
import type { Connection } from "./connection.ts";
import { createNodeMeter } from "./node_meter.ts";
import { type Heartbeat, NODES_PER_INTERVAL, type Peers, readHeartbeat } from "./peers.ts";
import type { Subjects } from "./subjects.ts";

/** Options of {@link startPresence}. */
export interface PresenceOptions {
  readonly cluster: ClusterNode;
  readonly node: string;
  readonly subjects: Subjects;
  readonly peers: Peers;
  readonly ctx: ModuleCreateContext;
  readonly load: () => { readonly active: number; readonly waiting: number };
}

/** The presence of a node. */
export interface Presence {
  /** Says what this node does now. */
  announce(state: "ready" | "draining"): void;
  /** Asks the others for their heartbeats, after connecting again. */
  hello(): void;
  /** Another node has changed. */
  changed(): void;
  /** Another node has left, or was forgotten. */
  gone(node: Pick<Heartbeat, "node" | "roles">): void;
  /** What this node says about itself. */
  status(): Heartbeat;
  /** Says goodbye, and stops. */
  leave(): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Starts to send and to hear heartbeats. */
export function startPresence(
  connection: Connection,
  { cluster, node, subjects, peers, ctx, load }: PresenceOptions,
): Presence {
  const started = performance.now();
  const { roles, generation, version, placements } = cluster;
  const gauge = ctx.metrics.gauge("nodes", "Nodes that can be asked, by role", ["role"]);
  const byNode = createNodeMeter(ctx);
  const others = placements.map(({ name }) => name).filter((role) => !roles.includes(role));
  const isObserver = roles.length === 0;
  let state = "starting";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let release: (() => void) | undefined;
  let waitsFor = "";

  const status = (): Heartbeat => ({
    node,
    roles,
    generation,
    version,
    state,
    ...load(),
    host: hostname(),
    pid: process.pid,
    uptimeMs: Math.round(performance.now() - started),
    intervalMs: peers.intervalMs(),
  });

  function send(more: Partial<Heartbeat> = {}, to = subjects.heartbeat(node)): void {
    connection.publish(to, encoder.encode(JSON.stringify({ ...status(), ...more })));
  }

  function beat(): void {
    peers.sweep();
    if (!isObserver) {
      send();
      byNode.set(status());
    }
    timer = setTimeout(beat, peers.intervalMs() * (0.9 + Math.random() / 5));
  }

  /** Reports this process as not ready while a role that it calls has no node. */
  function changed(): void {
    for (const { name } of placements) {
      const own = roles.includes(name) && state === "ready" ? 1 : 0;
      gauge.set({ role: name }, peers.ready(name).length + own);
    }
    if (isObserver) return;
    const missing = others.filter((role) => peers.ready(role).length === 0);
    const reason = missing.join(", ");
    if (reason === waitsFor) return;
    waitsFor = reason;
    release?.();
    release = reason === ""
      ? undefined
      : ctx.reportUnready(`No node runs the ${missing.length === 1 ? "role" : "roles"} ${reason}`);
  }

  function take({ data }: { readonly data: Uint8Array }): void {
    const beat = readHeartbeat(JSON.parse(decoder.decode(data)));
    if (beat === undefined || beat.node === node) return;
    if (beat.roles.length > 0) {
      peers.received(beat);
      if (!beat.bye) byNode.set(beat);
    }
    if (beat.hello && !isObserver && isAsked(beat)) send({}, subjects.greeting(beat.node));
  }

  /** Of many nodes only some answer a new one; it hears the others later. Observers see all at once. */
  function isAsked({ roles }: Heartbeat): boolean {
    return roles.length === 0 || Math.random() * peers.count() < NODES_PER_INTERVAL;
  }

  connection.listen(subjects.heartbeats, take);
  connection.listen(subjects.greeting(node), take);
  send({ hello: true });
  timer = setTimeout(beat, peers.intervalMs());
  changed();

  return {
    announce(next) {
      state = next;
      send();
      changed();
    },
    hello() {
      // After a restart of the server everyone would greet everyone; heartbeats do as well.
      if (peers.count() < NODES_PER_INTERVAL) send({ hello: true });
    },
    gone: byNode.remove,
    changed,
    status,
    leave() {
      clearTimeout(timer);
      release?.();
      if (!isObserver) send({ bye: true });
    },
  };
}
