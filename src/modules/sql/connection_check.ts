/** Checks the URL of a connection without opening it, and its migrations. */
import { type CheckContext, formatUrn, type RuntimeResource } from "../../contract/author.ts";
import { checkUrl } from "../shared/store_url.ts";
import type { ConnectionFields } from "./fields.ts";
import { MIGRATED, offerMigrations, targetOf } from "./migrated.ts";
import { unusable } from "./public_error.ts";
import { parseUrl } from "./url.ts";

export function check(connection: RuntimeResource<ConnectionFields>, ctx: CheckContext): void {
  checkUrl(connection, ctx, parseUrl);
  checkServer(connection, ctx);
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

/** Reports a server that cannot be asked about queries. */
function checkServer(connection: RuntimeResource<ConnectionFields>, ctx: CheckContext): void {
  const target = targetOf(connection);
  if (!ctx.connects || target?.dialect !== "postgres") return;
  ctx.whenOffered(MIGRATED, async (offers) => {
    const { postgresModelOf } = await import("./postgres_model.ts");
    const { problem } = await postgresModelOf(connection, offers, ctx);
    if (problem === undefined) return;
    throw unusable(connection, target, problem, ctx.problem(["url"], "").origin);
  });
}
