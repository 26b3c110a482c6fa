/** The URL of a store: what it means, and how it is shown. */
import { describeNats, isNats, type NatsTarget, parseNatsUrl } from "../shared/nats_url.ts";
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
  | { readonly type: "redis" } & ServerTarget
  | { readonly type: "nats" } & NatsTarget;

const FORMS =
  "Write memory:, sqlite:./store.db, redis://user:password@host:6379/0 or nats://user:password@host:4222/bucket";

/** Reads the URL of a store. */
export function parseUrl(url: string): Target {
  if (url === "memory:") return { type: "memory" };
  const scheme = schemeOf(url);
  if (scheme === "sqlite") return { type: "sqlite", path: sqlitePath(url, FORMS) };
  if (scheme === "redis" || scheme === "rediss") {
    return { type: "redis", ...serverTarget(url, FORMS) };
  }
  if (isNats(scheme)) return { type: "nats", ...parseNatsUrl(url, FORMS) };
  throw new UrlError("is not the URL of a store", FORMS);
}

/** A store for people: without user and password. */
export function describeTarget(target: Target): string {
  if (target.type === "memory") return "memory";
  if (target.type === "sqlite") return `SQLite ${target.path}`;
  if (target.type === "nats") return describeNats(target);
  const { hostname, port } = new URL(target.url);
  return `Redis at ${hostname}:${port || "6379"}`;
}

/** What must not be shown. */
export function secretsOf(target: Target): readonly string[] {
  const secrets = target.type === "redis"
    ? [target.password]
    : target.type === "nats"
    ? [target.password, target.token]
    : [];
  return secrets.filter((secret) => secret !== undefined);
}
