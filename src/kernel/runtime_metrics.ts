/** The runtime's own metrics. They are counted while something reads metrics. */
import type { EventListener, ExecutionPayload } from "../contract/events.ts";
import type { Gauge } from "../contract/metrics.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Bus } from "./run/bus.ts";
import type { Holds } from "./run/holds.ts";

/** How often to measure the delay of the event loop. */
const DELAY_PERIOD_MS = 200;

const OWNER = "runtime";
const EXECUTION = /^(.+)\.(Executed|Failed)$/;

/** Counts the runtime's own metrics until the returned function is called. */
export type CountRuntime = () => () => void;

/** The parts of the kernel that are counted. */
export interface Counted {
  readonly metrics: Metrics;
  readonly bus: Bus;
  readonly holds: Holds;
}

/** Makes the function that starts counting; several readers share what is counted. */
export function createRuntimeMetrics(counted: Counted): {
  readonly count: CountRuntime;
  /** Brings values up to date that are read, not counted. */
  readonly refresh: () => void;
} {
  let readers = 0;
  let stop: (() => void) | undefined;
  let holds: Gauge | undefined;
  return {
    count() {
      if (readers++ === 0) {
        const started = start(counted);
        ({ stop, holds } = started);
      }
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        if (--readers > 0) return;
        stop?.();
        holds = undefined;
      };
    },
    refresh: () => holds?.set(counted.holds.active().length),
  };
}

function start({ metrics, bus }: Counted): { readonly stop: () => void; readonly holds: Gauge } {
  const own = metrics.of(OWNER, "digly_");
  const executions = own.counter(
    "executions_total",
    "Executions, by kind and outcome",
    ["kind", "outcome"],
  );
  const seconds = own.histogram(
    "execution_duration_seconds",
    "Duration of executions, by kind",
    ["kind"],
  );
  const delay = own.histogram(
    "event_loop_delay_seconds",
    "Delay of the event loop, measured five times a second",
  );
  const holds = own.gauge("holds", "Holds that keep the process alive");
  const listener: EventListener = (payload, { event, kind, name }) => {
    if (kind === undefined || name === undefined) return;
    const [, of, ending] = EXECUTION.exec(event) ?? [];
    if (of !== kind) return;
    const { duration = 0 } = payload as ExecutionPayload;
    executions.inc({ kind, outcome: ending === "Failed" ? "failed" : "ok" });
    seconds.observe({ kind }, duration / 1000);
  };
  bus.on("*", listener, OWNER);
  let measuredAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    delay.observe(Math.max(0, now - measuredAt - DELAY_PERIOD_MS) / 1000);
    measuredAt = now;
  }, DELAY_PERIOD_MS);
  return {
    holds,
    stop() {
      clearInterval(timer);
      bus.off("*", listener);
      metrics.end(OWNER);
    },
  };
}
