/** Messages about network errors. */
import { messageOf } from "./errors.ts";

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** True when the host name of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/** The reason why a request failed: that of the innermost cause, since `fetch` errors are generic. */
export function unreachableBecause(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  const { code } = at as { code?: unknown };
  const text = `${code} ${messageOf(at)}`;
  if (/ECONNREFUSED|connection ?refused|unable to connect/i.test(text)) {
    return "the connection was refused";
  }
  if (/ENOTFOUND|EAI_AGAIN|dns error|getaddrinfo/i.test(text)) return "the host was not found";
  return (messageOf(at) || String(code)).replace(/\.$/, "");
}
