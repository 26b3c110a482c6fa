/** A clock that a test moves. */
import { type Clock, createClock } from "../contract/clock.ts";
import { fail } from "../contract/errors.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * Time that stands still until a test moves it. Controllers see it as `ctx.clock`.
 *
 * @example
 * const clock = new TestClock(Date.UTC(2026, 0, 1));
 * const app = await bootApp({ path: "runtime.yaml", clock });
 * await clock.advance(60_000); // every timer that is due within a minute has been called
 */
export class TestClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();
  readonly #clock: Clock;

  /** Starts at `start`: milliseconds since the epoch, or a date; at the epoch unless given. */
  constructor(start: number | Date = 0) {
    this.#now = Number(start);
    if (!Number.isFinite(this.#now)) throw wrongTime("The start of a test clock", start);
    this.#clock = createClock(() => this.#now, (callback, ms) => {
      const timer = { at: this.#now + Math.max(0, Number(ms) || 0), callback };
      this.#timers.add(timer);
      return () => void this.#timers.delete(timer);
    });
  }

  readonly now = (): number => this.#now;

  readonly setTimeout = (callback: () => void, ms: number): () => void =>
    this.#clock.setTimeout(callback, ms);

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    this.#clock.sleep(ms, signal);

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Moves the time forward by `ms` milliseconds. Calls the timers that become due, in the order of
   * their times, each when the work that the one before started has come to rest. Rejects with what
   * a timer throws.
   */
  async advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) throw wrongTime("The time to advance a test clock by", ms);
    const end = this.#now + ms;
    await settle();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#now = timer.at;
      timer.callback();
      await settle();
    }
    this.#now = end;
  }

  /** The timer that is due next, the oldest of several; `undefined` if none is due by `end`. */
  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}

/** Lets promises settle, and what waits for the next turn of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

function wrongTime(what: string, value: unknown): Error {
  return fail("ERR_USAGE", { problem: `${what} is not valid: ${String(value)}` }, {
    help: "Write milliseconds, such as 60_000",
  });
}
