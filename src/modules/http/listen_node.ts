/** The server of Node: `node:http`, or `node:http2` for HTTPS, with web requests and responses provided by srvx. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { FastResponse, NodeRequest } from "srvx/node";
import { createBatch } from "./batch.ts";
import { type RefusableConnection, refuseConnect, refuseMalformed } from "./refuse_node.ts";
import { failResponse, sendResponse } from "./send_node.ts";
import { BACKLOG, type Host, type HostOptions, type HostServer } from "./host_server.ts";
import { type TlsMaterial, tlsOptions } from "./tls.ts";
import type { ResponseClass } from "./response_class.ts";

/** The state of a connection. */
interface Connection extends RefusableConnection {
  unanswered: number;
  latest: ServerResponse | undefined;
  isUsed: boolean;
}

/** How often Node checks for late requests, as a fraction of their timeout. */
const PRECISION = 1 / 8;
const SHORTEST_PERIOD_MS = 10;
const LONGEST_PERIOD_MS = 1_000;

export const nodeHost: Host = {
  // srvx declares its fast response as a subset of the standard one.
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
  const http = tls === undefined
    ? createServer(http1Options)
    : await createTlsServer(tls, header, http1Options);
  const connections = new Map<Socket, Connection>();
  const sessions = tls === undefined ? undefined : followSessions(http, idle);
  let sending = 0;
  let arrivals = 0;
  let accepted = 0;
  const batch = createBatch();

  http.on("connection", () => accepted++);
  http.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket | TLSSocket) => {
    arrivals++;
    // Its requests do not have the socket; `sessions` has it.
    if ("alpnProtocol" in socket && socket.alpnProtocol === "h2") return;
    const connection: Connection = { unanswered: 0, latest: undefined, isUsed: false };
    connections.set(socket, connection);
    // Responses queued behind others on a broken connection never emit `close` themselves.
    socket.once("close", () => {
      connections.delete(socket);
      sending -= connection.unanswered;
      connection.unanswered = 0;
    });
  });
  http.on("request", (request, response) => {
    follow(request, response);
    if (isHttp2(request)) answer(request, response, fetch);
    // Most bodies are complete then, which saves events and promises.
    else batch(() => answer(request, response, fetch));
  });

  /** Counts a request until its response is sent. */
  function follow(request: IncomingMessage, response: ServerResponse): void {
    arrivals++;
    const connection = isHttp2(request)
      ? { unanswered: 0, latest: undefined, isUsed: true } satisfies Connection
      : connections.get(request.socket);
    if (connection === undefined) return;
    connection.isUsed = true;
    connection.unanswered++;
    connection.latest = response;
    sending++;
    response.once("close", () => {
      if (connection.unanswered === 0) return;
      connection.unanswered--;
      if (connection.unanswered === 0) connection.latest = undefined;
      sending--;
      connection.onAnswered?.();
    });
  }

  // Without a listener Node closes such a connection and answers nothing.
  http.on("connect", (request, socket) => {
    if (!isHttp2(request)) refuseConnect(socket, connections.get(request.socket));
  });
  // Node itself sends only a status, also in place of the response to an earlier request.
  http.on("clientError", (error, socket) => {
    const connection = connections.get(socket as Socket);
    if (connection !== undefined) connection.isUsed = true;
    refuseMalformed(error, socket, connection);
  });
  sockets?.serveSockets(http, fetch, ({ socket }) => {
    arrivals++;
    const connection = connections.get(socket);
    if (connection === undefined) return undefined;
    connection.isUsed = true;
    return connection.unanswered === 0 ? undefined : untilAnswered(connection, socket);
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen({ port, host, backlog: BACKLOG, exclusive: true }, () => {
      http.off("error", reject);
      resolve();
    });
  });
  const { port: bound } = http.address() as { port: number };

  return {
    port: bound,
    arrivals: () => arrivals,
    accepted: () => accepted,
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

/** Answers a request of HTTP/1.1 or HTTP/2. */
function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fetch: HostOptions["fetch"],
): void {
  // srvx gives the request the prototype of the standard class, which its type does not show.
  const request = new NodeRequest({ req: incoming, res: outgoing }) as unknown as Request;
  const peer = () => incoming.socket?.remoteAddress;
  const send = (response: Response) => {
    if (isHttp2(incoming)) { for (const name of OF_CONNECTION) response.headers.delete(name); }
    sendResponse(outgoing, response);
  };
  const fail = () => failResponse(outgoing);
  try {
    const response = fetch(request, peer);
    if (response instanceof Promise) response.then(send).catch(fail);
    else send(response);
  } catch {
    fail();
  }
}

/** A server for HTTP/2, and for HTTP/1.1 where a client does not offer it. */
async function createTlsServer(
  tls: TlsMaterial,
  header: number,
  http1Options: object,
): Promise<Server> {
  const { createSecureServer } = await import("node:http2");
  const server = createSecureServer({
    ...tlsOptions(tls),
    allowHTTP1: true,
    handshakeTimeout: handshakeMs(header),
    settings: { maxConcurrentStreams: MAX_STREAMS },
    ...http1Options,
  });
  // It does not take all of these as options on every version of Node. With `allowHTTP1` it has the
  // events of a server for HTTP/1, which its type does not show.
  return Object.assign(server, http1Options) as unknown as Server;
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

/** Resolves when every request of a connection has its response, or the connection is closed. */
function untilAnswered(connection: Connection, socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    connection.onAnswered = () => {
      if (connection.unanswered === 0) resolve();
    };
    socket.once("close", resolve);
  });
}
