/** Time limits of requests. They share one coarse timer, since a timer for each costs more. */
import type { Clock } from "../../contract/author.ts";

/** Limits how long work may take. */
export interface Deadlines {
  /**
   * Settles as `work` does, or rejects with the result of `onLate` after `ms`; also where `work` is
   * rejected at that time, with an error that says it was aborted.
   */
  limit<T>(
    work: Promise<T>,
    ms: number,
    onLate: () => unknown,
    isAbort?: (error: unknown) => boolean,
  ): Promise<T>;
  /**
   * Settles as what `next` makes of the result of `work`, `onLate` if it takes longer than `ms`, or
   * `onFailure` if it fails; `isOver` if that is when `ms` end. What they throw is the rejection.
   */
  limitThen<T, Result>(
    work: Promise<T>,
    ms: number,
    onLate: () => Result | Promise<Result>,
    next: (result: T) => Result | Promise<Result>,
    onFailure: (error: unknown, isOver: boolean) => Result | Promise<Result>,
  ): Promise<Result>;
  /** Calls `onLate` after `ms`, unless it is stopped or started again. */
  start(ms: number, onLate: () => void): Limit;
  /** Gives everybody at most `ms` from now on, including those already being waited for. */
  shorten(ms: number): void;
  /** Stops the timer. */
  close(): void;
}

/** A time limit of work that is not one promise. */
export interface Limit {
  /** Starts it again, now with `ms`. */
  restart(ms: number): void;
  stop(): void;
}

/** What measures the limits. */
export type Timing = Pick<Clock, "now" | "setTimeout">;

/** The timing of network clients, which no test replaces; a change of the system time is not a delay. */
export const MONOTONIC: Timing = {
  now: () => performance.now(),
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A limit in the list of those that run, which costs less than a set does. */
class Entry {
  expiresAt = 0;
  isActive = false;
  previous: Entry | undefined;
  next: Entry | undefined;
  readonly expire: () => void;

  constructor(expire: () => void) {
    this.expire = expire;
  }
}

/** How late the end of a limit may be noticed, as a fraction of the shortest limit. */
const PRECISION = 1 / 8;
const SHORTEST_PERIOD_MS = 10;
const LONGEST_PERIOD_MS = 250;

/** How much earlier than the limit the signal of the work may be aborted, as timers are rounded. */
const EARLY_MS = 5;

/** Creates limits, of which the shortest is `shortestMs`. */
export function createDeadlines(shortestMs: number, timing: Timing): Deadlines {
  let first: Entry | undefined;
  let periodMs = periodFor(shortestMs);
  let mostMs = Infinity;
  let cancel: (() => void) | undefined;

  function expireEntries(): void {
    // Without requests the timer stops; the next request starts it again.
    if (first === undefined) return close();
    cancel = timing.setTimeout(expireEntries, periodMs);
    const now = timing.now();
    for (let entry: Entry | undefined = first; entry !== undefined;) {
      const { next } = entry as Entry;
      if (entry.expiresAt <= now && remove(entry)) entry.expire();
      entry = next;
    }
  }

  /** Removes an entry; false if it was removed already. */
  function remove(entry: Entry): boolean {
    if (!entry.isActive) return false;
    entry.isActive = false;
    const { previous, next } = entry;
    if (previous === undefined) first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    entry.previous = entry.next = undefined;
    return true;
  }

  function close(): void {
    cancel?.();
    cancel = undefined;
  }

  function add(entry: Entry, ms: number): void {
    const shorter = periodFor(ms);
    if (shorter < periodMs) {
      periodMs = shorter;
      close();
    }
    entry.expiresAt = timing.now() + Math.min(ms, mostMs);
    if (!entry.isActive) {
      entry.isActive = true;
      entry.previous = undefined;
      entry.next = first;
      if (first !== undefined) first.previous = entry;
      first = entry;
    }
    cancel ??= timing.setTimeout(expireEntries, periodMs);
  }

  function limitThen<T, Result>(
    work: Promise<T>,
    ms: number,
    onLate: () => Result | Promise<Result>,
    next: (result: T) => Result | Promise<Result>,
    onFailure: (error: unknown, isOver: boolean) => Result | Promise<Result>,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      function settle(outcome: () => Result | Promise<Result>): void {
        try {
          resolve(outcome());
        } catch (error) {
          reject(error);
        }
      }
      const entry = new Entry(() => settle(onLate));
      add(entry, ms);
      work.then((result) => {
        // What was late is over.
        if (!remove(entry)) return;
        try {
          resolve(next(result));
        } catch (error) {
          reject(error);
        }
      }, (error) => {
        if (!remove(entry)) return;
        settle(() => onFailure(error, timing.now() >= entry.expiresAt - EARLY_MS));
      });
    });
  }

  return {
    limit(work, ms, onLate, isAbort) {
      const rejectLate = () => {
        throw onLate();
      };
      const rethrow = (error: unknown, isOver: boolean) => {
        throw isOver && isAbort?.(error) === true ? onLate() : error;
      };
      return limitThen(work, ms, rejectLate, same, rethrow);
    },
    limitThen,
    start(ms, onLate) {
      const entry = new Entry(onLate);
      add(entry, ms);
      return { restart: (again) => add(entry, again), stop: () => void remove(entry) };
    },
    shorten(ms) {
      mostMs = ms;
      const latest = timing.now() + ms;
      for (let entry = first; entry !== undefined; entry = entry.next) {
        entry.expiresAt = Math.min(entry.expiresAt, latest);
      }
      periodMs = SHORTEST_PERIOD_MS;
      close();
      if (first !== undefined) cancel = timing.setTimeout(expireEntries, periodMs);
    },
    close,
  };
}

function same<T>(value: T): T {
  return value;
}

/** How often to look for the end of a limit. */
function periodFor(ms: number): number {
  return Math.min(Math.max(ms * PRECISION, SHORTEST_PERIOD_MS), LONGEST_PERIOD_MS);
}
