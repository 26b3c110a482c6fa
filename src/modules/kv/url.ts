/** The URL of a store: what it means, and how it is shown. */

/** Where a store is. */
export type Target =
  | { readonly type: "memory" }
  | { readonly type: "sqlite"; readonly path: string }
  | { readonly type: "redis"; readonly url: string; readonly password: string | undefined };

/** A URL that cannot be used; the message never quotes it, because it may contain a password. */
export class UrlError extends Error {}

/** What to write instead. */
export const FORMS = "Write memory:, sqlite:./store.db or redis://user:password@host:6379/0";

/** Reads the URL of a store. */
export function parseUrl(url: string): Target {
  if (url === "memory:") return { type: "memory" };
  if (/^sqlite:(?!$|\/\/)/.test(url)) return { type: "sqlite", path: url.slice("sqlite:".length) };
  if (!/^rediss?:\/\//.test(url)) throw new UrlError("is not the URL of a store");
  try {
    const { hostname, password } = new URL(url);
    if (hostname === "") throw new UrlError("has no host");
    return {
      type: "redis",
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
  const { hostname, port } = new URL(target.url);
  return `Redis at ${hostname}:${port || "6379"}`;
}
