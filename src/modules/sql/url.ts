/** The URL of a database: what it means, and how it is shown. */

/** Where a database is. */
export type Target =
  | { readonly dialect: "sqlite"; readonly path: string }
  | { readonly dialect: "postgres"; readonly url: string; readonly password: string | undefined };

/** A URL that cannot be used; the message never quotes it, because it may contain a password. */
export class UrlError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

const FORMS =
  "Write sqlite:./data.db, sqlite::memory: or postgres://user:password@host:5432/database";

/** Reads the URL of a database. */
export function parseUrl(url: string): Target {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "sqlite") {
    return { dialect: "sqlite", path: sqlitePath(url.slice("sqlite:".length)) };
  }
  if (scheme === "postgres" || scheme === "postgresql") return postgresTarget(url);
  throw new UrlError(
    scheme === undefined ? "is not a URL" : `has the scheme ${scheme}:, which is not supported`,
    FORMS,
  );
}

function sqlitePath(path: string): string {
  if (path === "") throw new UrlError("has no path", FORMS);
  if (path.startsWith("//")) {
    throw new UrlError(
      "has slashes before its path",
      "Write sqlite:./data.db, or sqlite:/var/lib/data.db",
    );
  }
  if (path.startsWith(":") && path !== ":memory:") throw new UrlError("is not a path", FORMS);
  return path;
}

function postgresTarget(url: string): Target {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UrlError(
      "is not a valid URL",
      `${FORMS}. Encode special characters of the password, such as %40 for @`,
    );
  }
  if (parsed.hostname === "") throw new UrlError("has no host", FORMS);
  return { dialect: "postgres", url, password: passwordOf(parsed) };
}

function passwordOf({ password }: URL): string | undefined {
  if (password === "") return undefined;
  try {
    return decodeURIComponent(password);
  } catch {
    throw new UrlError("has a password that is not encoded", "Write %25 for % in it");
  }
}

/** A database for people: without user, password and parameters. */
export function describeTarget(target: Target): string {
  if (target.dialect === "sqlite") return `SQLite ${target.path}`;
  const { hostname, port, pathname } = new URL(target.url);
  return `PostgreSQL at ${hostname}:${port || "5432"}${pathname === "/" ? "" : pathname}`;
}
