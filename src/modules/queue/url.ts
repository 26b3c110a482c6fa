/** The URL of a queue: what it means, and how it is shown. */
import { describeNats, isNats, type NatsTarget, parseNatsUrl } from "../shared/nats_url.ts";
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
  | { readonly type: "postgres" } & ServerTarget
  | { readonly type: "nats" } & NatsTarget;

const FORMS =
  "Write memory:, sqlite:./queue.db, postgres://user:password@host:5432/database or nats://user:password@host:4222";

/** Reads the URL of a queue. */
export function parseUrl(url: string): Target {
  if (url === "memory:") return { type: "memory" };
  const scheme = schemeOf(url);
  if (scheme === "sqlite") return { type: "sqlite", path: sqlitePath(url, FORMS) };
  if (scheme === "postgres" || scheme === "postgresql") {
    return { type: "postgres", ...serverTarget(url, FORMS) };
  }
  if (isNats(scheme)) return { type: "nats", ...parseNatsUrl(url, FORMS) };
  throw new UrlError("is not the URL of a queue", FORMS);
}

/** A store for people: without user and password. */
export function describeTarget(target: Target): string {
  if (target.type === "memory") return "memory";
  if (target.type === "nats") return describeNats(target);
  return target.type === "sqlite" ? `SQLite ${target.path}` : describePostgres(target.url);
}

/** What must not be shown. */
export function secretsOf(target: Target): readonly string[] {
  const secrets = target.type === "postgres"
    ? [target.password]
    : target.type === "nats"
    ? [target.password, target.token]
    : [];
  return secrets.filter((secret) => secret !== undefined);
}
