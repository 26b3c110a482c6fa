/** Metrics of the whole runtime in the text format of Prometheus. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EventListener, ExecutionPayload } from "../../contract/events.ts";
import type { ModuleCreateContext } from "../../contract/module.ts";
import type { AnsweredPayload } from "./exchange.ts";

/** Counters that start when they are created. */
export interface Metrics {
  /** Returns the content type and the text of the metrics. */
  read(): Promise<{ readonly type: string; readonly text: string }>;
  /** Stops counting. */
  close(): void;
}

/** Seconds, from a quick lookup to a slow report. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How often to measure the delay of the event loop. */
const DELAY_PERIOD_MS = 200;

/** Other methods are counted as one, since a client could invent any number of them. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

const EXECUTION = /^(.+)\.(Executed|Failed)$/;

/** Starts counting, based on the events of the runtime. */
export function createMetrics(ctx: ModuleCreateContext): Metrics {
  const registry = new Registry();
  const registers = [registry];

  const executions = new Counter({
    name: "digly_executions_total",
    help: "Executions, by kind and outcome",
    labelNames: ["kind", "outcome"],
    registers,
  });
  const executionSeconds = new Histogram({
    name: "digly_execution_duration_seconds",
    help: "Duration of executions, by kind",
    labelNames: ["kind"],
    buckets: BUCKETS,
    registers,
  });
  const requests = new Counter({
    name: "digly_http_requests_total",
    help: "Requests answered, by method, route and status",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const requestSeconds = new Histogram({
    name: "digly_http_request_duration_seconds",
    help: "Time to answer requests, by method and route",
    labelNames: ["method", "route"],
    buckets: BUCKETS,
    registers,
  });
  const delay = new Histogram({
    name: "digly_event_loop_delay_seconds",
    help: "Delay of the event loop, measured five times a second",
    buckets: BUCKETS,
    registers,
  });
  new Gauge({
    name: "digly_holds",
    help: "Holds that keep the process alive",
    registers,
    collect() {
      this.set(ctx.kernel.holds().length);
    },
  });

  function count(kind: string, ending: string, { duration = 0 }: ExecutionPayload): void {
    executions.inc({ kind, outcome: ending === "Failed" ? "failed" : "ok" });
    executionSeconds.observe({ kind }, duration / 1000);
  }

  const listener: EventListener = (payload, { event, kind, name }) => {
    if (kind === undefined || name === undefined) return;
    if (event === "Http.Server.Answered") {
      const answered = payload as AnsweredPayload;
      const method = METHODS.has(answered.method) ? answered.method : "other";
      const route = ctx.redact(answered.route ?? "none");
      requests.inc({ method, route, status: String(answered.status) });
      requestSeconds.observe({ method, route }, answered.duration / 1000);
      return;
    }
    const [, of, ending] = EXECUTION.exec(event) ?? [];
    if (of === kind) count(kind, ending!, payload as ExecutionPayload);
  };
  ctx.on("*", listener);

  let measuredAt = performance.now();
  const delayTimer = setInterval(() => {
    const now = performance.now();
    delay.observe(Math.max(0, now - measuredAt - DELAY_PERIOD_MS) / 1000);
    measuredAt = now;
  }, DELAY_PERIOD_MS);

  return {
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    close() {
      clearInterval(delayTimer);
      ctx.off("*", listener);
    },
  };
}
