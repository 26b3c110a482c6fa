/** Formats the chain of executions that led to an error. */

/** The number of URNs shown; longer chains are shortened in the middle. */
const MAX_URNS = 8;

/** `A.a > A.b > A.c`; the middle of a long chain, usually a cycle, is left out. */
export function formatCallChain(chain: readonly string[]): string {
  if (chain.length <= MAX_URNS) return chain.join(" > ");
  const half = MAX_URNS / 2;
  const left = `… ${chain.length - MAX_URNS} more …`;
  return [...chain.slice(0, half), left, ...chain.slice(-half)].join(" > ");
}
