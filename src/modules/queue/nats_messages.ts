/** The stream of a queue, and the consumers that its workers share. */
import { CODES, ensureStream, type JetStream, JetStreamError } from "../shared/jetstream.ts";
import { subjectToken } from "../shared/nats_subject.ts";
import type { NatsTarget } from "../shared/nats_url.ts";
import type { Counts } from "./backend.ts";
import { type Head, headOf } from "./nats_wire.ts";

/** The consumer that workers share, and the one that moves what is delayed. */
export const WORKERS = "workers";
export const DELAYS = "delays";
/** How long looking at the time of a delayed message may take. */
const LOOK_MS = 30_000;
/** How many requests for messages the server keeps, one for each idle process. */
const MOST_WAITING = 100_000;

/** What a message waits for. */
export type State = "ready" | "delayed" | "dead";

interface StreamInfo {
  readonly state: { readonly subjects?: Readonly<Record<string, number>> };
}

interface ConsumerInfo {
  readonly config: { readonly ack_wait: number };
  readonly num_ack_pending: number;
  readonly delivered: { readonly stream_seq: number };
}

/** The messages of a queue. */
export interface Messages {
  readonly stream: string;
  /** Creates what is missing in the server. */
  setUp(): Promise<void>;
  /** Asks for a lease of at least this long. */
  setLease(wantedMs: number): Promise<void>;
  /** The lease that the server gives; 0 until a worker has asked for one. */
  leaseMs(): number;
  /** Stores a message; one with the same `unique` only once within two minutes. */
  put(state: State, body: string, head: Head, unique?: string): Promise<number>;
  counts(): Promise<Counts>;
  /** The clock of the server. */
  now(): number;
}

const encoder = new TextEncoder();

/** Names the stream of a queue, which {@link Messages.setUp} creates. */
export function createMessages(js: JetStream, target: NatsTarget, queue: string): Messages {
  const stream = `digly-queue+${target.name}+${subjectToken(queue)}`;
  const subjects = `digly.queue.${target.name}.${subjectToken(queue)}`;
  const subjectOf = (state: State) => `${subjects}.${state}`;
  let clock: () => number;
  let leaseMs = 0;

  /** How the server has a consumer; `undefined` if it has none. */
  async function consumer(name: string): Promise<ConsumerInfo | undefined> {
    try {
      return await js.api<ConsumerInfo>(`CONSUMER.INFO.${stream}.${name}`);
    } catch (error) {
      if (error instanceof JetStreamError && error.code === CODES.noConsumer) return undefined;
      throw error;
    }
  }

  async function createConsumer(name: string, state: State, ackWaitMs: number): Promise<void> {
    await js.api(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, {
      stream_name: stream,
      config: {
        durable_name: name,
        filter_subject: subjectOf(state),
        ack_policy: "explicit",
        ack_wait: Math.ceil(ackWaitMs) * 1e6,
        deliver_policy: "all",
        replay_policy: "instant",
        max_deliver: -1,
        max_ack_pending: -1,
        max_waiting: MOST_WAITING,
      },
    });
  }

  /** The server has one lease for all workers: the longest that any of them has asked for. */
  async function ensureConsumers(wantedMs: number): Promise<void> {
    const workers = await consumer(WORKERS);
    const serverMs = (workers?.config.ack_wait ?? 0) / 1e6;
    if (serverMs < wantedMs) await createConsumer(WORKERS, "ready", wantedMs);
    if (await consumer(DELAYS) === undefined) await createConsumer(DELAYS, "delayed", LOOK_MS);
    leaseMs = Math.max(wantedMs, serverMs);
  }

  return {
    stream,
    async setUp() {
      await ensureStream(js, {
        name: stream,
        subjects: [`${subjects}.>`],
        retention: "workqueue",
        discard: "new",
        storage: "file",
        num_replicas: target.replicas,
      });
      if (leaseMs > 0) await ensureConsumers(leaseMs);
      clock = await js.clock(stream, `${subjects}.clock`);
    },
    async setLease(wantedMs) {
      if (wantedMs > leaseMs) await ensureConsumers(wantedMs);
    },
    leaseMs: () => leaseMs,
    put: (state, body, head, unique) =>
      js.publish(subjectOf(state), encoder.encode(body), {
        ...headOf(head),
        ...(unique === undefined ? {} : { "Nats-Msg-Id": unique }),
      }),
    async counts() {
      const [{ state }, workers] = await Promise.all([
        js.api<StreamInfo>(`STREAM.INFO.${stream}`, { subjects_filter: `${subjects}.>` }),
        consumer(WORKERS),
      ]);
      const count = (of: State) => state.subjects?.[subjectOf(of)] ?? 0;
      const active = Math.min(workers?.num_ack_pending ?? 0, count("ready"));
      const ready = count("ready") - active;
      const oldest = ready === 0 ? undefined : await js.read(stream, {
        next_by_subj: subjectOf("ready"),
        seq: (workers?.delivered.stream_seq ?? 0) + 1,
      });
      return {
        ready,
        delayed: count("delayed"),
        active,
        dead: count("dead"),
        oldestMs: oldest === undefined ? 0 : Math.max(0, clock() - oldest.time),
      };
    },
    now: () => clock(),
  };
}
