/** `Http.SecureHeaders`: headers for the security of browsers. */
import type { HttpMiddleware, ResourceInstance, RuntimeResource } from "../../contract/author.ts";

/** The fields of an `Http.SecureHeaders`. */
export interface SecureHeadersFields {
  readonly headers: Readonly<Record<string, string | boolean>>;
}

/** The headers by default, those of Helmet without what breaks pages that are served over HTTP. */
export const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; base-uri 'self'; font-src 'self' https: data:; form-action 'self'; " +
    "frame-ancestors 'self'; img-src 'self' data:; object-src 'none'; script-src 'self'; " +
    "script-src-attr 'none'; style-src 'self' https: 'unsafe-inline'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-frame-options": "SAMEORIGIN",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0",
};

/** Adds the headers that a response does not have. */
export function create(
  { headers }: RuntimeResource<SecureHeadersFields>,
): ResourceInstance<HttpMiddleware> {
  const all = new Map<string, string | boolean>(Object.entries(DEFAULT_HEADERS));
  for (const [name, value] of Object.entries(headers)) {
    if (value !== true) all.set(name.toLowerCase(), value);
  }
  const added = [...all].filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return {
    api: {
      runsWhenBusy: true,
      async middleware(_request, next) {
        const response = await next();
        for (const [name, value] of added) {
          if (!response.headers.has(name)) response.headers.set(name, value);
        }
        return response;
      },
    },
  };
}
