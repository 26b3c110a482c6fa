/** Headers on their way through a proxy. */
import type { HttpForwarded } from "../../contract/author.ts";

/** Headers of a request or response of `node:http`; the values of a list are sent one by one. */
export type OutgoingHeaders = Record<string, string | string[]>;

/** Headers that concern a connection only, and those that a proxy writes itself. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Headers of requests that `headers` of a proxy cannot set. */
export const FRAMING: ReadonlySet<string> = new Set([
  ...OF_CONNECTION,
  "content-length",
  "expect",
]);

/** Headers by which clients could pretend to be behind another proxy. */
const OF_PROXIES = /^(?:forwarded|x-real-ip|x-forwarded-.*)$/;

/** The headers of a request for the upstream. */
export function requestHeaders(
  request: Request,
  upstreamHost: string,
  forwarded: HttpForwarded,
  hasBody: boolean,
): OutgoingHeaders {
  const { headers } = request;
  const dropped = namesIn(headers.get("connection"));
  const outgoing: OutgoingHeaders = {};
  for (const [name, value] of headers) {
    if (FRAMING.has(name) || dropped.has(name) || name === "host") continue;
    if (!forwarded.isTrusted && OF_PROXIES.test(name)) continue;
    outgoing[name] = value;
  }
  outgoing["host"] = upstreamHost;
  if (forwarded.for !== "") outgoing["x-forwarded-for"] = forwarded.for;
  outgoing["x-forwarded-proto"] = forwarded.proto;
  outgoing["x-forwarded-host"] = forwarded.host;
  // The length is the one that the server has read the body by.
  const length = headers.get("content-length");
  if (hasBody && length !== null && !headers.has("transfer-encoding")) {
    outgoing["content-length"] = length;
  } else if (hasBody) outgoing["transfer-encoding"] = "chunked";
  return outgoing;
}

/** The headers of a response of the upstream, as names and values in turn, for the client. */
export function responseHeaders(raw: readonly string[]): Headers {
  const pairs: (readonly [name: string, value: string])[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    // Names and values alternate.
    pairs.push([raw[index]!.toLowerCase(), raw[index + 1]!]);
  }
  const dropped = new Set(
    pairs.flatMap(([name, value]) => name === "connection" ? [...namesIn(value)] : []),
  );
  const isChunked = pairs.some(([name]) => name === "transfer-encoding");
  const headers = new Headers();
  for (const [name, value] of pairs) {
    if (OF_CONNECTION.has(name) || dropped.has(name)) continue;
    if (isChunked && name === "content-length") continue;
    headers.append(name, value);
  }
  return headers;
}

/** The names that a `Connection` header lists. */
function namesIn(list: string | null): Set<string> {
  return new Set((list ?? "").split(",").map((name) => name.trim().toLowerCase()));
}
