/** Time limits of requests. They share one coarse timer, since a timer for each costs more. */

/** The party that a time limit applies to. */
export type Awaited = "client" | "handler";

/** Limits how long work may take. */
export interface Deadlines {
  /** Settles as `work` does, or rejects with the result of `onLate` after `ms`. */
  limit<T>(work: Promise<T>, ms: number, awaited: Awaited, onLate: () => unknown): Promise<T>;
  /** Gives all clients at most `ms` from now on, including those already being waited for. */
  hurryClients(ms: number): void;
  /** Stops the timer. */
  close(): void;
}

interface Entry {
  readonly awaited: Awaited;
  expiresAt: number;
  expire(): void;
}

/** How late the end of a limit may be noticed, as a fraction of the shortest limit. */
const PRECISION = 1 / 8;
const SHORTEST_PERIOD_MS = 10;
const LONGEST_PERIOD_MS = 250;

/** Creates limits, of which the shortest is `shortestMs`. */
export function createDeadlines(shortestMs: number): Deadlines {
  const entries = new Set<Entry>();
  let periodMs = Math.min(Math.max(shortestMs * PRECISION, SHORTEST_PERIOD_MS), LONGEST_PERIOD_MS);
  let clientMs = Infinity;
  let timer: ReturnType<typeof setInterval> | undefined;

  function expireEntries(): void {
    // Without requests the timer stops; the next request starts it again.
    if (entries.size === 0) return close();
    const now = performance.now();
    for (const entry of entries) {
      if (entry.expiresAt > now) continue;
      entries.delete(entry);
      entry.expire();
    }
  }

  function close(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    limit(work, ms, awaited, onLate) {
      return new Promise((resolve, reject) => {
        const entry: Entry = {
          awaited,
          expiresAt: performance.now() + (awaited === "client" ? Math.min(ms, clientMs) : ms),
          expire: () => reject(onLate()),
        };
        entries.add(entry);
        timer ??= setInterval(expireEntries, periodMs);
        work.then((result) => {
          entries.delete(entry);
          resolve(result);
        }, (error) => {
          entries.delete(entry);
          reject(error);
        });
      });
    },
    hurryClients(ms) {
      clientMs = ms;
      const latest = performance.now() + ms;
      for (const entry of entries) {
        if (entry.awaited === "client") entry.expiresAt = Math.min(entry.expiresAt, latest);
      }
      periodMs = SHORTEST_PERIOD_MS;
      close();
      if (entries.size > 0) timer = setInterval(expireEntries, periodMs);
    },
    close,
  };
}
