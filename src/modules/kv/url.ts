/** The URL of a store: what it means, and how it is shown. */
import {
  schemeOf,
  type ServerTarget,
  serverTarget,
  sqlitePath,
  UrlError,
} from "../shared/store_url.ts";

/** Where a store is. */
export type Target =
  | { readonly type: "memory" }
  | { readonly type: "sqlite"; readonly path: string }
  | { readonly type: "redis" } & ServerTarget;

const FORMS = "Write memory:, sqlite:./store.db or redis://user:password@host:6379/0";

/** Reads the URL of a store. */
export function parseUrl(url: string): Target {
  if (url === "memory:") return { type: "memory" };
  const scheme = schemeOf(url);
  if (scheme === "sqlite") return { type: "sqlite", path: sqlitePath(url, FORMS) };
  if (scheme === "redis" || scheme === "rediss") {
    return { type: "redis", ...serverTarget(url, FORMS) };
  }
  throw new UrlError("is not the URL of a store", FORMS);
}

/** A store for people: without user and password. */
export function describeTarget(target: Target): string {
  if (target.type === "memory") return "memory";
  if (target.type === "sqlite") return `SQLite ${target.path}`;
  const { hostname, port } = new URL(target.url);
  return `Redis at ${hostname}:${port || "6379"}`;
}
