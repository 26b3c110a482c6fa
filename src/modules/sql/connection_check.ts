/** Checks the URL of a connection without opening it, and its migrations. */
import { type CheckContext, formatUrn, type RuntimeResource } from "../../contract/author.ts";
import { checkUrl } from "../shared/store_url.ts";
import type { ConnectionFields } from "./fields.ts";
import { offerMigrations } from "./migrated.ts";
import { parseUrl } from "./url.ts";

export function check(connection: RuntimeResource<ConnectionFields>, ctx: CheckContext): void {
  checkUrl(connection, ctx, parseUrl);
  if (connection.migrations === undefined) return;
  offerMigrations(
    {
      urn: formatUrn(connection.kind, connection.metadata.name),
      isFirst: true,
      files: () => ({ files: ctx.readFiles(["migrations"]), isFolder: true }),
      origin: () => ctx.problem(["migrations"], "").origin,
    },
    connection,
    ctx,
  );
}
