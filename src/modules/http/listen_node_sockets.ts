/** WebSockets on Node, with the package `ws`. Loaded only for apps that have some. */
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { NodeRequest, sendNodeResponse } from "srvx/node";
import { type WebSocket, WebSocketServer } from "ws";
import { type Connection, isWebSocket, type Upgrade, upgradeOf } from "./socket_upgrade.ts";
import type { Peer } from "./target.ts";

/** Answers a request for another protocol. */
type Fetch = (request: Request, peer: Peer) => Response | Promise<Response>;

/**
 * Answers requests for WebSockets, which Node does not treat as requests. `onArrival` returns a promise
 * if earlier requests of the connection are not answered yet, which a client may send without waiting.
 */
export function serveSockets(
  http: Server,
  fetch: Fetch,
  onArrival: (request: IncomingMessage) => Promise<void> | undefined,
): void {
  http.on("upgrade", (request, socket, head) => {
    const earlier = onArrival(request);
    // Otherwise a client that vanishes would end the process.
    socket.on("error", () => socket.destroy());
    const answered = earlier === undefined
      ? answer(request, socket, head, fetch)
      : afterEarlier(earlier, socket).then(() => answer(request, socket, head, fetch));
    void answered.catch(() => socket.destroy());
  });
}

/** Lets the responses to earlier requests be written, for which Node has removed its listeners. */
async function afterEarlier(earlier: Promise<void>, socket: Duplex): Promise<void> {
  // Node has no other way from a connection to the response that it writes.
  const drain = () =>
    (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.emit("drain");
  socket.on("drain", drain);
  await earlier;
  socket.off("drain", drain);
  // The last response has started the timeout of an idle connection.
  (socket as Socket).setTimeout(0);
}

/** For Node 24.9 and later: other protocols are ignored, as without WebSockets. */
export function shouldUpgrade({ headers }: IncomingMessage): boolean {
  return isWebSocket(headers.upgrade);
}

async function answer(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  fetch: Fetch,
): Promise<void> {
  const response = new ServerResponse(request);
  // What follows the request belongs to another protocol.
  response.shouldKeepAlive = false;
  response.assignSocket(socket as never);
  response.once("finish", () => socket.end());
  if (hasBody(request)) {
    response.writeHead(400, { "content-type": "application/json" }).end(UPGRADE_WITH_BODY);
    return;
  }
  // As for other requests, the type does not show the prototype of the standard class.
  const web = new NodeRequest({ req: request, res: response }) as unknown as Request;
  const answered = await fetch(web, () => request.socket.remoteAddress);
  const upgrade = upgradeOf(answered);
  if (upgrade === undefined) return await sendNodeResponse(response, answered);
  response.detachSocket(socket as never);
  open(upgrade, answered.headers, request, socket, head);
}

/** Older versions of Node do not read the body of such a request. */
const UPGRADE_WITH_BODY = JSON.stringify({
  error: { code: "BAD_REQUEST", message: "A request for another protocol cannot have a body" },
});

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function open(
  { protocol, maxMessageBytes, open }: Upgrade,
  headers: Headers,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: () => protocol ?? false,
  });
  server.on("headers", (lines) => {
    for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  });
  server.handleUpgrade(request, socket, head, (ws) => {
    ws.binaryType = "nodebuffer";
    const events = open(connectionOf(ws));
    ws.on("message", (data: Buffer, isBinary) => events.message(isBinary ? data : String(data)));
    ws.on("pong", events.pong);
    ws.on("close", (code, reason) => events.closed(code, String(reason)));
    // The connection is closed after it, with a code that says why.
    ws.on("error", () => {});
  });
}

function connectionOf(ws: WebSocket): Connection {
  return {
    send: (data) => ws.send(data),
    buffered: () => ws.bufferedAmount,
    ping: () => ws.ping(),
    close: (code, reason) => ws.close(code, reason),
    terminate: () => ws.terminate(),
  };
}
