/** What a Queue.Queue offers to the other kinds of this module. */
import { type Context, fail, type SqlTransactions } from "../../contract/author.ts";
import {
  type Backend,
  type Delivery,
  MessageTooLarge,
  type NewMessage,
  type Notes,
  StoreFull,
  StoreUnavailable,
} from "./backend.ts";
import { type Duration, longDurationMs, type QueueFields } from "./fields.ts";
import type { DeliveryOutcome, Meter } from "./meter.ts";

/** A single `backoff` is doubled up to this. */
const LONGEST_BACKOFF_MS = 3_600_000;

/** The `api` of a queue. Errors of the store are `Queue.Unavailable`. */
export interface QueueApi {
  readonly name: string;
  readonly maxDeliver: number;
  /** Stores a message; within a transaction of the same database, as a part of it. */
  publish(message: NewMessage, execution?: Context): Promise<string>;
  claim(limit: number, leaseMs: number): Promise<readonly Delivery[]>;
  untilDue(): Promise<number | undefined>;
  renew(deliveries: readonly Delivery[], leaseMs: number): Promise<ReadonlySet<string>>;
  complete(delivery: Delivery): Promise<boolean>;
  /** Delivers it again later, or never if it was delivered often enough. */
  failed(delivery: Delivery, error: NonNullable<Notes["error"]>): Promise<Failed>;
  release(delivery: Delivery): Promise<boolean>;
  listen(listener: () => void): () => void;
  /** Counts a delivery that has ended. */
  delivered(outcome: DeliveryOutcome, ms: number): void;
}

/** What becomes of a message that failed. */
export interface Failed {
  readonly outcome: "retried" | "dead";
  readonly delayMs: number;
  /** False if its lease was lost, so that others have it. */
  readonly isSettled: boolean;
}

/** Options of {@link createApi}. */
export interface ApiOptions extends Pick<QueueFields, "maxDeliver" | "backoff"> {
  readonly name: string;
  readonly backend: Backend;
  readonly deadQueue: QueueApi | undefined;
  readonly connections: readonly SqlTransactions[];
  readonly meter: Meter;
  /** Called when the store has failed. */
  readonly onLost: () => void;
}

/** Creates the api of an open queue. */
export function createApi(options: ApiOptions): QueueApi {
  const { name, backend, deadQueue, connections, maxDeliver, meter, onLost } = options;

  async function attempt<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof StoreFull) {
        throw fail("Queue.Full", { problem: `The queue ${name} is full` });
      }
      if (error instanceof MessageTooLarge) {
        throw fail("Queue.TooLarge", { problem: `The message ${error.message}` });
      }
      if (!(error instanceof StoreUnavailable)) throw error;
      onLost();
      throw fail("Queue.Unavailable", { problem: `The queue ${name} is not available` }, {
        cause: error,
      });
    }
  }

  async function store(message: NewMessage, execution: Context | undefined): Promise<string> {
    for (const connection of connections) {
      const transaction = execution && connection.transactionOf(execution);
      if (transaction !== undefined && backend.publishIn !== undefined) {
        return await backend.publishIn(transaction, message);
      }
    }
    return await backend.publish(message);
  }

  async function settled(change: Promise<boolean>): Promise<boolean> {
    const isSettled = await change;
    meter.touch();
    return isSettled;
  }

  return {
    name,
    maxDeliver,
    publish: (message, execution) =>
      attempt(async () => {
        const id = await store(message, execution);
        meter.published();
        return id;
      }),
    async claim(limit, leaseMs) {
      const deliveries = await attempt(() => backend.claim(limit, leaseMs));
      if (deliveries.length > 0) meter.touch();
      return deliveries;
    },
    untilDue: () => attempt(() => backend.untilDue()),
    renew: (deliveries, leaseMs) => attempt(() => backend.renew(deliveries, leaseMs)),
    complete: (delivery) => attempt(() => settled(backend.remove(delivery))),
    release: (delivery) => attempt(() => settled(backend.release(delivery))),
    failed: (delivery, error) =>
      attempt(async () => {
        const { attempt: number, body } = delivery;
        const notes = { ...delivery.notes, error };
        if (number < maxDeliver) {
          const delayMs = backoffMs(options.backoff, number);
          const isSettled = await settled(backend.retry(delivery, delayMs, notes));
          return { outcome: "retried", delayMs, isSettled };
        }
        if (deadQueue === undefined) {
          const isSettled = await settled(backend.bury(delivery, notes));
          return { outcome: "dead", delayMs: 0, isSettled };
        }
        // In this order the message may be dead twice if the process ends in between, but not lost.
        await deadQueue.publish({ body, delayMs: 0, notes: { ...notes, origin: name } });
        const isSettled = await settled(backend.remove(delivery));
        return { outcome: "dead", delayMs: 0, isSettled };
      }),
    listen: (listener) => backend.listen(listener),
    delivered: (outcome, ms) => meter.delivered(outcome, ms),
  };
}

/** How long a message waits after its delivery with this number has failed. */
function backoffMs(backoff: QueueFields["backoff"], attempt: number): number {
  // The list has at least one item.
  if (isList(backoff)) return longDurationMs(backoff[Math.min(attempt, backoff.length) - 1]!);
  const first = longDurationMs(backoff);
  return Math.max(first, Math.min(first * 2 ** (attempt - 1), LONGEST_BACKOFF_MS));
}

function isList(backoff: QueueFields["backoff"]): backoff is readonly Duration[] {
  return Array.isArray(backoff);
}
