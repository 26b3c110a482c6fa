/** Checks the URL and the headers of an `Http.Proxy`. */
import {
  type CheckContext,
  headerNameProblem,
  headerValueProblem,
  type HttpMountOffer,
  type RuntimeResource,
} from "../../contract/author.ts";
import type { ProxyFields } from "./proxy.ts";
import { FRAMING } from "./proxy_headers.ts";

/** Reports a URL that cannot be requested, and headers that cannot be sent. */
export function check(
  { upstream, headers = {}, use = [] }: RuntimeResource<ProxyFields>,
  ctx: CheckContext,
): void {
  const offer: HttpMountOffer = { use };
  ctx.offer("Http.Mount", offer);
  const problem = urlProblem(upstream);
  if (problem !== undefined) {
    ctx.report(ctx.problem(["upstream"], `the upstream ${problem}`, {
      help: "Write a URL such as `http://127.0.0.1:9000` or `https://api.example.com/v1`",
    }));
  }
  for (const [name, value] of Object.entries(headers)) {
    const unsendable = headerNameProblem(name) ??
      (typeof value === "string" ? headerValueProblem(value) : undefined);
    if (unsendable !== undefined) {
      ctx.report(
        ctx.problem(["headers", name], `the header "${name}" cannot be sent: ${unsendable}`),
      );
    } else if (FRAMING.has(name.toLowerCase())) {
      ctx.report(ctx.problem(["headers", name], `the header "${name}" belongs to the connection`, {
        help: "Remove it: the proxy sets it itself",
      }));
    }
  }
}

function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return `"${text}" is not a URL`;
  const { protocol, username, password, search, hash } = new URL(text);
  if (protocol !== "http:" && protocol !== "https:") return "must begin with `http:` or `https:`";
  // The URL itself is not repeated.
  if (username + password !== "") return "has credentials; write an `authorization` header instead";
  if (search + hash !== "") return "has a query or a fragment; they come from the request";
  return undefined;
}
