/**
 * Messages in a stream of NATS, from which they are removed when they are done. What is `ready` is
 * delivered to workers by the server; `delayed` ones are moved there when their time has come, and
 * `dead` ones stay. A message that waits for its next delivery is stored again, with its error.
 */
import type { ModuleCreateContext } from "../../contract/author.ts";
import { CODES, JetStreamError, NoAnswer, pull, TooLarge } from "../shared/jetstream.ts";
import { NotConnected, openNatsStore } from "../shared/nats_store.ts";
import type { NatsTarget } from "../shared/nats_url.ts";
import {
  type Backend,
  type Delivery,
  MessageTooLarge,
  StoreFull,
  StoreUnavailable,
} from "./backend.ts";
import { moveDelayed } from "./nats_delays.ts";
import { createIntake } from "./nats_intake.ts";
import { createLeases } from "./nats_leases.ts";
import { createMessages, DELAYS, type State, WORKERS } from "./nats_messages.ts";
import { type Head, receive, type Received } from "./nats_wire.ts";

/** Options of {@link openNats}. */
export interface NatsOptions {
  readonly timeoutMs: number;
  /** Called when the connection is lost. */
  readonly onLost: () => void;
}

/** Connects, and creates the stream if it does not exist. */
export async function openNats(
  target: NatsTarget,
  queue: string,
  { timeoutMs, onLost }: NatsOptions,
  ctx: ModuleCreateContext,
): Promise<Backend> {
  const listeners = new Set<() => void>();
  let cycle = new AbortController();
  let stopMoving: (() => Promise<void>) | undefined;

  const store = await openNatsStore(target, {
    name: `digly ${queue}`,
    timeoutMs,
    onLost,
    onReconnect() {
      // The server has forgotten who waits for messages, and may have lost its disk.
      messages.setUp().catch(() => {}).finally(() => {
        cycle.abort();
        cycle = new AbortController();
      });
    },
  }, ctx).catch((error) => {
    throw publicError(error);
  });
  const { js, nats } = store;
  const messages = createMessages(js, target, queue);
  const { stream, put, leaseMs } = messages;
  const leases = createLeases(js, leaseMs);
  const intake = createIntake({
    store,
    stream,
    consumer: WORKERS,
    timeoutMs,
    cycle: () => cycle.signal,
    keepMs: () => leaseMs() / 3,
    wake,
    onArrival: (received) => leases.begin(received, performance.now()),
    putBack: ({ delivery }) => release(delivery),
  });

  function wake(): void {
    for (const listener of [...listeners]) listener();
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw publicError(error);
    }
  }

  /** Stores a message again, and removes it as it was. */
  function replace(delivery: Delivery, state: State, change: Head): Promise<boolean> {
    return attempt(async () => {
      if (!leases.has(delivery)) return false;
      const { id, published, body, notes, attempt: attempts } = delivery;
      const head: Head = { id, published, attempts, notes, ...change };
      try {
        await put(state, body, head);
      } catch (error) {
        if (!(error instanceof TooLarge)) throw error;
        await put(state, body, { ...head, notes: {} }); // The body leaves no room for them.
      }
      return await leases.end(delivery);
    });
  }

  function release(delivery: Delivery): Promise<boolean> {
    return replace(delivery, "ready", { attempts: delivery.attempt - 1 });
  }

  /** Moves what is delayed, until the returned function is called. */
  function startMoving(): () => Promise<void> {
    const abort = new AbortController();
    const options = {
      store,
      stream,
      consumer: DELAYS,
      timeoutMs,
      now: messages.now,
      cycle: () => cycle.signal,
      move: ({ delivery: { id, published, body, notes }, seq, attempts }: Received) =>
        put("ready", body, { id, published, attempts, notes }, `delayed-${seq}`),
    };
    const moving = moveDelayed(options, abort.signal, ctx);
    return async () => {
      abort.abort();
      await moving;
    };
  }

  /** Stops what runs for workers, when the last one has ended. */
  async function stopWaiting(): Promise<void> {
    const stopped = stopMoving?.();
    stopMoving = undefined;
    await Promise.all([stopped, intake.stop()]);
  }

  try {
    await attempt(messages.setUp);
  } catch (error) {
    await store.close();
    throw error;
  }
  let stopping: Promise<void> | undefined;

  return {
    publish: ({ body, delayMs, notes }) =>
      attempt(async () => {
        const delay = Math.ceil(delayMs);
        const seq = await (delay > 0
          ? put("delayed", body, { notes, delayMs: delay })
          : put("ready", body, { notes }));
        return String(seq);
      }),
    claim: (limit, wantedMs) =>
      attempt(async () => {
        await messages.setLease(wantedMs);
        const received = intake.take(limit);
        if (received.length < limit) {
          await store.untilUp();
          const asked = performance.now();
          const request = {
            stream,
            consumer: WORKERS,
            batch: limit - received.length,
            waitMs: 0,
            timeoutMs,
          };
          await pull(nats, request, (message) => {
            const one = receive(message);
            leases.begin(one, asked);
            received.push(one);
          });
        }
        return received.map(({ delivery }) => delivery);
      }),
    untilDue() {
      // The server says when there is a message.
      if (listeners.size > 0) {
        stopMoving ??= startMoving();
        intake.wait();
      }
      return Promise.resolve(undefined);
    },
    renew: (deliveries, wantedMs) =>
      attempt(async () => {
        await messages.setLease(wantedMs);
        const kept = await Promise.all(deliveries.map((delivery) => leases.renew(delivery)));
        return new Set(deliveries.filter((_, index) => kept[index]).map(({ id }) => id));
      }),
    remove: (delivery) => attempt(() => leases.end(delivery)),
    retry(delivery, delayMs, notes) {
      const delay = Math.ceil(delayMs);
      return delay > 0
        ? replace(delivery, "delayed", { notes, delayMs: delay })
        : replace(delivery, "ready", { notes });
    },
    release,
    bury: (delivery, notes) => replace(delivery, "dead", { notes }),
    counts: () => attempt(messages.counts),
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stopping = stopWaiting().catch(() => {});
      };
    },
    ping: () => attempt(async () => void await js.api("INFO")),
    async close() {
      await stopping;
      await stopWaiting().catch(() => {});
      await store.close();
    },
  };
}

/** The errors that the other files of this module know. */
function publicError(error: unknown): unknown {
  if (error instanceof TooLarge) return new MessageTooLarge(error.message, { cause: error });
  if (error instanceof JetStreamError && error.code === CODES.full) return new StoreFull();
  if (error instanceof NotConnected) {
    // Connecting has been tried for as long as it may take.
    return new StoreUnavailable(error.message, { isTransient: false, cause: error });
  }
  if (error instanceof NoAnswer || error instanceof JetStreamError) {
    return new StoreUnavailable(error.message, { isTransient: true, cause: error });
  }
  return error;
}
