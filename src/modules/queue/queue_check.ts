/** Checks the URL of a queue without opening it. */
import { type CheckContext, isSafeUrl, type RuntimeResource } from "../../contract/author.ts";
import { FORMS, parseUrl, UrlError } from "./url.ts";

export function check({ url }: RuntimeResource<{ url: string }>, ctx: CheckContext): void {
  try {
    parseUrl(url);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    // The code frame of an error must not show a password.
    const at = isSafeUrl(url) ? ["url"] : [];
    throw ctx.problem(at, `\`url\` ${error.message}`, { help: FORMS });
  }
}
