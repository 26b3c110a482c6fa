/** Remembers credentials that were right, since hashing a password for each request takes too long. */
import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../contract/author.ts";

/** Credentials that were verified a short time ago. */
export interface VerifiedCache {
  has(name: string, password: string): boolean;
  add(name: string, password: string): void;
}

const KEEP_MS = 60_000;
const MAX_ENTRIES = 1_000;

/** Creates a cache. It keeps codes made with a key of its own, so that memory shows no password. */
export function createVerifiedCache(clock: Clock): VerifiedCache {
  const key = randomBytes(32);
  const expiries = new Map<string, number>();
  const codeOf = (name: string, password: string) =>
    createHmac("sha256", key).update(`${name.length}:${name}${password}`).digest("base64");

  return {
    has: (name, password) => (expiries.get(codeOf(name, password)) ?? 0) > clock.now(),
    add(name, password) {
      const code = codeOf(name, password);
      expiries.delete(code);
      // The oldest entry makes room.
      if (expiries.size >= MAX_ENTRIES) expiries.delete(expiries.keys().next().value!);
      expiries.set(code, clock.now() + KEEP_MS);
    },
  };
}
