/**
 * Affinity by key: the keys of a role are divided into shards, and the nodes of the role share them.
 * A node runs the calls of a shard while it has the lease of it.
 */
import type { ModuleCreateContext } from "../../contract/author.ts";
import type { Msg } from "@nats-io/transport-node";
import type { Connection, Subscription } from "./connection.ts";
import { hashOf } from "./hash.ts";
import { LEASE_MS, type Leases } from "./leases.ts";
import type { Peers } from "./peers.ts";
import type { Subjects } from "./subjects.ts";

/** How often leases are renewed, and shared out again, in milliseconds. */
const RENEW_MS = LEASE_MS / 3;
/** A node stops to run a shard this long before its lease ends. */
const MARGIN_MS = LEASE_MS / 6;
/** How many requests for leases are under way at a time. */
const BATCH = 64;

/** A lease that this node has. */
interface Held {
  /** The fencing token: the number of the lease when it was taken, which only grows. */
  readonly token: number;
  readonly subscription: Subscription;
  revision: number;
  /** By the monotonic clock of this process. */
  validUntil: number;
  isLeaving: boolean;
  /** How many calls of the shard run. */
  active: number;
}

/** The shards of a role that this node has. */
export interface Shards {
  start(): void;
  /** True while this node may run calls of a shard. */
  has(shard: number): boolean;
  /** Begins a call of a shard; the token of its lease, or `undefined` if it has been lost. */
  enter(shard: number): number | undefined;
  leave(shard: number): void;
  /** Another node has come or gone. */
  changed(): void;
  /** Gives up all shards, once their calls have ended. */
  stop(): Promise<void>;
}

/** Options of {@link createShards}. */
export interface ShardOptions {
  readonly role: string;
  readonly count: number;
  readonly node: string;
  /** What keeps generations apart in the store. */
  readonly scope: string;
  readonly subjects: Subjects;
  readonly peers: Peers;
  readonly leases: Leases;
  readonly onCall: (message: Msg) => void;
}

/** Shares the shards of a role. */
export function createShards(
  connection: Connection,
  { role, count, node, scope, subjects, peers, leases, onCall }: ShardOptions,
  ctx: ModuleCreateContext,
): Shards {
  const held = new Map<number, Held>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sharing: Promise<void> = Promise.resolve();
  let isStopped = false;
  let lastReady = "";
  const nameOf = (shard: number) => `${scope}.${role}.${shard}`;
  const isValid = (one: Held | undefined): one is Held =>
    one !== undefined && performance.now() < one.validUntil;

  /** The node that is to have a shard; the fewest shards move when a node comes or goes. */
  function ownerOf(shard: number, nodes: readonly string[]): string {
    let [best, most] = [node, -1];
    for (const one of nodes) {
      const weight = hashOf(`${one}/${shard}`);
      if (weight > most) [best, most] = [one, weight];
    }
    return best;
  }

  async function share(): Promise<void> {
    const nodes = isStopped ? [] : [node, ...peers.ready(role)];
    const work: (() => Promise<void>)[] = [];
    for (let shard = 0; shard < count; shard++) {
      const isOwn = !isStopped && ownerOf(shard, nodes) === node;
      const one = held.get(shard);
      if (one !== undefined) work.push(() => keep(shard, one, isOwn));
      else if (isOwn) work.push(() => take(shard));
    }
    for (let at = 0; at < work.length; at += BATCH) {
      await Promise.all(
        work.slice(at, at + BATCH).map((one) =>
          one().catch((error: Error) => {
            if (connection.isUp()) ctx.log.debug(`A lease of ${role} failed: ${error.message}`);
          })
        ),
      );
    }
  }

  async function take(shard: number): Promise<void> {
    const asked = performance.now();
    const revision = await leases.take(nameOf(shard), node);
    if (revision === undefined || isStopped) return;
    const subscription = connection.listen(subjects.allOfShard(role, shard), onCall);
    held.set(shard, {
      token: revision,
      revision,
      subscription,
      validUntil: asked + LEASE_MS - MARGIN_MS,
      isLeaving: false,
      active: 0,
    });
  }

  async function keep(shard: number, one: Held, isOwn: boolean): Promise<void> {
    if (!isOwn && !one.isLeaving) {
      one.isLeaving = true;
      await one.subscription.drain().catch(() => {});
    }
    if (one.isLeaving && one.active === 0) {
      held.delete(shard);
      return await leases.release(nameOf(shard), one.revision);
    }
    const asked = performance.now();
    const revision = await leases.renew(nameOf(shard), node, one.revision);
    if (revision !== undefined) {
      one.revision = revision;
      one.validUntil = asked + LEASE_MS - MARGIN_MS;
      return;
    }
    ctx.log.warn(`The shard ${shard} of the role ${role} was lost`);
    one.validUntil = 0;
    held.delete(shard);
    await one.subscription.drain().catch(() => {});
  }

  function schedule(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      sharing = sharing.then(share).finally(() => {
        if (!isStopped) schedule(RENEW_MS);
      });
    }, ms);
  }

  return {
    start: () => schedule(0),
    has: (shard) => isValid(held.get(shard)),
    enter(shard) {
      const one = held.get(shard);
      if (!isValid(one)) return undefined;
      one.active++;
      return one.token;
    },
    leave(shard) {
      const one = held.get(shard);
      if (one !== undefined) one.active--;
    },
    changed() {
      const ready = peers.ready(role).join();
      if (ready === lastReady || timer === undefined || isStopped) return;
      lastReady = ready;
      schedule(RENEW_MS / 10);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await sharing;
      await share().catch(() => {});
    },
  };
}
