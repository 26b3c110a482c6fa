/** The URL of a queue: what it means, and how it is shown. */
import {
  describePostgres,
  schemeOf,
  type ServerTarget,
  serverTarget,
  sqlitePath,
  UrlError,
} from "../shared/store_url.ts";

/** Where messages are stored. */
export type Target =
  | { readonly type: "memory" }
  | { readonly type: "sqlite"; readonly path: string }
  | { readonly type: "postgres" } & ServerTarget;

const FORMS = "Write memory:, sqlite:./queue.db or postgres://user:password@host:5432/database";

/** Reads the URL of a queue. */
export function parseUrl(url: string): Target {
  if (url === "memory:") return { type: "memory" };
  const scheme = schemeOf(url);
  if (scheme === "sqlite") return { type: "sqlite", path: sqlitePath(url, FORMS) };
  if (scheme === "postgres" || scheme === "postgresql") {
    return { type: "postgres", ...serverTarget(url, FORMS) };
  }
  const problem = scheme === "nats"
    ? "names a NATS server, which is not supported yet"
    : "is not the URL of a queue";
  throw new UrlError(problem, FORMS);
}

/** A store for people: without user and password. */
export function describeTarget(target: Target): string {
  if (target.type === "memory") return "memory";
  return target.type === "sqlite" ? `SQLite ${target.path}` : describePostgres(target.url);
}
