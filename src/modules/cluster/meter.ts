/** What a node counts. */
import type { ModuleCreateContext } from "../../contract/author.ts";

/** The metrics of a node. */
export interface Meter {
  /** A call of this node to another has ended. */
  called(role: string, outcome: string): void;
  /** A call of another node to this one has ended. */
  served(role: string, outcome: string, seconds: number): void;
}

/** Creates the metrics. */
export function createMeter({ metrics }: ModuleCreateContext): Meter {
  const calls = metrics.counter("calls_total", "Executions in other nodes, by role and outcome", [
    "role",
    "outcome",
  ]);
  const served = metrics.counter(
    "served_total",
    "Executions for other nodes, by role and outcome",
    [
      "role",
      "outcome",
    ],
  );
  const seconds = metrics.histogram("served_seconds", "How long executions for others took", [
    "role",
  ]);
  return {
    called: (role, outcome) => calls.inc({ role, outcome }),
    served(role, outcome, time) {
      served.inc({ role, outcome });
      seconds.observe({ role }, time);
    },
  };
}
