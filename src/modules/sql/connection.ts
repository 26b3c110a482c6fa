/** `Sql.Connection`: opens a database, keeps it open, and says when it is lost. */
import {
  durationMs,
  formatUrn,
  type ModuleCreateContext,
  postgresIdentity,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";
import { resolveSqlitePath } from "../shared/manifest_path.ts";
import { watchServer } from "../shared/server_watch.ts";
import { createApi, type SqlConnection } from "./api.ts";
import type { Database } from "./database.ts";
import type { ConnectionFields } from "./fields.ts";
import { migrate } from "./migrate.ts";
import { unusable } from "./public_error.ts";
import { isSqlError } from "./sql_error.ts";
import { describeTarget, parseUrl } from "./url.ts";

/** How long the boot tries to connect if queries may take any time. */
const CONNECT_MS = 30_000;
const RETRY_MS = 250;

export function create(
  resource: RuntimeResource<ConnectionFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<SqlConnection> {
  const urn = formatUrn(resource.kind, resource.metadata.name);
  const target = parseUrl(resource.url);
  if (target.dialect === "postgres" && target.password !== undefined) ctx.secret(target.password);
  const name = describeTarget(target);
  const timeoutMs = durationMs(resource.timeout) ?? 0;
  let database: Database | undefined;
  let api: SqlConnection | undefined;
  const watch = watchServer(async () => await database?.ping(), {
    name,
    log: ctx.log,
    reportUnready: (reason) => ctx.reportUnready(reason),
  });

  /** Until it is open, whoever opens it says what is wrong. */
  function onLost(): void {
    if (api !== undefined) watch.suspect();
  }

  async function openTarget(): Promise<Database> {
    const options = { pool: resource.pool, timeoutMs, onLost };
    if (target.dialect === "postgres") {
      return (await import("./postgres.ts")).openPostgres(target.url, options);
    }
    const { openSqlite } = await import("./sqlite.ts");
    return await openSqlite(resolveSqlitePath(target.path, ["url"], ctx), options);
  }

  function identity(): string | undefined {
    if (target.dialect === "postgres") return postgresIdentity(target.url);
    const path = resolveSqlitePath(target.path, ["url"], ctx);
    return path === ":memory:" ? undefined : `sqlite:${path}`;
  }

  /** Opens the database, and tries again while it is only starting. */
  async function open(): Promise<Database> {
    const end = Date.now() + (timeoutMs === 0 ? CONNECT_MS : timeoutMs);
    for (let isFirst = true;; isFirst = false) {
      try {
        database ??= await openTarget();
        await database.ping();
        return database;
      } catch (error) {
        const isLate = Date.now() + RETRY_MS > end;
        if (
          !isSqlError(error) || isLate || error.details.isTransient !== true || ctx.signal.aborted
        ) throw error;
        if (isFirst) ctx.log.warn(`Cannot reach ${name} yet: ${error.message}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  return {
    get api() {
      // Modules use the connection once it is initialised.
      return api!;
    },
    async init() {
      try {
        const opened = await open();
        api = createApi(opened, identity());
        if (resource.migrations === undefined) return;
        await migrate(opened, {
          files: () => ({ files: ctx.readFiles(["migrations"]), isFolder: true }),
          urn,
          log: ctx.log,
          origin: () => ctx.originAt(["migrations"]),
        });
      } catch (error) {
        if (!isSqlError(error)) throw error;
        throw unusable(resource, target, error, ctx.originAt(["url"]));
      }
    },
    async teardown() {
      watch.stop();
      await database?.close();
    },
    snapshot: () => ({ database: name, ...database?.stats() }),
  };
}
