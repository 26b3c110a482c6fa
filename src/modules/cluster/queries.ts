/** What nodes ask each other about themselves: snapshots, and the events that happen now. */
import type { ClusterNode, EventRecord, TransportHooks } from "../../contract/author.ts";
import type { Connection, Subscription } from "./connection.ts";
import type { Subjects } from "./subjects.ts";

/** How long snapshots of other nodes are waited for, in milliseconds. */
const SNAPSHOT_MS = 3_000;
/** How long events are sent to whoever has asked for them, unless it asks again. */
const EVENTS_MS = 10_000;
/** How many may ask for events at a time. */
const MOST_OBSERVERS = 16;

/** The questions of a node to the others. */
export interface Queries {
  /** Snapshots of other nodes, by node; of those that answer in time. */
  snapshots(expected: number): Promise<Readonly<Record<string, unknown>>>;
  /** Calls `take` for every event of every node until the returned function is called. */
  watch(take: (record: EventRecord) => void): () => void;
  close(): void;
}

/** A question. */
interface Query {
  readonly what: "snapshot" | "events";
  /** The subject of the answers. */
  readonly to: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Answers questions, and asks them. */
export function startQueries(
  { listen, publish, maxPayload }: Connection,
  hooks: TransportHooks,
  { cluster, node, subjects, redact }: {
    readonly cluster: ClusterNode;
    readonly node: string;
    readonly subjects: Subjects;
    readonly redact: <T>(value: T) => T;
  },
): Queries {
  /** Those who see the events of this node, by the subject that they wrote, with what stops that. */
  const observers = new Map<string, { stop: () => void; timer: ReturnType<typeof setTimeout> }>();
  const watching = new Set<() => void>();
  let count = 0;

  function send(to: string, value: unknown): void {
    const data = encoder.encode(JSON.stringify(value));
    if (data.length < maxPayload) return publish(to, data);
    const problem = `it has ${data.length} bytes, and a message at most ${maxPayload}`;
    publish(to, encoder.encode(JSON.stringify({ node, problem })));
  }

  async function answer({ data }: { readonly data: Uint8Array }): Promise<void> {
    const { what, to } = JSON.parse(decoder.decode(data)) as Partial<Query>;
    // Answers go to nodes of the app only.
    if (typeof to !== "string" || !to.startsWith(subjects.query(""))) return;
    if (what === "snapshot") send(to, { node, snapshot: redact(await hooks.snapshot()) });
    else if (what === "events") forwardTo(to);
  }

  function forwardTo(to: string): void {
    const known = observers.get(to);
    if (known === undefined && observers.size >= MOST_OBSERVERS) return;
    clearTimeout(known?.timer);
    const stop = known?.stop ??
      hooks.observe((record) => send(to, { node, record: redact({ ...record, node }) }));
    const timer = setTimeout(() => {
      stop();
      observers.delete(to);
    }, EVENTS_MS);
    observers.set(to, { stop, timer });
  }

  function ask(query: Query): void {
    publish(subjects.queries, encoder.encode(JSON.stringify(query)));
  }

  /** A subject for the answers to one question. */
  const answers = () => subjects.query(`${node}.${(++count).toString(36)}`);

  const answering: Subscription[] = cluster.roles.length === 0
    ? []
    : [listen(subjects.queries, (message) => void answer(message).catch(() => {}))];

  return {
    async snapshots(expected) {
      const snapshots: Record<string, unknown> = {};
      const to = answers();
      let done = () => {};
      const all = new Promise<void>((resolve) => done = resolve);
      const subscription = listen(to, ({ data }) => {
        const { node: from, snapshot, problem } = JSON.parse(decoder.decode(data)) as {
          node: string;
          snapshot?: unknown;
          problem?: string;
        };
        if (from === node) return;
        snapshots[from] = snapshot ?? { error: problem };
        if (Object.keys(snapshots).length >= expected) done();
      });
      const timer = setTimeout(done, SNAPSHOT_MS);
      ask({ what: "snapshot", to });
      if (expected > 0) await all;
      clearTimeout(timer);
      await subscription.drain().catch(() => {});
      return snapshots;
    },
    watch(take) {
      const to = answers();
      const subscription = listen(to, ({ data }) => {
        const { record } = JSON.parse(decoder.decode(data)) as { record?: EventRecord };
        if (typeof record?.event === "string" && typeof record.timestamp === "string") take(record);
      });
      ask({ what: "events", to });
      const timer = setInterval(() => ask({ what: "events", to }), EVENTS_MS / 3);
      const stop = () => {
        clearInterval(timer);
        watching.delete(stop);
        void subscription.drain().catch(() => {});
      };
      watching.add(stop);
      return stop;
    },
    close() {
      for (const stop of [...watching]) stop();
      for (const { stop, timer } of observers.values()) {
        clearTimeout(timer);
        stop();
      }
      for (const subscription of answering) void subscription.drain().catch(() => {});
    },
  };
}
