/** Results that are kept for a time, by key. */
import type { Clock } from "../../contract/author.ts";

interface Entry {
  readonly value: unknown;
  readonly expires: number;
}

/** A cache of results. */
export interface ResultCache {
  readonly size: number;
  /** A copy of a result, in a list, because a result may be `undefined`. */
  get(key: string): readonly [unknown] | undefined;
  set(key: string, value: unknown): void;
}

/** Creates a cache that drops the entry that was not used for longest. */
export function createResultCache(ttlMs: number, maxEntries: number, clock: Clock): ResultCache {
  const entries = new Map<string, Entry>();

  return {
    get size() {
      return entries.size;
    },
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (entry.expires <= clock.now()) return undefined;
      entries.set(key, entry);
      return [structuredClone(entry.value)];
    },
    set(key, value) {
      let copy: unknown;
      try {
        // The receiver of the result may change it.
        copy = structuredClone(value);
      } catch {
        return; // It contains what cannot be copied, such as a function.
      }
      entries.delete(key);
      entries.set(key, { value: copy, expires: clock.now() + ttlMs });
      const [oldest] = entries.keys();
      if (oldest !== undefined && entries.size > maxEntries) entries.delete(oldest);
    },
  };
}
