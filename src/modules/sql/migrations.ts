/** `Sql.Migrations`: applies SQL files when the app starts. */
import {
  formatUrn,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";
import type { SqlConnection } from "./api.ts";
import type { MigrationsFields } from "./fields.ts";
import { appliedMigrations, migrate } from "./migrate.ts";
import { readListed } from "./migration_files.ts";
import { executionError } from "./public_error.ts";

export function create(
  resource: RuntimeResource<MigrationsFields>,
  ctx: ModuleCreateContext,
): ResourceInstance {
  const { kind, metadata: { name }, connection, files } = resource;
  const urn = formatUrn(kind, name);
  const database = () => ctx.use<SqlConnection>(connection).database;
  return {
    async init() {
      try {
        await migrate(database(), {
          files: () => readListed(files, ctx),
          urn,
          log: ctx.log,
          origin: () => ctx.originAt(["files"]),
        });
      } catch (error) {
        throw executionError(urn, error);
      }
    },
    async execute() {
      try {
        return await appliedMigrations(database());
      } catch (error) {
        throw executionError(urn, error);
      }
    },
  };
}
