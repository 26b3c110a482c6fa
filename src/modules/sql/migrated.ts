/** What resources with migrations offer to the checks of queries. */
import { type CheckContext, formatUrn, type RuntimeResource } from "../../contract/author.ts";
import type { ConnectionFields } from "./fields.ts";
import { type MigrationOwner, readFor } from "./migrate.ts";
import { parseUrl, type Target } from "./url.ts";
import { UrlError } from "../shared/store_url.ts";

/** The contract of resources with migrations. */
export const MIGRATED = "Sql.Migrated";

/** The migrations of a resource. */
export interface MigratedOffer extends Omit<MigrationOwner, "log"> {
  /** The database, as {@link databaseOf} names it. */
  readonly database: string;
  /** False for migrations that are run after those of the connection itself. */
  readonly isFirst: boolean;
}

/** Lets queries be checked with the tables of migrations, and reports what is wrong with these. */
export function offerMigrations(
  offer: Omit<MigratedOffer, "database">,
  connection: RuntimeResource<ConnectionFields>,
  ctx: CheckContext,
): void {
  const target = targetOf(connection);
  if (!ctx.checking || target === undefined) return;
  const database = databaseOf(connection, target);
  const migrated: MigratedOffer = { ...offer, database };
  ctx.offer(MIGRATED, migrated);
  ctx.whenOffered(MIGRATED, async (offers) => {
    if (target.dialect === "postgres") {
      await readFor(offer, "postgres");
      return;
    }
    const { modelOf } = await import("./schema_model.ts");
    const model = await modelOf(database, offers);
    const problem = model?.problems.get(offer.urn);
    if (problem !== undefined) ctx.report(problem);
  });
}

/** The connection that a resource names. */
export function connectionOf(
  urn: string,
  ctx: CheckContext,
): RuntimeResource<ConnectionFields> | undefined {
  const connections = ctx.resourcesOf("Sql.Connection") as RuntimeResource<ConnectionFields>[];
  return connections.find(({ kind, metadata }) => formatUrn(kind, metadata.name) === urn);
}

/** Where the database of a connection is; `undefined` if its URL is wrong, which is reported. */
export function targetOf({ url }: ConnectionFields): Target | undefined {
  try {
    return parseUrl(url);
  } catch (error) {
    if (error instanceof UrlError) return undefined;
    throw error;
  }
}

/** A name for a database: connections to the same one share it. */
export function databaseOf(
  { kind, metadata: { name }, url }: RuntimeResource<ConnectionFields>,
  target: Target,
): string {
  if (target.dialect === "postgres") return url;
  return target.path === ":memory:" ? formatUrn(kind, name) : target.path;
}
