/** Checks the URL of a connection without opening it. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import { checkUrl } from "../shared/store_url.ts";
import type { ConnectionFields } from "./fields.ts";
import { parseUrl } from "./url.ts";

export function check(connection: RuntimeResource<ConnectionFields>, ctx: CheckContext): void {
  checkUrl(connection, ctx, parseUrl);
}
