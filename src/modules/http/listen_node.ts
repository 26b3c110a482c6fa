/** The server of Node: `node:http`, with web requests and responses provided by srvx. */
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import { FastResponse, serve } from "srvx/node";
import { BACKLOG, type Host, type HostOptions, type HostServer } from "./host_server.ts";
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
  const server = serve({
    fetch: (request) => fetch(request, () => request.runtime?.node?.req.socket.remoteAddress),
    hostname: host,
    port,
    manual: true,
    silent: true,
    gracefulShutdown: false,
    ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
    node: {
      ...(tls === undefined
        ? {}
        : { ...tlsOptions(tls), http2: false, handshakeTimeout: handshakeMs(header) }),
      ...(sockets === undefined ? {} : { shouldUpgradeCallback: sockets.shouldUpgrade }),
      backlog: BACKLOG,
      // A missing `Host` is reported together with other errors of the target.
      requireHostHeader: false,
      headersTimeout: orOff(header),
      keepAliveTimeout: orOff(idle),
      connectionsCheckingInterval: periodMs,
      // Bodies are timed where they are read; this closes connections whose body is not read.
      requestTimeout: orOff(header + body + 2 * periodMs),
    },
  });
  const http = server.node!.server as Server;
  const connections = new Map<Socket, Connection>();
  let sending = 0;
  let arrivals = 0;

  http.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    arrivals++;
    const connection: Connection = { unanswered: 0, isUsed: false };
    connections.set(socket, connection);
    // Responses queued behind others on a broken connection never emit `close` themselves.
    socket.once("close", () => {
      connections.delete(socket);
      sending -= connection.unanswered;
      connection.unanswered = 0;
    });
  });
  http.on("request", ({ socket }, response) => {
    arrivals++;
    const connection = connections.get(socket);
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
  http.on("connect", (_request, socket) => {
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
    },
    expectsRequests: () => [...connections.values()].some(({ isUsed }) => !isUsed),
    isSending: () => sending > 0,
    closeIdle: () => http.closeIdleConnections(),
    ...(tls === undefined ? {} : {
      setTls: (changed) => (http as TlsServer).setSecureContext(tlsOptions(changed)),
    }),
    close() {
      http.close();
      http.closeAllConnections();
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
