/** Moves messages whose time has come to those that are ready. Any process with workers does it. */
import { messageOf, type ModuleCreateContext } from "../../contract/author.ts";
import { pull } from "../shared/jetstream.ts";
import type { NatsStore } from "../shared/nats_store.ts";
import { receive, type Received } from "./nats_wire.ts";

/** How long one request for messages waits. */
const WAIT_MS = 30_000;
const BATCH = 256;
const RETRY_MS = 1_000;
/** Longer times are looked at again, in case a clock was set. */
const LONGEST_DELAY_MS = 86_400_000;

/** Options of {@link startDelays}. */
export interface DelaysOptions {
  readonly store: NatsStore;
  readonly stream: string;
  readonly consumer: string;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Stores a message as one that is ready. */
  readonly move: (message: Received) => Promise<unknown>;
  /** Aborted when the server has forgotten what it was asked. */
  readonly cycle: () => AbortSignal;
}

const encoder = new TextEncoder();

/** Moves messages until the signal is aborted. */
export async function moveDelayed(
  { store: { nats, js, untilUp }, stream, consumer, timeoutMs, now, move, cycle }: DelaysOptions,
  signal: AbortSignal,
  { log }: ModuleCreateContext,
): Promise<void> {
  async function handle(received: Received): Promise<void> {
    const { address, stored, delayMs } = received;
    const leftMs = stored + delayMs - now();
    if (leftMs >= 1) {
      // The server delivers it again by then, also to another process.
      const delay = Math.ceil(Math.min(leftMs, LONGEST_DELAY_MS)) * 1e6;
      await js.ask(address, encoder.encode(`-NAK ${JSON.stringify({ delay })}`));
    } else {
      await move(received);
      await js.ask(address, encoder.encode("+ACK"));
    }
  }

  while (!signal.aborted) {
    const handling: Promise<void>[] = [];
    try {
      await untilUp();
      const either = AbortSignal.any([signal, cycle()]);
      await pull(
        nats,
        { stream, consumer, batch: BATCH, waitMs: WAIT_MS, timeoutMs, signal: either },
        (message) => {
          handling.push(
            handle(receive(message)).catch((error) => {
              log.debug(`A message that waits is looked at again later: ${messageOf(error)}`);
            }),
          );
        },
      );
    } catch {
      // Whoever claims messages reports that the server does not answer.
      await untilAborted(signal, RETRY_MS);
    }
    await Promise.all(handling);
  }
}

/** Waits, but no longer than until the signal is aborted. */
export function untilAborted(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
