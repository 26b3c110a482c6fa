/** What is said about the network, wherever something is fetched. */
import { messageOf } from "./errors.ts";

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** True when the host name of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/** Why a request got no answer: the innermost reason, since what `fetch` throws says little. */
export function unreachableBecause(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  const { code } = at as { code?: unknown };
  const text = `${code} ${messageOf(at)}`;
  if (/ECONNREFUSED|connection ?refused|unable to connect/i.test(text)) {
    return "nobody answers there";
  }
  if (/ENOTFOUND|EAI_AGAIN|dns error|getaddrinfo/i.test(text)) return "there is no such host";
  return (messageOf(at) || String(code)).replace(/\.$/, "");
}
