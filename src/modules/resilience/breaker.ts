/** A circuit breaker: after failures, nothing is run for a while. */
import type { Clock } from "../../contract/author.ts";

export type BreakerState = "closed" | "open" | "half-open";

/** What an execution says about the resource; nothing if it was aborted. */
export type Outcome = "success" | "failure" | undefined;

/** Options of {@link createBreaker}. */
export interface BreakerOptions {
  /** How many failures within `windowMs` open it. */
  readonly failures: number;
  readonly windowMs: number;
  /** How long it stays open. */
  readonly cooldownMs: number;
  readonly clock: Clock;
  readonly onChange: (state: BreakerState) => void;
}

/** A breaker of one resource. */
export interface Breaker {
  readonly state: BreakerState;
  /** Lets an execution pass, and gives what must be called at its end; `undefined` refuses it. */
  enter(): ((outcome: Outcome) => void) | undefined;
}

/** Creates a closed breaker. */
export function createBreaker(options: BreakerOptions): Breaker {
  const { failures, windowMs, cooldownMs, clock, onChange } = options;
  /** When the last failures were, the oldest first. */
  let times: number[] = [];
  let state: BreakerState = "closed";
  /** When it was opened, or when the last trial began. */
  let since = 0;

  function become(next: BreakerState): void {
    if (state === next) return;
    state = next;
    onChange(state);
  }

  function open(): void {
    times = [];
    since = clock.now();
    become("open");
  }

  function record(outcome: Outcome): void {
    // What began while it was closed says nothing new once it is open.
    if (outcome !== "failure" || state !== "closed") return;
    const now = clock.now();
    times.push(now);
    if (times.length > failures) times.shift();
    if (times.length === failures && now - (times[0] ?? now) <= windowMs) open();
  }

  function endTrial(outcome: Outcome, began: number): void {
    if (state !== "half-open" || since !== began) return;
    if (outcome === "failure") open();
    else if (outcome === "success") {
      times = [];
      become("closed");
    } else {
      since = clock.now() - cooldownMs; // The next execution is a trial.
      become("open");
    }
  }

  return {
    get state() {
      return state;
    },
    enter() {
      if (state === "closed") return record;
      // A trial that does not end is followed by another one.
      const now = clock.now();
      if (now - since < cooldownMs) return undefined;
      since = now;
      become("half-open");
      return (outcome) => endTrial(outcome, now);
    },
  };
}
