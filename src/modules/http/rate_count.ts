/** Counts requests by GCRA: a client has all of its requests again at one time, which is all that is kept. */
import type { Clock, Logger } from "../../contract/author.ts";

/** How many requests in which time. */
export interface Rate {
  readonly count: number;
  readonly periodMs: number;
}

/** The answer to a request of a client. */
export interface Taken {
  /** Above 0 if it has no request left. */
  readonly waitMs: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** Takes a request of a client. */
export type Take = (client: string) => Taken | Promise<Taken>;

/** The part of a `Kv.Store` that is used. */
export interface CountStore {
  get(key: string): Promise<{ readonly value: string; readonly version: string } | undefined>;
  /** Gives nothing if there is another version than `onlyOver`; null means none. */
  set(
    key: string,
    value: string,
    options: { readonly ttlMs: number | undefined; readonly onlyOver: string | null | undefined },
  ): Promise<string | undefined>;
}

/** More clients than that are not remembered; the one that was not seen for longest is forgotten. */
const MAX_KEYS = 100_000;
/** How often a count is written again because another process was faster. */
const MAX_ATTEMPTS = 20;

/** Counts in the memory of the process. */
export function createMemoryCount(
  rate: Rate,
  clock: Clock,
): { readonly take: (client: string) => Taken; readonly size: () => number } {
  const fullAt = new Map<string, number>();
  return {
    take(client) {
      const { after, ...taken } = takeOne(fullAt.get(client), clock.now(), rate);
      if (after === undefined) return taken;
      fullAt.delete(client);
      fullAt.set(client, after);
      // The first key is the client that was not seen for longest.
      if (fullAt.size > MAX_KEYS) fullAt.delete(fullAt.keys().next().value!);
      return taken;
    },
    size: () => fullAt.size,
  };
}

/** Counts in a store that processes share. Requests that it cannot count are given to `fallback`. */
export function createSharedCount(
  rate: Rate,
  store: CountStore,
  prefix: string,
  fallback: (client: string) => Taken,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Take {
  /** The last request of each client that is being counted, so that a process does not race itself. */
  const queues = new Map<string, Promise<unknown>>();
  let isLost = false;
  let isAsking = false;

  async function count(client: string): Promise<Taken> {
    const key = `${prefix}${client}`;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const entry = await store.get(key);
      const now = clock.now();
      const { after, ...taken } = takeOne(entry && Number(entry.value), now, rate);
      if (after === undefined) return taken;
      const options = { ttlMs: Math.ceil(after - now) + 1, onlyOver: entry?.version ?? null };
      if (await store.set(key, String(after), options) !== undefined) return taken;
    }
    throw new Error("other processes always write first");
  }

  async function tryCount(client: string): Promise<Taken> {
    if (isLost) return fallback(client);
    try {
      return await count(client);
    } catch (error) {
      if (!isLost) {
        log.warn("The store does not answer: requests are counted in the memory of this process", {
          error,
        });
      }
      isLost = true;
      return fallback(client);
    }
  }

  /** Asks a lost store whether it answers: a request that did would wait for it. */
  async function askAgain(): Promise<void> {
    isAsking = true;
    try {
      await store.get(prefix);
      isLost = false;
      log.info("Requests are counted in the store again");
    } catch {
      /* It is still lost. */
    } finally {
      isAsking = false;
    }
  }

  return async (client) => {
    if (isLost) {
      if (!isAsking) void askAgain();
      return fallback(client);
    }
    const before = queues.get(client);
    const own = before === undefined ? tryCount(client) : before.then(() => tryCount(client));
    queues.set(client, own);
    try {
      return await own;
    } finally {
      if (queues.get(client) === own) queues.delete(client);
    }
  };
}

/** The answer, and when the client will have all requests again; `undefined` if it has none left. */
function takeOne(
  fullAt: number | undefined,
  now: number,
  { count, periodMs }: Rate,
): Taken & { readonly after: number | undefined } {
  const intervalMs = periodMs / count;
  const before = Math.max(fullAt ?? now, now);
  const after = before + intervalMs;
  const waitMs = after - periodMs - now;
  // A difference below a microsecond comes from rounding.
  if (waitMs > 1e-3) return { waitMs, remaining: 0, resetMs: before - now, after: undefined };
  const remaining = Math.floor((periodMs - (after - now)) / intervalMs + 1e-6);
  return { waitMs: 0, remaining, resetMs: after - now, after };
}
