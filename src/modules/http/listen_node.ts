/** The server of Node: `node:http`, or `node:http2` for HTTPS, with web requests and responses provided by srvx. */
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ServerRequest } from "srvx";
import { FastResponse, serve } from "srvx/node";
import { BACKLOG, type Host, type HostOptions, type HostServer } from "./host_server.ts";
import type { Peer } from "./target.ts";
import { tlsOptions } from "./tls.ts";
import type { ResponseClass } from "./response_class.ts";

/** The state of a connection. */
interface Connection {
  /** Requests whose response has not been sent yet. */
  unanswered: number;
  isUsed: boolean;
}

/** How often Node checks for late requests, as a fraction of their timeout. */
const PRECISION = 1 / 8;
const SHORTEST_PERIOD_MS = 10;
const LONGEST_PERIOD_MS = 1_000;

export const nodeHost: Host = {
  Response: FastResponse as unknown as ResponseClass,
  serve: serveNode,
};

async function serveNode(options: HostOptions): Promise<HostServer> {
  const { host, port, fetch, timeouts, tls, maxMessageBytes } = options;
  const { header, body, idle } = timeouts;
  const periodMs = Math.round(Math.min(
    Math.max(Math.min(header, body) * PRECISION, SHORTEST_PERIOD_MS),
    LONGEST_PERIOD_MS,
  ));
  const sockets = maxMessageBytes === undefined
    ? undefined
    : await import("./listen_node_sockets.ts");
  const http1Options = {
    ...(sockets === undefined ? {} : { shouldUpgradeCallback: sockets.shouldUpgrade }),
    // A missing `Host` is reported together with other errors of the target.
    requireHostHeader: false,
    headersTimeout: orOff(header),
    keepAliveTimeout: orOff(idle),
    connectionsCheckingInterval: periodMs,
    // Bodies are timed where they are read; this closes connections whose body is not read.
    requestTimeout: orOff(header + body + 2 * periodMs),
  };
  const server = serve({
    fetch: tls === undefined
      ? (request) => fetch(request, peerOf(request))
      : (request) => answerSecure(request, fetch),
    hostname: host,
    port,
    manual: true,
    silent: true,
    gracefulShutdown: false,
    ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
    node: {
      ...(tls === undefined ? {} : {
        ...tlsOptions(tls),
        http2: true,
        handshakeTimeout: handshakeMs(header),
        settings: { maxConcurrentStreams: MAX_STREAMS },
      }),
      ...http1Options,
      backlog: BACKLOG,
    },
  });
  const http = server.node!.server as Server;
  const connections = new Map<Socket, Connection>();
  const sessions = tls === undefined ? undefined : followSessions(http, idle);
  // A server for HTTP/2 does not take all of these as options on every version of Node.
  if (tls !== undefined) Object.assign(http, http1Options);
  let sending = 0;
  let arrivals = 0;

  http.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket | TLSSocket) => {
    arrivals++;
    // Its requests do not have the socket; `sessions` has it.
    if ("alpnProtocol" in socket && socket.alpnProtocol === "h2") return;
    const connection: Connection = { unanswered: 0, isUsed: false };
    connections.set(socket, connection);
    // Responses queued behind others on a broken connection never emit `close` themselves.
    socket.once("close", () => {
      connections.delete(socket);
      sending -= connection.unanswered;
      connection.unanswered = 0;
    });
  });
  http.on("request", (request, response) => {
    arrivals++;
    const connection = isHttp2(request)
      ? { unanswered: 0, isUsed: true }
      : connections.get(request.socket);
    if (connection === undefined) return;
    connection.isUsed = true;
    connection.unanswered++;
    sending++;
    response.once("close", () => {
      if (connection.unanswered === 0) return;
      connection.unanswered--;
      sending--;
    });
  });
  // Without a listener Node closes such a connection and answers nothing.
  http.on("connect", (request, socket) => {
    if (isHttp2(request)) return;
    socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  sockets?.serveSockets(http, fetch, ({ socket }) => {
    arrivals++;
    const connection = connections.get(socket);
    if (connection !== undefined) connection.isUsed = true;
  });
  await server.serve();
  const { port: bound } = http.address() as { port: number };

  return {
    port: bound,
    arrivals: () => arrivals,
    stop() {
      http.close();
      http.closeIdleConnections();
      sessions?.close();
    },
    expectsRequests: () => [...connections.values()].some(({ isUsed }) => !isUsed),
    isSending: () => sending > 0,
    closeIdle: () => http.closeIdleConnections(),
    ...(tls === undefined ? {} : {
      setTls: (changed) => (http as TlsServer).setSecureContext(tlsOptions(changed)),
    }),
    close() {
      http.close();
      for (const socket of connections.keys()) socket.destroy();
      sessions?.destroy();
    },
  };
}

/** A timeout as Node takes it: whole milliseconds, with 0 for none. */
function orOff(ms: number): number {
  return ms === Infinity ? 0 : Math.ceil(ms);
}

/** How long a TLS handshake may take; Node does not take zero for no limit. */
function handshakeMs(header: number): number {
  return header === Infinity ? 2 ** 31 - 1 : Math.ceil(header);
}

/** Requests that a client of HTTP/2 may send at once over a connection. */
const MAX_STREAMS = 128;

/** Headers about a connection, which HTTP/2 does not have. */
const OF_CONNECTION = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
];

function isHttp2(request: object): boolean {
  return "stream" in request;
}

function peerOf(request: ServerRequest): Peer {
  return () => request.runtime?.node?.req.socket?.remoteAddress;
}

/** Answers a request over TLS, of HTTP/1.1 or HTTP/2. */
async function answerSecure(
  request: ServerRequest,
  fetch: HostOptions["fetch"],
): Promise<Response> {
  const response = await fetch(request, peerOf(request));
  const own = request.runtime?.node?.req;
  if (own !== undefined && isHttp2(own)) {
    for (const name of OF_CONNECTION) response.headers.delete(name);
  }
  return response;
}

/** The connections of HTTP/2: those that are idle for long are closed. */
function followSessions(http: Server, idle: number): { close(): void; destroy(): void } {
  const sessions = new Set<ServerHttp2Session>();
  http.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    // Open streams are still answered.
    if (idle !== Infinity) session.setTimeout(orOff(idle), () => session.close());
  });
  return {
    close() {
      for (const session of sessions) session.close();
    },
    destroy() {
      for (const session of sessions) session.destroy();
    },
  };
}
