/** Time limits of requests. One coarse timer serves all of them, since a timer each would cost more. */

/** Who is waited for. */
export type Awaited = "client" | "handler";

/** Limits how long work may take. */
export interface Deadlines {
  /** Settles as `work` does, or rejects with what `onLate` gives once `ms` are over. */
  limit<T>(work: Promise<T>, ms: number, awaited: Awaited, onLate: () => unknown): Promise<T>;
  /** From now on no client gets more than `ms`, also one that is already waited for. */
  hurryClients(ms: number): void;
  /** Stops the timer. */
  close(): void;
}

interface Entry {
  readonly awaited: Awaited;
  expiresAt: number;
  expire(): void;
}

/** How much too late a limit may be noticed, as a part of the shortest one. */
const PRECISION = 1 / 8;
const SHORTEST_PERIOD_MS = 10;
const LONGEST_PERIOD_MS = 250;

/** Makes limits, the shortest of which is `shortestMs`. */
export function createDeadlines(shortestMs: number): Deadlines {
  const entries = new Set<Entry>();
  let periodMs = Math.min(Math.max(shortestMs * PRECISION, SHORTEST_PERIOD_MS), LONGEST_PERIOD_MS);
  let clientMs = Infinity;
  let timer: ReturnType<typeof setInterval> | undefined;

  function look(): void {
    // Without a request there is nothing to look at; the next one starts the timer again.
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
        timer ??= setInterval(look, periodMs);
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
      if (entries.size > 0) timer = setInterval(look, periodMs);
    },
    close,
  };
}
