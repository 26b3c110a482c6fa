/** How long clients may delay a stop. */

/** How long a client that does not receive its response may delay a stop. */
const CLIENT_PATIENCE_MS = 5_000;

/** How long clients may delay a stop that is forced at `deadline`, which leaves time for teardown. */
export function clientPatience(deadline: number): number {
  return Math.max(0, Math.min(CLIENT_PATIENCE_MS, (deadline - Date.now()) / 2));
}
