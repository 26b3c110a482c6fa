/** The headers by which a proxy says where a request came from. */
import type { HttpForwarded } from "../../contract/author.ts";
import { createTrust, plainIp, type TrustProxy } from "./client_ip.ts";
import { parseHost } from "./hosts.ts";
import type { Target } from "./target.ts";

/** What to say about a request. */
export type Forwarded = (request: Request, target: Target) => HttpForwarded;

/** Makes the function for a server. */
export function createForwarded(trustProxy: TrustProxy): Forwarded {
  const isTrusted = createTrust(trustProxy);
  return ({ headers }, { peer, scheme, host }) => {
    const ip = plainIp(peer());
    if (!isTrusted(ip, 0)) return { for: ip, proto: scheme, host, isTrusted: false };
    // What a proxy in front has said is kept, as far as it is well-formed.
    const before = headers.get("x-forwarded-for");
    const proto = firstOf(headers.get("x-forwarded-proto"))?.toLowerCase();
    const named = firstOf(headers.get("x-forwarded-host"));
    return {
      for: before === null || before === "" ? ip : `${before}, ${ip}`,
      proto: proto === "http" || proto === "https" ? proto : scheme,
      host: named === undefined ? host : parseHost(named)?.host ?? host,
      isTrusted: true,
    };
  };
}

/** The first of a list, which the proxy nearest to the client has written. */
function firstOf(list: string | null): string | undefined {
  return list?.split(",", 1)[0]?.trim();
}
