/** The metrics of policies. */
import type { ModuleCreateContext } from "../../contract/author.ts";
import type { BreakerState } from "./breaker.ts";

/** Counts what policies do. */
export interface PolicyMetrics {
  retried(resource: string): void;
  timedOut(resource: string): void;
  refused(resource: string, reason: "open" | "overloaded"): void;
  cached(resource: string, hit: boolean): void;
  running(resource: string, running: number, waiting: number): void;
  breaker(resource: string, state: BreakerState): void;
}

export function createPolicyMetrics({ metrics }: ModuleCreateContext): PolicyMetrics {
  const retries = metrics.counter("retries_total", "Executions that were repeated", ["resource"]);
  const timeouts = metrics.counter("timeouts_total", "Executions that took too long", ["resource"]);
  const refusals = metrics.counter("refused_total", "Executions that were refused, by reason", [
    "resource",
    "reason",
  ]);
  const cache = metrics.counter("cache_total", "Executions of resources with a cache", [
    "resource",
    "outcome",
  ]);
  const executions = metrics.gauge("executions", "Executions of resources with a limit", [
    "resource",
    "state",
  ]);
  const open = metrics.gauge("breaker_open", "1 while a circuit breaker is open, 0.5 half open", [
    "resource",
  ]);
  return {
    retried: (resource) => retries.inc({ resource }),
    timedOut: (resource) => timeouts.inc({ resource }),
    refused: (resource, reason) => refusals.inc({ resource, reason }),
    cached: (resource, hit) => cache.inc({ resource, outcome: hit ? "hit" : "miss" }),
    running(resource, running, waiting) {
      executions.set({ resource, state: "running" }, running);
      executions.set({ resource, state: "waiting" }, waiting);
    },
    breaker: (resource, state) =>
      open.set({ resource }, state === "closed" ? 0 : state === "open" ? 1 : 0.5),
  };
}
