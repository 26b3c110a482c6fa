/** Counts all executions, per resource and per connection. */
import { ActivityCounter } from "./activity.ts";

/** What is counted of a resource. */
export interface ResourceStats {
  readonly counter: ActivityCounter;
  /** Executions in progress. */
  executing: number;
  /** Executions by other resources, by their URNs. */
  readonly callers: Map<string, ActivityCounter>;
  /** The second in which it was last recorded as the root of an execution. */
  recordedAt: number;
}

/** The counts of all resources. */
export class Stats {
  readonly #byUrn = new Map<string, ResourceStats>();

  of(urn: string): ResourceStats {
    let stats = this.#byUrn.get(urn);
    if (stats === undefined) {
      stats = { counter: new ActivityCounter(), executing: 0, callers: new Map(), recordedAt: -1 };
      this.#byUrn.set(urn, stats);
    }
    return stats;
  }

  all(): ReadonlyMap<string, ResourceStats> {
    return this.#byUrn;
  }

  /** Forgets resources that do not exist any more. */
  retain(exists: (urn: string) => boolean): void {
    for (const [urn, { executing }] of this.#byUrn) {
      if (executing === 0 && !exists(urn)) this.#byUrn.delete(urn);
    }
  }
}

/** The counter of the executions of a resource by another one. */
export function callerOf({ callers }: ResourceStats, urn: string): ActivityCounter {
  let counter = callers.get(urn);
  if (counter === undefined) callers.set(urn, counter = new ActivityCounter());
  return counter;
}
