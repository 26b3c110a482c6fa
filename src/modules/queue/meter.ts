/** The metrics of a queue: how many messages it has, and what becomes of them. */
import type { ModuleCreateContext } from "../../contract/author.ts";
import type { Counts } from "./backend.ts";

/** How often messages are counted if nothing happens in this process. */
const IDLE_MS = 5_000;
/** The shortest time between two counts. */
const BUSY_MS = 100;
/** Counting may take at most one part in so many of the time. */
const SHARE = 20;

/** How a delivery ended. */
export type DeliveryOutcome = "completed" | "retried" | "dead";

/** Counts what happens to a queue. */
export interface Meter {
  published(): void;
  delivered(outcome: DeliveryOutcome, ms: number): void;
  /** Something has changed the number of messages. */
  touch(): void;
  start(): void;
  stop(): void;
}

/** Creates the metrics of the queue `queue`. */
export function createMeter(
  queue: string,
  count: () => Promise<Counts>,
  { metrics }: ModuleCreateContext,
): Meter {
  const depth = metrics.gauge("depth", "Messages in a queue, by state", ["queue", "state"]);
  const age = metrics.gauge(
    "oldest_seconds",
    "Time since the oldest message that is ready was published",
    ["queue"],
  );
  const published = metrics.counter("published_total", "Messages published", ["queue"]);
  const deliveries = metrics.counter("deliveries_total", "Deliveries that ended, by outcome", [
    "queue",
    "outcome",
  ]);
  const seconds = metrics.histogram("delivery_seconds", "Time that deliveries took", ["queue"]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isCounting = false;
  let isStopped = true;
  let isTouched = false;
  let earliest = 0;

  async function refresh(): Promise<void> {
    timer = undefined;
    isTouched = false;
    isCounting = true;
    const start = performance.now();
    try {
      const { oldestMs, ...states } = await count();
      for (const [state, value] of Object.entries(states)) depth.set({ queue, state }, value);
      age.set({ queue }, oldestMs / 1_000);
    } catch { /* The store is lost, which whoever uses it reports. */ }
    isCounting = false;
    const end = performance.now();
    earliest = end + Math.max(BUSY_MS, SHARE * (end - start));
    arm(isTouched ? earliest - end : IDLE_MS);
  }

  function arm(ms: number): void {
    clearTimeout(timer);
    if (isStopped) return;
    timer = setTimeout(() => void refresh(), ms);
    (timer as { unref?: () => void }).unref?.();
  }

  function touch(): void {
    if (isTouched) return;
    isTouched = true;
    if (!isCounting) arm(Math.max(0, earliest - performance.now()));
  }

  return {
    published() {
      published.inc({ queue });
      touch();
    },
    delivered(outcome, ms) {
      deliveries.inc({ queue, outcome });
      seconds.observe({ queue }, ms / 1_000);
      touch();
    },
    touch,
    start() {
      isStopped = false;
      void refresh();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
