/**
 * Who may use the inspector: whoever knows the token that was printed, from this machine. Other
 * websites can make a browser send requests here, so `Host` and `Origin` are checked, too.
 */
import { RequestProblem } from "./errors.ts";

const TOKEN_BYTES = 16;

/** Creates a token. */
export function createToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Compares two strings in a time that does not depend on where they differ. */
export function isSameToken(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index++) {
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index % Math.max(1, other.length));
  }
  return difference === 0;
}

/** Checks requests. */
export interface Access {
  /** Throws for a request that another site may have caused, or that came by another name. */
  checkSite(request: Request): void;
  /** True if a request has the token in a header or a cookie. */
  isAllowed(request: Request): boolean;
  /** The cookie that a correct `?token=` sets; `undefined` for a wrong one. */
  cookieFor(token: string): string | undefined;
}

/** Creates the checks of an inspector at `port`. */
export function createAccess(token: string, port: number): Access {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  // Cookies do not depend on the port, and several apps may be inspected at the same time.
  const name = `digly_inspector_${port}`;

  return {
    checkSite({ headers }) {
      const host = headers.get("host");
      if (host === null || !hosts.has(host.toLowerCase())) {
        throw new RequestProblem(
          403,
          "WRONG_HOST",
          "The inspector answers only requests to its own address",
          `Use http://127.0.0.1:${port}`,
        );
      }
      const origin = headers.get("origin");
      const isOwn = origin === null || origin === `http://${host}`;
      const site = headers.get("sec-fetch-site");
      const isElsewhere = site !== null && site !== "same-origin" && site !== "none";
      if (!isOwn || isElsewhere) {
        throw new RequestProblem(
          403,
          "WRONG_ORIGIN",
          "The inspector does not answer requests of other sites",
          "Open the address that the program has printed",
        );
      }
    },
    isAllowed({ headers }) {
      const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
      if (bearer !== undefined) return isSameToken(bearer, token);
      for (const cookie of headers.get("cookie")?.split(";") ?? []) {
        const [key, value] = cookie.trim().split("=", 2);
        if (key === name && value !== undefined && isSameToken(value, token)) return true;
      }
      return false;
    },
    cookieFor: (given) =>
      isSameToken(given, token) ? `${name}=${token}; Path=/; HttpOnly; SameSite=Strict` : undefined,
  };
}
