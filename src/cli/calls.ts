/** The way to what failed: the URNs that executed each other. */

/** The most URNs that are shown. */
const MOST = 8;

/** `A.a > A.b > A.c`; a long chain, which mostly is a circle, without its middle. */
export function showCalls(chain: readonly string[]): string {
  if (chain.length <= MOST) return chain.join(" > ");
  const half = MOST / 2;
  const left = `… ${chain.length - MOST} more …`;
  return [...chain.slice(0, half), left, ...chain.slice(-half)].join(" > ");
}
