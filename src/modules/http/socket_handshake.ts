/** Checks a request that asks for a WebSocket. */
import { RequestError } from "./errors.ts";
import { isWebSocket } from "./socket_upgrade.ts";

/** What an `Http.Socket` accepts. */
export interface HandshakeOptions {
  /** Web origins besides the server's own; `*` is every one. */
  readonly origins: readonly string[];
  readonly protocols: readonly string[];
}

/** What every runtime answers in a header itself; it belongs to the version of the protocol. */
const VERSION = "13";
/** Sixteen bytes as base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": ":80", "https:": ":443" };

/** The subprotocol that a request and the socket agree on. Throws a {@link RequestError} to refuse. */
export function checkHandshake(
  { method, headers }: Request,
  url: string,
  { origins, protocols }: HandshakeOptions,
): string | undefined {
  if (method !== "GET") {
    throw new RequestError(405, "METHOD_NOT_ALLOWED", "Method not allowed", {
      headers: { allow: "GET" },
    });
  }
  if (
    !isWebSocket(headers.get("upgrade")) || !/\bupgrade\b/i.test(headers.get("connection") ?? "")
  ) {
    throw upgradeRequired("Connect to this path with a WebSocket", {});
  }
  if (headers.get("sec-websocket-version") !== VERSION) {
    throw upgradeRequired("The version of the WebSocket protocol must be 13", {
      "sec-websocket-version": VERSION,
    });
  }
  if (!KEY.test(headers.get("sec-websocket-key") ?? "")) {
    throw new RequestError(400, "BAD_REQUEST", "The Sec-WebSocket-Key header is malformed");
  }
  const origin = headers.get("origin");
  if (origin !== null && !isAllowed(origin, new URL(url).host, origins)) {
    throw new RequestError(403, "FORBIDDEN", "Pages of this origin may not connect");
  }
  return agreedProtocol(headers.get("sec-websocket-protocol"), protocols);
}

function upgradeRequired(message: string, headers: Record<string, string>): RequestError {
  return new RequestError(426, "UPGRADE_REQUIRED", message, {
    headers: { upgrade: "websocket", connection: "upgrade", ...headers },
  });
}

/** Browsers always send the origin, so that a page of another site cannot use a user's cookies. */
function isAllowed(origin: string, host: string, origins: readonly string[]): boolean {
  if (origins.includes("*") || origins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, host: own } = new URL(origin);
  // A proxy that ends TLS leaves the host, but not the scheme.
  return own === host || `${own}${DEFAULT_PORTS[protocol]}` === host;
}

function agreedProtocol(header: string | null, protocols: readonly string[]): string | undefined {
  if (header === null || protocols.length === 0) return undefined;
  const asked = header.split(",").map((name) => name.trim());
  const agreed = asked.find((name) => protocols.includes(name));
  if (agreed !== undefined) return agreed;
  throw new RequestError(
    400,
    "BAD_REQUEST",
    `None of the subprotocols is supported; supported are ${protocols.join(", ")}`,
  );
}
