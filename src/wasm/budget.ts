/** What one execution may still use of its fuel and its time. */
import type { CodeLimits } from "../contract/code_limits.ts";

/** Why an execution is ended. */
export type Exhausted = "fuel" | "time" | "deadline";

/**
 * The fuel after which the host looks at the time: about a millisecond of computing, so that limits
 * of time are kept closely, and looking costs nothing.
 */
const PORTION = 1_000_000;

/** The fuel and the time of one execution, which continues after it has waited for others. */
export class Budget {
  #fuel: number;
  #timeMs: number;
  /** Milliseconds until the deadline, when the code last began to run. */
  readonly #untilDeadline: () => number;
  #deadlineMs = Infinity;
  #startedAt = 0;
  #portion = 0;

  constructor({ fuel, time }: CodeLimits, untilDeadline: () => number = () => Infinity) {
    this.#fuel = fuel;
    this.#timeMs = time;
    this.#untilDeadline = untilDeadline;
  }

  /** Begins to measure; returns the first portion of fuel. */
  begin(): number {
    this.#startedAt = performance.now();
    this.#deadlineMs = this.#untilDeadline();
    return this.#portion = Math.min(PORTION, this.#fuel);
  }

  /** The next portion of fuel when `left` is left of the last one, or why there is none. */
  next(left: number): number | Exhausted {
    this.#fuel -= this.#portion - left;
    this.#portion = 0;
    if (this.#fuel < 0) return "fuel";
    const late = this.lateness();
    if (late !== undefined) return late;
    return this.#portion = Math.min(PORTION, this.#fuel);
  }

  /** Why the code may not continue, if it has taken too long. */
  lateness(): Exhausted | undefined {
    const elapsed = performance.now() - this.#startedAt;
    if (elapsed > this.#timeMs) return "time";
    return elapsed > this.#deadlineMs ? "deadline" : undefined;
  }

  /** Stops measuring, with `left` of the last portion. */
  end(left: number): void {
    this.#fuel -= this.#portion - left;
    this.#portion = 0;
    this.#timeMs -= performance.now() - this.#startedAt;
  }
}
