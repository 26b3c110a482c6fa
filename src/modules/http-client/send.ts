/** Sends a request and follows its redirects. */
import { acceptEncodings, UNDECODED } from "../shared/decoded_body.ts";
import type { Outgoing } from "./build.ts";

/** How redirects are handled. */
export interface RedirectOptions {
  readonly mode: "follow" | "error" | "manual";
  /** True for a header value that only the first origin may see, beyond the well-known ones. */
  readonly isSecret: (value: string) => boolean;
  readonly signal: AbortSignal;
}

/** A response that ends the exchange. */
export interface Received {
  readonly response: Response;
  /** Why a redirect was not followed. */
  readonly blocked?: string;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CREDENTIALS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
]);

/** Sends the request. Rejects with the error of the runtime if there is no response. */
export async function send(
  request: Outgoing,
  { mode, isSecret, signal }: RedirectOptions,
): Promise<Received> {
  let { method, url, body } = request;
  const headers = new Headers(request.headers);
  acceptEncodings(headers);
  for (let redirects = 0;; redirects++) {
    const init = { ...UNDECODED, method, headers, redirect: "manual", signal } as const;
    const response = await fetch(url, body === undefined ? init : { ...init, body });
    const { status } = response;
    const location = REDIRECTS.has(status) ? response.headers.get("location") : null;
    if (location === null || mode === "manual") return { response };
    if (mode === "error") return { response, blocked: "`redirect` is `error`" };
    if (redirects === MAX_REDIRECTS) {
      return { response, blocked: `there were more than ${MAX_REDIRECTS} redirects` };
    }
    const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const blocked = whyBlocked(url, target);
    // Without a target it is blocked.
    if (target === undefined || blocked !== undefined) return { response, blocked: blocked! };
    await response.body?.cancel();
    if (status === 303 ? method !== "HEAD" : status < 303 && method === "POST") {
      method = "GET";
      body = undefined;
      for (const name of [...headers.keys()]) if (name.startsWith("content-")) headers.delete(name);
    }
    if (target.origin !== url.origin) {
      for (const [name, value] of [...headers]) {
        if (CREDENTIALS.has(name) || isSecret(value)) headers.delete(name);
      }
    }
    target.username = "";
    target.password = "";
    target.hash = "";
    url = target;
  }
}

function whyBlocked({ protocol }: URL, target: URL | undefined): string | undefined {
  if (target === undefined) return "its location is not a URL";
  if (target.protocol === protocol) return undefined;
  const problem = `it leads from ${protocol} to ${target.protocol}`;
  // What a request sends has crossed the network in plain text before such a redirect arrives.
  return target.protocol === "https:" ? `${problem}; begin \`url\` with https:` : problem;
}
