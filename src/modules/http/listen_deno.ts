/** The server of Deno. It has no timeouts of its own, and no way to close one connection. */
import { answerIn, createBatch } from "./batch.ts";
import { DEFAULT_HEADER_MS, DEFAULT_IDLE_MS, type Timeouts } from "./limits.ts";
import { openSocket } from "./listen_deno_sockets.ts";
import { upgradeOf } from "./socket_upgrade.ts";
import {
  BACKLOG,
  type Host,
  type HostOptions,
  type HostServer,
  UnsupportedTlsError,
} from "./host_server.ts";
import type { TlsMaterial } from "./tls.ts";

/** The part of Deno's server that is used. */
interface DenoServer {
  readonly addr: { readonly port: number };
  /** Rejects when the server fails to accept a connection, which ends it. */
  readonly finished: Promise<void>;
  shutdown(): Promise<void>;
}

/** The connection of a request. */
interface DenoConnection {
  readonly remoteAddr: { readonly hostname?: string };
}

interface DenoRuntime {
  serve(options: Record<string, unknown>, handler: unknown): DenoServer;
}

/** The system's codes for too many open files, in the process and in the whole system. */
const NO_DESCRIPTORS = /os error (?:24|23)\b/;
/** How long to wait before a server that failed is started again. */
const RESTART_MS = 100;

export const denoHost: Host = { Response, serve: serveDeno, ignored };

function ignored({ header, idle }: Timeouts): string | undefined {
  return header === DEFAULT_HEADER_MS && idle === DEFAULT_IDLE_MS
    ? undefined
    : "`timeouts.header` and `timeouts.idle` have no effect on Deno, whose server has no such " +
      "timeouts; put a proxy in front of it if clients are not trusted";
}

function serveDeno(options: HostOptions): HostServer {
  const { host, port, fetch, maxMessageBytes, onExhausted } = options;
  let { tls } = options;
  const { Deno } = globalThis as typeof globalThis & { Deno: DenoRuntime };
  if (tls?.ca !== undefined) {
    throw unsupported();
  }
  let arrivals = 0;
  const batch = createBatch();
  let stopping: Promise<void> | undefined;
  let isClosed = false;

  function answer(request: Request, connection: DenoConnection): Promise<Response> {
    arrivals++;
    // Deno makes the address of each request when it is read.
    return answerIn(batch, () => fetch(request, () => connection.remoteAddr.hostname));
  }

  /** Like {@link answer}, for apps with WebSockets. */
  async function answerOrOpen(request: Request, connection: DenoConnection): Promise<Response> {
    return openIfUpgrade(request, await answer(request, connection));
  }

  function start(port: number): DenoServer {
    const server = Deno.serve({
      hostname: host,
      port,
      tcpBacklog: BACKLOG,
      ...(tls === undefined ? {} : { cert: tls.cert, key: tls.key }),
      onListen() {},
      // Called for streams that break off, which are logged already.
      onError: () => new Response(null, { status: 500 }),
    }, maxMessageBytes === undefined ? answer : answerOrOpen);
    server.finished.catch((error) => {
      if (NO_DESCRIPTORS.test(String(error))) onExhausted();
      // Deno ends the whole server when it cannot accept a connection.
      restart(server.addr.port, RESTART_MS);
    });
    return server;
  }

  function restart(port: number, ms: number): void {
    if (stopping !== undefined) return;
    setTimeout(() => {
      if (stopping !== undefined) return;
      try {
        server = start(port);
      } catch {
        restart(port, Math.min(2 * ms, RESTART_MS));
      }
    }, ms);
  }

  /**
   * Deno cannot change the certificate of a server, so another one takes over its port. The old one
   * answers what it has accepted.
   */
  function setTls(changed: TlsMaterial): void {
    if (changed.ca !== undefined) throw unsupported();
    tls = changed;
    const { port } = server.addr;
    server.shutdown().catch(() => {});
    // The port is free a moment later.
    restart(port, 1);
  }

  function stop(): Promise<void> {
    return stopping ??= server.shutdown().catch(() => {}).then(() => {
      isClosed = true;
    });
  }

  let server = start(port);
  return {
    port: server.addr.port,
    arrivals: () => arrivals,
    stop: () => void stop(),
    // Deno reports only that no connection is left, not which there are.
    expectsRequests: () => !isClosed,
    isSending: () => false,
    ...(tls === undefined ? {} : { setTls }),
    // Stalled connections stay open until the client or the process ends, since Deno cannot force
    // a server that is shutting down.
    close: () => void stop(),
  };
}

/** Opens the WebSocket that a response asks for; gives any other response as it is. */
function openIfUpgrade(request: Request, response: Response): Response {
  const upgrade = upgradeOf(response);
  return upgrade === undefined ? response : openSocket(request, response.headers, upgrade);
}

/** Accepting every client instead of those with a certificate would be worse. */
function unsupported(): UnsupportedTlsError {
  return new UnsupportedTlsError("client certificates are not supported on Deno");
}
