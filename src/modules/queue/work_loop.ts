/** Claims messages as long as there is room for them, and keeps their leases. */
import { setImmediate } from "node:timers";
import { type Clock, type Logger, LONGEST_DURATION_MS } from "../../contract/author.ts";
import { continuesLater } from "../shared/continued_job.ts";
import type { QueueApi } from "./api.ts";
import type { Delivery } from "./backend.ts";
import type { DeliveryOutcome } from "./meter.ts";

/** How often to look for messages even if nothing says that there are some. */
const LONGEST_WAIT_MS = 30_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** How long before a stop is forced the messages that are not done are put back. */
const RELEASE_MS = 500;
/** A lease is renewed so many times before it would end. */
const RENEWALS = 3;

/** Options of {@link createWorkLoop}. */
export interface WorkLoopOptions {
  readonly concurrency: number;
  readonly leaseMs: number;
  /** How long a delivery may take; 0 for any time. */
  readonly timeoutMs: number;
  /** The same as the manifest writes it. */
  readonly timeout: string | number | undefined;
  readonly queue: QueueApi;
  /** The URN of what is executed. */
  readonly execute: string;
  readonly clock: Clock;
  readonly log: Logger;
  perform(delivery: Delivery, signal: AbortSignal): Promise<void>;
  failed(delivery: Delivery, error: unknown): Promise<"retried" | "dead">;
  onCompleted(delivery: Delivery): void;
  onSettled(outcome: DeliveryOutcome): void;
}

/** The running side of a worker. */
export interface WorkLoop {
  start(): void;
  /** How many messages are worked on. */
  running(): number;
  /** Takes no more messages, and settles when those that are worked on are done. */
  drain(deadline: number): Promise<void>;
}

/** A delivery that is worked on. */
interface Job {
  readonly delivery: Delivery;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Creates a loop that does not run yet. */
export function createWorkLoop(options: WorkLoopOptions): WorkLoop {
  const { concurrency, leaseMs, timeoutMs, queue, clock, log } = options;
  const jobs = new Set<Job>();
  let isStopping = false;
  let isClaiming = false;
  let isWoken = false;
  let cancelWake: (() => void) | undefined;
  let cancelRenewal: (() => void) | undefined;
  let stopListening: (() => void) | undefined;

  /** Claims messages until there are none, or no room for more. */
  async function pump(): Promise<void> {
    isWoken = true;
    if (isClaiming) return;
    isClaiming = true;
    for (let retryMs = FIRST_RETRY_MS; isWoken && !isStopping;) {
      // Messages that end in the same turn make room together, so that one transaction fills it.
      await new Promise((resolve) => setImmediate(resolve));
      isWoken = false;
      cancelWake?.();
      if (isStopping) break;
      try {
        await claim();
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (retryMs === FIRST_RETRY_MS) log.error("Cannot claim messages", { error });
        await clock.sleep(retryMs);
        retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
        isWoken = true;
      }
    }
    isClaiming = false;
  }

  async function claim(): Promise<void> {
    const room = concurrency - jobs.size;
    if (room <= 0) return; // The end of a job wakes the loop.
    const deliveries = await queue.claim(room, leaseMs);
    for (const delivery of deliveries) begin(delivery);
    if (deliveries.length === room || isWoken) return;
    const wait = await queue.untilDue();
    if (isWoken || isStopping) return;
    const waitMs = Math.ceil(Math.min(wait ?? LONGEST_WAIT_MS, LONGEST_WAIT_MS));
    cancelWake = clock.setTimeout(() => void pump(), waitMs);
  }

  function begin(delivery: Delivery): void {
    const abort = new AbortController();
    const job: Job = {
      delivery,
      abort,
      done: work(delivery, abort).catch((error) => {
        log.error("A message could not be settled, and is delivered again", {
          id: delivery.id,
          error,
        });
      }).finally(() => {
        jobs.delete(job);
        if (jobs.size === 0) stopRenewing();
        void pump();
      }),
    };
    jobs.add(job);
    cancelRenewal ??= clock.setTimeout(() => void renew(), leaseMs / RENEWALS);
  }

  async function work(delivery: Delivery, abort: AbortController): Promise<void> {
    const start = performance.now();
    const settle = (outcome: DeliveryOutcome) => {
      queue.delivered(outcome, performance.now() - start);
      options.onSettled(outcome);
    };
    try {
      // Earlier deliveries were lost with their processes, so this one would be one too many.
      if (delivery.attempt > queue.maxDeliver) throw new Error(tooOften(delivery));
      await timed(delivery, abort);
    } catch (error) {
      if (abort.signal.reason === LOST) return;
      // A durable job continues without the message, which would begin another one.
      if (!continuesLater(error, options.execute)) {
        if (abort.signal.reason === STOPPED) await queue.release(delivery);
        else settle(await options.failed(delivery, error));
        return;
      }
    }
    if (!await queue.complete(delivery)) {
      log.warn("A message took longer than its lease, and may be delivered again", {
        id: delivery.id,
      });
    }
    settle("completed");
    options.onCompleted(delivery);
  }

  async function timed(delivery: Delivery, abort: AbortController): Promise<void> {
    if (timeoutMs === 0) return await options.perform(delivery, abort.signal);
    const cancel = clock.setTimeout(() => {
      abort.abort(new DOMException(`It took longer than ${options.timeout}`, "TimeoutError"));
    }, Math.min(timeoutMs, LONGEST_DURATION_MS));
    try {
      await options.perform(delivery, abort.signal);
    } finally {
      cancel();
    }
  }

  async function renew(): Promise<void> {
    const current = [...jobs];
    try {
      const kept = await queue.renew(current.map(({ delivery }) => delivery), leaseMs);
      for (const job of current) {
        if (!jobs.has(job) || kept.has(job.delivery.id)) continue;
        log.warn("The lease of a message was lost", { id: job.delivery.id });
        job.abort.abort(LOST);
      }
    } catch { /* The store is lost; the next renewal may be in time. */ }
    cancelRenewal = jobs.size === 0
      ? undefined
      : clock.setTimeout(() => void renew(), leaseMs / RENEWALS);
  }

  function stopRenewing(): void {
    cancelRenewal?.();
    cancelRenewal = undefined;
  }

  return {
    start() {
      stopListening = queue.listen(() => void pump());
      void pump();
    },
    running: () => jobs.size,
    async drain(deadline) {
      isStopping = true;
      stopListening?.();
      cancelWake?.();
      const cancel = clock.setTimeout(() => {
        for (const { abort } of jobs) abort.abort(STOPPED);
      }, Math.max(0, deadline - RELEASE_MS - Date.now()));
      await Promise.all([...jobs].map(({ done }) => done));
      cancel();
      stopRenewing();
    },
  };
}

/** Reasons why executions are aborted. */
const LOST = new DOMException("The lease of the message was lost", "AbortError");
const STOPPED = new DOMException("The app stops", "AbortError");

function tooOften({ attempt }: Delivery): string {
  return `It was delivered ${attempt - 1} times, and the process ended each time`;
}
