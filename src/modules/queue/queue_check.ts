/** Checks the URL of a queue without opening it. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import { checkUrl } from "../shared/store_url.ts";
import { parseUrl } from "./url.ts";

export function check(resource: RuntimeResource<{ url: string }>, ctx: CheckContext): void {
  checkUrl(resource, ctx, parseUrl);
}
