/** Checks the URL of a connection without opening it. */
import { type CheckContext, isSafeUrl, type RuntimeResource } from "../../contract/author.ts";
import type { ConnectionFields } from "./fields.ts";
import { parseUrl, UrlError } from "./url.ts";

export function check({ url }: RuntimeResource<ConnectionFields>, ctx: CheckContext): void {
  try {
    parseUrl(url);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    // The code frame of an error must not show a password.
    const at = isSafeUrl(url) ? ["url"] : [];
    throw ctx.problem(at, `\`url\` ${error.message}`, { help: error.help });
  }
}
