/** Checks migrations for SQLite in a database in memory. */
import { type CheckContext, formatUrn, type RuntimeResource } from "../../contract/author.ts";
import type { MigrationsFields } from "./fields.ts";
import { connectionOf, offerMigrations } from "./migrated.ts";
import { readListed } from "./migration_files.ts";

export function check(migrations: RuntimeResource<MigrationsFields>, ctx: CheckContext): void {
  const connection = connectionOf(migrations.connection, ctx);
  if (connection === undefined) return;
  offerMigrations(
    {
      urn: formatUrn(migrations.kind, migrations.metadata.name),
      isFirst: false,
      files: () => readListed(migrations.files, ctx),
      origin: () => ctx.problem(["files"], "").origin,
    },
    connection,
    ctx,
  );
}
