/** Decides which executions are recorded, so that an app under load pays for a few of them only. */
import { RateLimit } from "./ring.ts";
import type { ResourceStats } from "./stats.ts";

/**
 * How many executions are recorded in full each second, how many more failures in outline, and how
 * many more because the process that has asked for them records them.
 */
export const SAMPLES = { unwatched: 10, watched: 200, failures: 50, elsewhere: 200 } as const;

/** How many different resources are recorded each second although the samples are used up. */
const MOST_FIRST = 50;

/** Chooses executions. */
export class Sampling {
  readonly #isWatched: () => boolean;
  readonly #samples: RateLimit;
  readonly #first: RateLimit;
  readonly #failures: RateLimit;
  readonly #elsewhere: RateLimit;

  constructor(now: () => number, isWatched: () => boolean) {
    this.#isWatched = isWatched;
    this.#samples = new RateLimit(now);
    this.#first = new RateLimit(now);
    this.#failures = new RateLimit(now);
    this.#elsewhere = new RateLimit(now);
  }

  /** The first executions of each second, and the first one of every resource. */
  admits(stats: ResourceStats, startMs: number): boolean {
    const most = this.#isWatched() ? SAMPLES.watched : SAMPLES.unwatched;
    if (!this.#samples.admits(most, startMs)) {
      const isFirst = stats.recordedAt !== Math.floor(startMs / 1_000);
      if (!isFirst || !this.#first.admits(MOST_FIRST, startMs)) return false;
    }
    stats.recordedAt = Math.floor(startMs / 1_000);
    return true;
  }

  /** For an execution that another process records, so that its record is complete. */
  admitsElsewhere(startMs: number): boolean {
    return this.#elsewhere.admits(SAMPLES.elsewhere, startMs);
  }

  admitsFailure(): boolean {
    return this.#failures.admits(SAMPLES.failures);
  }
}
