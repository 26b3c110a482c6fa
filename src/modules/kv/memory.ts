/** A store in memory; it is empty at every start. */
import { type Backend, type Entry, incremented, mayWrite, newVersion } from "./backend.ts";

const SWEEP_MS = 30_000;

interface Kept extends Entry {
  readonly expires: number;
}

/** Creates a store of at most `maxKeys` keys, in which time passes as `now` says. */
export function openMemory(maxKeys: number, now: () => number): Backend {
  const entries = new Map<string, Kept>();
  const sweeper = setInterval(sweep, SWEEP_MS);
  (sweeper as { unref?: () => void }).unref?.();

  function sweep(): void {
    const time = now();
    for (const [key, { expires }] of entries) if (expires <= time) entries.delete(key);
  }

  function find(key: string): Kept | undefined {
    const found = entries.get(key);
    if (found === undefined || found.expires > now()) return found;
    entries.delete(key);
    return undefined;
  }

  function write(key: string, value: string, expires: number): string {
    const version = newVersion();
    if (!entries.has(key) && entries.size >= maxKeys) {
      sweep();
      const [first] = entries.keys();
      if (entries.size >= maxKeys && first !== undefined) entries.delete(first);
    }
    entries.set(key, { value, version, expires });
    return version;
  }

  const expiry = (ttlMs: number | undefined) => ttlMs === undefined ? Infinity : now() + ttlMs;

  return {
    get: (key) => Promise.resolve(find(key)),
    set(key, value, { ttlMs, onlyOver }) {
      const isAllowed = mayWrite(find(key), onlyOver);
      return Promise.resolve(isAllowed ? write(key, value, expiry(ttlMs)) : undefined);
    },
    delete(key) {
      const found = find(key);
      entries.delete(key);
      return Promise.resolve(found?.value);
    },
    increment: (key, by, ttlMs) =>
      new Promise((resolve) => {
        const found = find(key);
        const sum = incremented(found?.value, by);
        write(key, String(sum), found?.expires ?? expiry(ttlMs));
        resolve(sum);
      }),
    list(prefix, after, limit) {
      const time = now();
      const listed = [...entries].filter(([key, { expires }]) =>
        key.startsWith(prefix) && (after === undefined || key > after) && expires > time
      ).map(([key, { value }]) => ({ key, value })).sort((a, b) => a.key < b.key ? -1 : 1);
      return Promise.resolve(listed.slice(0, limit));
    },
    stats: () => ({ keys: entries.size }),
    close() {
      clearInterval(sweeper);
      entries.clear();
      return Promise.resolve();
    },
  };
}
