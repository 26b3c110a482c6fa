/** Comparisons of secrets that take the same time whatever differs. */
import { createHash, timingSafeEqual } from "node:crypto";

/** The SHA-256 of a string; digests have one length, so that comparing them reveals none. */
export function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text, "utf8").digest();
}

/** The index of the digest that is equal, or -1. All of them are compared. */
export function indexOfDigest(digests: readonly Uint8Array[], digest: Uint8Array): number {
  let found = -1;
  for (const [index, candidate] of digests.entries()) {
    if (timingSafeEqual(candidate, digest) && found === -1) found = index;
  }
  return found;
}
