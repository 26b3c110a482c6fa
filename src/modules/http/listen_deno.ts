/** The server of Deno. It has no timeouts of its own, and no way to close one connection. */
import { BACKLOG, type Delivery, type Host, type HostOptions, type HostServer } from "./listen.ts";

/** The part of Deno's server that is used. */
interface DenoServer {
  readonly addr: { readonly port: number };
  /** Rejects when the server fails to accept a connection, which ends it. */
  readonly finished: Promise<void>;
  shutdown(): Promise<void>;
}

interface DenoRuntime {
  serve(options: Record<string, unknown>, handler: unknown): DenoServer;
}

/** How long to wait before a server that failed is started again. */
const RESTART_MS = 100;
/** How long a graceful end may take that is about to be forced. */
const LAST_CHANCE_MS = 25;

export const denoHost: Host = { Response, serve: serveDeno };

function serveDeno({ host, port, fetch, onExhausted }: HostOptions): HostServer {
  const { Deno } = globalThis as unknown as { Deno: DenoRuntime };
  const forced = new AbortController();
  let arrivals = 0;
  let stopping: Promise<void> | undefined;
  let isClosed = false;

  function answer(request: Request, sent: Delivery): Promise<Response> {
    arrivals++;
    return fetch(request, sent);
  }

  function start(port: number): DenoServer {
    const server = Deno.serve({
      hostname: host,
      port,
      tcpBacklog: BACKLOG,
      signal: forced.signal,
      onListen() {},
    }, answer);
    server.finished.catch(() => restart(server.addr.port));
    return server;
  }

  /** Without a file descriptor for a connection Deno gives up the whole server. */
  function restart(port: number): void {
    if (stopping !== undefined) return;
    onExhausted();
    setTimeout(() => {
      if (stopping !== undefined) return;
      try {
        server = start(port);
      } catch {
        restart(port);
      }
    }, RESTART_MS);
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
    // Which connections there are is not said, only that there is none any more.
    expectsRequests: () => !isClosed,
    isSending: () => false,
    async close() {
      const stopped = stop();
      await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, LAST_CHANCE_MS))]);
      // The signal must not meet a server that is closed.
      if (!isClosed) forced.abort();
      await stopped;
    },
  };
}
