/** URLs of databases and stores: how they are read, checked and shown. */
import { type CheckContext, isSafeUrl, type RuntimeResource } from "../../contract/author.ts";

/** A URL that cannot be used; the message never quotes it, because it may contain a password. */
export class UrlError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

/** Where a server of databases is. */
export interface ServerTarget {
  readonly url: string;
  readonly password: string | undefined;
}

/** The scheme of a URL, in small letters; `undefined` for what is not a URL. */
export function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
}

/** The path in `sqlite:<path>`. `forms` is what to write instead. */
export function sqlitePath(url: string, forms: string): string {
  const path = url.slice(url.indexOf(":") + 1);
  if (path === "") throw new UrlError("has no path", forms);
  if (path.startsWith("//")) {
    throw new UrlError(
      "has slashes before its path",
      "Write sqlite:./data.db, or sqlite:/var/lib/data.db",
    );
  }
  if (path.startsWith(":") && path !== ":memory:") throw new UrlError("is not a path", forms);
  return path;
}

/** The host and the password of the URL of a server. */
export function serverTarget(url: string, forms: string): ServerTarget {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UrlError(
      "is not a valid URL",
      `${forms}. Encode special characters of the password, such as %40 for @`,
    );
  }
  if (parsed.hostname === "") throw new UrlError("has no host", forms);
  return { url, password: passwordOf(parsed) };
}

function passwordOf({ password }: URL): string | undefined {
  if (password === "") return undefined;
  try {
    return decodeURIComponent(password);
  } catch {
    throw new UrlError("has a password that is not encoded", "Write %25 for % in it");
  }
}

/** A server for people: without user, password and parameters. */
export function describePostgres(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL at ${hostname}:${port || "5432"}${pathname === "/" ? "" : pathname}`;
}

/** Checks the field `url` of a resource without opening what it names. */
export function checkUrl(
  { url }: RuntimeResource<{ readonly url: string }>,
  ctx: CheckContext,
  parseUrl: (url: string) => unknown,
): void {
  try {
    parseUrl(url);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    // The code frame of an error must not show a password.
    const at = isSafeUrl(url) ? ["url"] : [];
    throw ctx.problem(at, `\`url\` ${error.message}`, { help: error.help });
  }
}
