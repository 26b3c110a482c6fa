/** Metrics of requests, and all metrics of the app in the text format of Prometheus. */
import type { EventListener, MetricFamily, ModuleCreateContext } from "../../contract/author.ts";
import type { AnsweredPayload } from "./exchange.ts";

/** What `/metrics` of a server answers. */
export interface Metrics {
  /** The metrics of the whole app as text. */
  read(): string;
  /** Stops counting. */
  close(): void;
}

/** Other methods are counted as one, since a client could invent any number of them. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Starts counting; of several servers with metrics, the first counts the requests of all. */
export function createMetrics(ctx: ModuleCreateContext, urn: string): Metrics {
  const reader = ctx.kernel.metrics();
  if (firstWithMetrics(ctx) === urn) countRequests(ctx);
  return {
    read: () => reader.read().map(formatFamily).join(""),
    close: reader.close,
  };
}

/** The server that counts. Fields are visible only of kinds that this module serves. */
function firstWithMetrics({ kernel }: ModuleCreateContext): string | undefined {
  for (const [kind, resources] of kernel.registry) {
    for (const [name, resource] of resources) {
      if (resource["metrics"] === true) return `${kind}.${name}`;
    }
  }
  return undefined;
}

function countRequests(ctx: ModuleCreateContext): void {
  const requests = ctx.metrics.counter(
    "requests_total",
    "Requests answered, by method, route and status",
    ["method", "route", "status"],
  );
  const seconds = ctx.metrics.histogram(
    "request_duration_seconds",
    "Time to answer requests, by method and route",
    ["method", "route"],
  );
  const listener: EventListener = (payload) => {
    const answered = payload as AnsweredPayload;
    const method = METHODS.has(answered.method) ? answered.method : "other";
    const route = answered.route ?? "none";
    requests.inc({ method, route, status: answered.status });
    seconds.observe({ method, route }, answered.duration / 1000);
  };
  ctx.on("Http.Server.Answered", listener);
}

function formatFamily({ name, type, help, samples }: MetricFamily): string {
  const lines = samples.map(({ suffix, labels, value }) =>
    `${name}${suffix}${formatLabels(labels)} ${formatValue(value)}\n`
  );
  const about = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${about}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Numbers as the format has them. */
function formatValue(value: number): string {
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}
