/** The server of Bun. */
import { answerIn, createBatch } from "./batch.ts";
import { DEFAULT_HEADER_MS, type Timeouts } from "./limits.ts";
import { type SocketData, socketOptions } from "./listen_bun_sockets.ts";
import { isStreaming } from "./send.ts";
import { type Upgrade, upgradeOf } from "./socket_upgrade.ts";
import { type TlsMaterial, tlsOptions } from "./tls.ts";
import type { Host, HostOptions, HostServer } from "./host_server.ts";

/** The part of Bun's server that is used. */
interface BunServer {
  readonly port: number;
  readonly pendingRequests: number;
  stop(closeActiveConnections?: boolean): Promise<void>;
  closeIdleConnections?(): void;
  timeout(request: Request, seconds: number): void;
  upgrade(
    request: Request,
    options: { readonly headers: Headers; readonly data: SocketData },
  ): boolean;
  requestIP(request: Request): { readonly address: string } | null;
}

interface BunRuntime {
  serve(options: Record<string, unknown>): BunServer;
}

/** Nothing for a connection that became a WebSocket. */
type Answer = Response | undefined;

/** The longest idle timeout that Bun supports. */
const LONGEST_IDLE_S = 255;

export const bunHost: Host = { Response, serve: serveBun, ignored };

function ignored({ header }: Timeouts): string | undefined {
  return header === DEFAULT_HEADER_MS
    ? undefined
    : "`timeouts.header` has no effect on Bun, which gives a client 10 to 14 seconds";
}

function serveBun(options: HostOptions): HostServer {
  const { host, port, fetch, timeouts, tls, maxMessageBytes } = options;
  const { Bun } = globalThis as typeof globalThis & { Bun: BunRuntime };
  const { body, idle, handler } = timeouts;
  // In whole seconds; 0 disables the timeout.
  const idleTimeout = idle === Infinity ? 0 : Math.min(Math.ceil(idle / 1_000), LONGEST_IDLE_S);
  let arrivals = 0;
  const batch = createBatch();

  function answer(request: Request, own: BunServer): Answer | Promise<Answer> {
    arrivals++;
    // Bun closes a connection with a request after one that it has no answer to yet. One with a body
    // is such a request anyway.
    return request.method === "GET" || request.method === "HEAD"
      ? answerNow(request, own)
      : answerIn(batch, () => answerNow(request, own));
  }

  function answerNow(request: Request, own: BunServer): Answer | Promise<Answer> {
    const answering = fetch(request, () => own.requestIP(request)?.address);
    return answering instanceof Promise
      ? answering.then((response) => send(response, request, own))
      : send(answering, request, own);
  }

  function send(response: Response, request: Request, own: BunServer): Answer {
    const upgrade = maxMessageBytes === undefined ? undefined : upgradeOf(response);
    if (upgrade !== undefined) return openSocket(request, own, response, upgrade);
    // Whoever keeps a connection with the old certificate makes a new one.
    if (own !== server) response.headers.set("connection", "close");
    // A stream may be silent for long, which Bun would take for an idle connection.
    if (isStreaming(response)) own.timeout(request, 0);
    return response;
  }

  /** Disables Bun's idle timeout during a request, since it also counts time spent answering. */
  async function answerSlow(request: Request, server: BunServer): Promise<Answer> {
    server.timeout(request, 0);
    try {
      const response = await answer(request, server);
      if (response !== undefined && !isStreaming(response)) server.timeout(request, idleTimeout);
      return response;
    } catch (error) {
      server.timeout(request, idleTimeout);
      throw error;
    }
  }

  const handle = idleTimeout === 0 || Math.max(body, handler) < idleTimeout * 1_000
    ? answer
    : answerSlow;
  const listen = (port: number, tls: TlsMaterial | undefined) =>
    Bun.serve({
      hostname: host,
      port,
      // In production, Bun would share the port with any other process that does.
      reusePort: false,
      idleTimeout,
      ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
      // The page that Bun shows for an error otherwise contains source code.
      development: false,
      // Each route has its own limit.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      ...(maxMessageBytes === undefined ? {} : { websocket: socketOptions(maxMessageBytes) }),
      fetch: handle,
    });

  let server = listen(port, tls);
  let presented = tls;
  // A server that has stopped does not know its port any more.
  const { port: bound } = server;
  /** Servers with an earlier certificate, until their last connection is closed. */
  const retired = new Set<BunServer>();

  /** Bun cannot change the certificate of a server, so another one takes over its port. */
  function setTls(changed: TlsMaterial): void {
    const old = server;
    retired.add(old);
    void old.stop().catch(() => {}).then(() => retired.delete(old));
    old.closeIdleConnections?.();
    try {
      server = listen(bound, changed);
    } catch (error) {
      server = listen(bound, presented);
      throw error;
    }
    presented = changed;
  }

  return {
    port: bound,
    arrivals: () => arrivals,
    stop: () => void server.stop().catch(() => {}),
    expectsRequests: () => false,
    isSending: () => [server, ...retired].some(({ pendingRequests }) => pendingRequests > 0),
    closeIdle: () => server.closeIdleConnections?.(),
    ...(tls === undefined ? {} : { setTls }),
    async close() {
      await Promise.all([server, ...retired].map((one) => one.stop(true).catch(() => {})));
    },
  };
}

/** Gives Bun the connection, for which it expects no response then. */
function openSocket(
  request: Request,
  server: BunServer,
  { headers }: Response,
  upgrade: Upgrade,
): Response | undefined {
  const { protocol } = upgrade;
  if (protocol !== undefined) headers.set("sec-websocket-protocol", protocol);
  if (server.upgrade(request, { headers, data: { upgrade } })) return undefined;
  // The client has gone.
  return new Response(null, { status: 400 });
}
