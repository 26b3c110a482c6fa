/** The URL of a queue: what it means, how it is shown, and which database it is. */

/** Where messages are stored. */
export type Target =
  | { readonly type: "memory" }
  | { readonly type: "sqlite"; readonly path: string }
  | { readonly type: "postgres"; readonly url: string; readonly password: string | undefined };

/** A URL that cannot be used; the message never quotes it, because it may contain a password. */
export class UrlError extends Error {}

/** What to write instead. */
export const FORMS =
  "Write memory:, sqlite:./queue.db or postgres://user:password@host:5432/database";

/** Reads the URL of a queue. */
export function parseUrl(url: string): Target {
  if (url === "memory:") return { type: "memory" };
  if (/^sqlite:(?!$|\/\/)/.test(url)) return { type: "sqlite", path: url.slice("sqlite:".length) };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "nats") throw new UrlError("names a NATS server, which is not supported yet");
  if (scheme !== "postgres" && scheme !== "postgresql") {
    throw new UrlError("is not the URL of a queue");
  }
  try {
    const { hostname, password } = new URL(url);
    if (hostname === "") throw new UrlError("has no host");
    return {
      type: "postgres",
      url,
      password: password === "" ? undefined : decodeURIComponent(password),
    };
  } catch (error) {
    throw error instanceof UrlError ? error : new UrlError("is not a valid URL");
  }
}

/** A store for people: without user and password. */
export function describeTarget(target: Target): string {
  if (target.type === "memory") return "memory";
  if (target.type === "sqlite") return `SQLite ${target.path}`;
  const { hostname, port, pathname } = new URL(target.url);
  return `PostgreSQL at ${hostname}:${port || "5432"}${pathname === "/" ? "" : pathname}`;
}
