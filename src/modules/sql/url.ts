/** The URL of a database: what it means, and how it is shown. */
import {
  describePostgres,
  schemeOf,
  type ServerTarget,
  serverTarget,
  sqlitePath,
  UrlError,
} from "../shared/store_url.ts";

/** Where a database is. */
export type Target =
  | { readonly dialect: "sqlite"; readonly path: string }
  | { readonly dialect: "postgres" } & ServerTarget;

const FORMS =
  "Write sqlite:./data.db, sqlite::memory: or postgres://user:password@host:5432/database";

/** Reads the URL of a database. */
export function parseUrl(url: string): Target {
  const scheme = schemeOf(url);
  if (scheme === "sqlite") return { dialect: "sqlite", path: sqlitePath(url, FORMS) };
  if (scheme === "postgres" || scheme === "postgresql") {
    return { dialect: "postgres", ...serverTarget(url, FORMS) };
  }
  throw new UrlError(
    scheme === undefined ? "is not a URL" : `has the scheme ${scheme}:, which is not supported`,
    FORMS,
  );
}

/** A database for people: without user, password and parameters. */
export function describeTarget(target: Target): string {
  return target.dialect === "sqlite" ? `SQLite ${target.path}` : describePostgres(target.url);
}
