/** The answers to requests without sufficient credentials. */
import type { HttpMiddlewareInfo } from "../../contract/author.ts";

/** How clients of a middleware authenticate: the scheme and realm of `www-authenticate`. */
export interface Challenge {
  readonly scheme: "Bearer" | "Basic" | "ApiKey";
  readonly realm: string;
}

/** Why credentials are rejected. */
export interface Rejection {
  readonly message: string;
  /** `error` of RFC 6750, for bearer tokens. */
  readonly error?: string;
}

/** How requests that passed a middleware were authenticated, for the policies after it. */
const passed = new WeakMap<Request, Challenge>();

/** Remembers how the request was authenticated. */
export function rememberChallenge(request: Request, challenge: Challenge): void {
  passed.set(request, challenge);
}

/** How the request was authenticated, if it was. */
export function challengeOf(request: Request): Challenge | undefined {
  return passed.get(request);
}

/** 401, for a request whose client is not known. */
export function unauthorized(
  { refuse }: HttpMiddlewareInfo,
  challenge: Challenge,
  { message, error }: Rejection,
): Response {
  return refuse({
    status: 401,
    code: "UNAUTHORIZED",
    message,
    headers: {
      "www-authenticate": headerOf(
        challenge,
        error === undefined ? {} : {
          error,
          error_description: message,
        },
      ),
      "cache-control": "no-store",
    },
  });
}

/** 403, for a request whose client is known and may not do this. */
export function forbidden(
  { refuse }: HttpMiddlewareInfo,
  challenge: Challenge | undefined,
  message: string,
): Response {
  const parameters = challenge?.scheme === "Bearer" ? { error: "insufficient_scope" } : {};
  return refuse({
    status: 403,
    code: "FORBIDDEN",
    message,
    ...(challenge === undefined ? {} : {
      headers: { "www-authenticate": headerOf(challenge, parameters) },
    }),
  });
}

function headerOf(
  { scheme, realm }: Challenge,
  more: Readonly<Record<string, string>>,
): string {
  const parameters = Object.entries({
    realm,
    ...(scheme === "Basic" ? { charset: "UTF-8" } : {}),
    ...more,
  });
  return `${scheme} ${parameters.map(([name, value]) => `${name}=${quote(value)}`).join(", ")}`;
}

/** A quoted string of HTTP, whose characters are those that every client accepts. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&")}"`;
}
