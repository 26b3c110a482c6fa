/** What nodes ask each other: snapshots, recordings, and the events that happen now. */
import {
  type ClusterNode,
  type EventRecord,
  fail,
  type TransportHooks,
} from "../../contract/author.ts";
import type { Connection, Subscription } from "./connection.ts";
import type { Subjects } from "./subjects.ts";

/** How long answers of other nodes are waited for, in milliseconds. */
const SNAPSHOT_MS = 3_000;
const RECORDINGS_MS = 1_000;
/** How long events are sent to whoever has asked for them, unless it asks again. */
const EVENTS_MS = 10_000;
/** How many may ask for events at a time. */
const MOST_OBSERVERS = 16;

/** The questions of a node to the others. */
export interface Queries {
  /** Snapshots of other nodes, by node; of those that answer in time. */
  snapshots(expected: number): Promise<Readonly<Record<string, unknown>>>;
  /**
   * What other nodes have recorded of a trace, by node, of those that answer in time: null of a node
   * without an inspector, `{ error }` of one that cannot send it. Rejects if this node may not ask.
   */
  recordings(traceId: string, expected: number): Promise<Readonly<Record<string, unknown>>>;
  /** Calls `take` for every event of every node until the returned function is called. */
  watch(take: (record: EventRecord) => void): () => void;
  /** The server does not let this node publish to a subject. */
  denied(subject: string, message: string): void;
  close(): void;
}

/** A question. */
interface Query {
  readonly what: "snapshot" | "events" | "recordings";
  /** The trace, for recordings. */
  readonly traceId?: string;
  /** The subject of the answers. */
  readonly to: string;
}

/** The answer of a node. */
interface Answer {
  readonly node: string;
  readonly snapshot?: unknown;
  readonly recordings?: unknown;
  /** Why it cannot be sent. */
  readonly problem?: string;
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
  /** Ends the wait for the answers to each question. */
  const waiting = new Set<() => void>();
  /** Why the last question was not sent. */
  let refusal: string | undefined;
  let count = 0;

  function send(to: string, value: unknown): void {
    const data = encoder.encode(JSON.stringify(value));
    if (data.length < maxPayload) return publish(to, data);
    const problem = `it has ${data.length} bytes, and a message at most ${maxPayload}`;
    publish(to, encoder.encode(JSON.stringify({ node, problem })));
  }

  async function answer({ data }: { readonly data: Uint8Array }): Promise<void> {
    const { what, to, traceId } = JSON.parse(decoder.decode(data)) as Partial<Query>;
    // Answers go to nodes of the app only.
    if (typeof to !== "string" || !to.startsWith(subjects.query(""))) return;
    if (what === "snapshot") send(to, { node, snapshot: redact(await hooks.snapshot()) });
    else if (what === "recordings" && typeof traceId === "string") {
      send(to, { node, recordings: redact(hooks.recordings(traceId)) ?? null });
    } else if (what === "events") forwardTo(to);
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
    refusal = undefined;
    publish(subjects.queries, encoder.encode(JSON.stringify(query)));
  }

  /** A subject for the answers to one question. */
  const answers = () => subjects.query(`${node}.${(++count).toString(36)}`);

  /** Asks all nodes, and collects the answers of others until enough have come, or the time is over. */
  async function collect(
    query: Omit<Query, "to">,
    expected: number,
    ms: number,
  ): Promise<ReadonlyMap<string, Answer>> {
    const collected = new Map<string, Answer>();
    if (expected === 0) return collected;
    const to = answers();
    let done = () => {};
    const all = new Promise<void>((resolve) => done = resolve);
    const subscription = listen(to, ({ data }) => {
      const answer = JSON.parse(decoder.decode(data)) as Answer;
      if (answer.node === node) return;
      collected.set(String(answer.node), answer);
      if (collected.size >= expected) done();
    });
    const timer = setTimeout(done, ms);
    waiting.add(done);
    ask({ ...query, to });
    await all;
    waiting.delete(done);
    clearTimeout(timer);
    await subscription.drain().catch(() => {});
    return collected;
  }

  const answering: Subscription[] = cluster.roles.length === 0
    ? []
    : [listen(subjects.queries, (message) => void answer(message).catch(() => {}))];

  return {
    async snapshots(expected) {
      const answers = await collect({ what: "snapshot" }, expected, SNAPSHOT_MS);
      return Object.fromEntries(
        Array.from(
          answers,
          ([from, { snapshot, problem }]) => [from, snapshot ?? { error: problem }] as const,
        ),
      );
    },
    async recordings(traceId, expected) {
      const answers = await collect({ what: "recordings", traceId }, expected, RECORDINGS_MS);
      if (refusal !== undefined && answers.size === 0) {
        throw fail("ERR_UNAVAILABLE", {
          problem: `this node may not ask the others (${refusal})`,
          executed: "no",
        });
      }
      return Object.fromEntries(
        Array.from(
          answers,
          ([from, { recordings, problem }]) =>
            [from, problem === undefined ? recordings ?? null : { error: problem }] as const,
        ),
      );
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
    denied(subject, message) {
      if (subject !== subjects.queries) return;
      refusal = message;
      for (const done of [...waiting]) done();
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
