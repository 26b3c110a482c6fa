/** Waits for the next message while a worker has room for it, so that nobody has to ask in vain. */
import { pull } from "../shared/jetstream.ts";
import type { NatsStore } from "../shared/nats_store.ts";
import { untilAborted } from "./nats_delays.ts";
import { receive, type Received } from "./nats_wire.ts";

/** How long one request waits for a message. */
const WAIT_MS = 30_000;
/** How long to wait after one that has failed. */
const RETRY_MS = 1_000;

/** Options of {@link createIntake}. */
export interface IntakeOptions {
  readonly store: NatsStore;
  readonly stream: string;
  readonly consumer: string;
  readonly timeoutMs: number;
  /** Called when a message has come, or when asking for one has failed. */
  readonly wake: () => void;
  /** Called with each message, whose lease begins. */
  readonly onArrival: (message: Received) => void;
  /** Puts back a message that no worker here has room for. */
  readonly putBack: (message: Received) => Promise<unknown>;
  /** Aborted when the server has forgotten what it was asked. */
  readonly cycle: () => AbortSignal;
  /** How long a message may lie here before that, in milliseconds. */
  readonly keepMs: () => number;
}

/** Messages that have come, and a way to wait for them. */
export interface Intake {
  /** Waits for a message, unless that happens already. */
  wait(): void;
  /** Messages that have come. */
  take(limit: number): Received[];
  /** Stops waiting, and puts back what has come. */
  stop(): Promise<void>;
}

/** Creates the intake of a queue. */
export function createIntake(options: IntakeOptions): Intake {
  const { store: { nats }, stream, consumer, timeoutMs, cycle, keepMs } = options;
  const { wake, putBack, onArrival } = options;
  const arrived = new Map<Received, ReturnType<typeof setTimeout>>();
  let abort = new AbortController();
  let waiting: Promise<void> | undefined;

  function forget(received: Received): void {
    clearTimeout(arrived.get(received));
    arrived.delete(received);
  }

  function arrive(received: Received): void {
    onArrival(received);
    const timer = setTimeout(() => {
      forget(received);
      putBack(received).catch(() => {}); // The server delivers it again.
    }, keepMs());
    arrived.set(received, timer);
  }

  async function next(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, cycle()]);
    const request = { stream, consumer, batch: 1, waitMs: WAIT_MS, timeoutMs, signal: either };
    while (!either.aborted && arrived.size === 0) {
      try {
        await pull(nats, request, (message) => arrive(receive(message)));
      } catch {
        await untilAborted(signal, RETRY_MS);
        return;
      }
    }
  }

  return {
    wait() {
      waiting ??= next(abort.signal).finally(() => {
        waiting = undefined;
        if (!abort.signal.aborted) wake();
      });
    },
    take(limit) {
      const taken = [...arrived.keys()].slice(0, limit);
      for (const received of taken) forget(received);
      return taken;
    },
    async stop() {
      abort.abort();
      await waiting;
      abort = new AbortController();
      const left = [...arrived.keys()];
      for (const received of left) forget(received);
      await Promise.all(left.map((received) => putBack(received).catch(() => {})));
    },
  };
}
