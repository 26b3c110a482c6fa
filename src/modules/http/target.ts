/**
 * Reads what a request asks for from its target alone. The same bytes give the same path on every
 * runtime: Bun resolves a target as the URL standard does before the program sees it, so this does
 * the same for the others.
 */
import { badRequest, RequestError } from "./errors.ts";
import { type Host, parseHost } from "./hosts.ts";

/** The target of a request. */
export interface Target {
  /** Percent-encoded, without `.` and `..` segments. */
  readonly path: string;
  /** The query without its question mark. */
  readonly search: string;
  readonly scheme: "http" | "https";
  /** The host with its port, as in a URL: from the header, or else the address. */
  readonly host: string;
  /** The host without its port; `undefined` for a request without a `Host` header. */
  readonly hostName: string | undefined;
  /** The address at the other end of the connection, if the runtime knows it. */
  readonly peer: Peer;
}

/** Looks up the address at the other end of a connection. */
export type Peer = () => string | undefined;

/** A request with what srvx adds to it on Node. */
type NodeRequest = Request & {
  readonly runtime?: {
    readonly node?: {
      readonly req: {
        readonly url?: string;
        readonly httpVersion?: string;
        /** Only in requests of HTTP/2. */
        readonly stream?: unknown;
        readonly headers?: { readonly ":authority"?: string };
      };
    };
  };
};

/** What a URL parser would change, and what a target must not contain. */
const UNUSUAL = /[^\w!$&()*+,\-./:;=?@~%]|\/(?:\.|%2[eE])|%(?:[a-f]|[0-9A-F][a-f])/;
/** Characters that a parser of requests should reject. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x20\x7f-\uffff#]/;

/**
 * Reads the target of a request to a server at `address`. Throws a {@link RequestError} for a
 * target or a `Host` header that is malformed.
 */
export function readTarget(
  request: NodeRequest,
  address: string,
  peer: Peer,
  scheme: Target["scheme"] = "http",
): Target {
  const node = request.runtime?.node?.req;
  const isHttp2 = node?.stream !== undefined;
  // Requests of HTTP/2 have the host in their target. On Bun, reading a header costs about as much as
  // the URL, which cannot replace it: the URL of a repeated `Host` is that of the first one.
  const header = request.headers.get("host") ??
    (isHttp2
      ? node.headers?.[":authority"] ?? null
      : scheme === "https" && node === undefined
      ? new URL(request.url).host
      : null);
  const host = header === null ? undefined : parseHost(header);
  if (host === undefined) {
    // A repeated header reads as a list, which is not a host either.
    if (header !== null) throw badRequest("The Host header is malformed");
    if (node?.httpVersion === "1.1") throw badRequest("The Host header is missing");
  }
  if (node?.httpVersion === "2.0" && !isHttp2) {
    throw new RequestError(505, "HTTP_VERSION_NOT_SUPPORTED", "Only HTTP/1.1 is supported");
  }
  // The URL of Bun and Deno starts with the `Host` header or its substitute.
  const target = withoutOrigin(node?.url ?? request.url, header, host);
  if (target === undefined || request.method === "CONNECT") {
    throw badRequest("The request target is malformed");
  }
  const query = target.indexOf("?");
  let path = query < 0 ? target : target.slice(0, query);
  let search = query < 0 ? "" : target.slice(query + 1);
  if (UNUSUAL.test(target)) {
    if (FORBIDDEN.test(target)) throw badRequest("The request target is malformed");
    path = normalisePath(path);
    search = search.replace(/["'<>]/g, percentEncode);
  }
  if (path === "/*" && request.method === "OPTIONS") {
    // `OPTIONS *` asks about the server as a whole, and Deno shows it as this path.
    throw badRequest("The request target is malformed");
  }
  const name = host?.name;
  return { path, search, scheme, host: host?.host ?? address, hostName: name, peer };
}

/**
 * The part after scheme and authority, beginning with a slash; `undefined` if these are malformed.
 * The authority of most URLs is the `Host` header, which has been checked.
 */
function withoutOrigin(
  target: string,
  header: string | null,
  host: Host | undefined,
): string | undefined {
  if (target.startsWith("/")) return target;
  if (host !== undefined && target.startsWith(host.origin)) {
    const { length } = host.origin;
    if (target[length] === "/") return target.slice(length);
  }
  const [origin, authority] = /^https?:\/\/([^/?#]*)/i.exec(target) ?? [];
  if (origin === undefined || authority === undefined) return undefined;
  if (authority !== header && !isAuthority(authority)) return undefined;
  const rest = target.slice(origin.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** True for a host, with a port and a user if there are any. */
function isAuthority(authority: string): boolean {
  const [, host] = /^(?:[\w\-.~%!$&'()*+,;=:]*@)?([^@]*)$/.exec(authority) ?? [];
  return host !== undefined && parseHost(host) !== undefined;
}

/** Resolves a path as the URL standard does, with the digits of its escapes in upper case. */
function normalisePath(path: string): string {
  const segments: string[] = [];
  const written = path.slice(1).split(/[/\\]/);
  for (const [index, segment] of written.entries()) {
    const dots = segment.replaceAll(/%2e/gi, ".");
    if (dots === "..") segments.pop();
    if (dots !== "." && dots !== "..") segments.push(segment);
    else if (index === written.length - 1) segments.push("");
  }
  return `/${segments.join("/")}`
    .replaceAll(/["<>^`{|}[\]]/g, percentEncode)
    .replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
