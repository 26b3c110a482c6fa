/** Work that a stop has interrupted, and that continues by itself at the next start. */
import { isDiglyError } from "../../contract/author.ts";

/**
 * True if an execution of `urn` failed only because the app stops: it is a durable job, which
 * continues at the next start. Whoever began it must not begin it again.
 */
export function continuesLater(error: unknown, urn: string): boolean {
  for (let one = error; isDiglyError(one); one = one.cause) {
    const { continues } = one.details as { readonly continues?: string };
    if (one.code === "ERR_ABORTED" && continues === urn) return true;
  }
  return false;
}
