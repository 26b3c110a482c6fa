/** How long a call that no node has begun is sent again, and with which pauses. */
import type { Attempted } from "./attempt.ts";

/** How long a node has to offer before one that was seen lately is asked, in milliseconds. */
export const ASK_ANOTHER_MS = 500;
/** How long any node has to offer before the call is sent again. */
export const OFFER_MS = 2_250;
/** How often an idempotent call is begun. */
export const MOST_RUNS = 4;

/** How long a call is sent again while no node listens. */
const NO_NODE_MS = 2_250;
/** How long while no node has its key: a lease of a node that was lost must end first. */
const NO_OWNER_MS = 10_000;
/** How long it is sent again while nodes are full, stopped, or the connection is lost. */
const PATIENCE_MS = 30_000;
/** Pauses between attempts. */
const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS] = [10, 250];

/** True for a call that is not sent again; nodes may be missing while they connect again. */
export function isGivenUp(
  { missingSince, keySubject, startedAt }: Attempted,
  isReconnecting: boolean,
): boolean {
  const now = performance.now();
  if (now - startedAt > PATIENCE_MS) return true;
  if (missingSince === undefined || isReconnecting) return false;
  return now - missingSince > (keySubject === undefined ? NO_NODE_MS : NO_OWNER_MS);
}

/** The pause before the next attempt, in milliseconds: longer each time, and never the same. */
export function pauseBefore({ attempts }: Attempted): number {
  const longest = Math.min(SHORTEST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS);
  return longest * (0.5 + Math.random() / 2);
}
