/** The server of Bun. */
import { DEFAULT_HEADER_MS, type Timeouts } from "./limits.ts";
import type { Host, HostOptions, HostServer } from "./listen.ts";

/** The part of Bun's server that is used. */
interface BunServer {
  readonly port: number;
  readonly pendingRequests: number;
  stop(closeActiveConnections?: boolean): Promise<void>;
  closeIdleConnections?(): void;
  timeout(request: Request, seconds: number): void;
}

interface BunRuntime {
  serve(options: Record<string, unknown>): BunServer;
}

/** The longest time without traffic that Bun can watch for. */
const LONGEST_IDLE_S = 255;

export const bunHost: Host = { Response, serve: serveBun, ignored };

function ignored({ header }: Timeouts): string | undefined {
  return header === DEFAULT_HEADER_MS
    ? undefined
    : "`timeouts.header` has no effect on Bun, which gives a client 10 to 14 seconds";
}

function serveBun({ host, port, fetch, timeouts }: HostOptions): HostServer {
  const { Bun } = globalThis as unknown as { Bun: BunRuntime };
  const { body, idle, handler } = timeouts;
  // Bun counts in seconds, and 0 is none.
  const idleTimeout = idle === Infinity ? 0 : Math.min(Math.ceil(idle / 1_000), LONGEST_IDLE_S);
  let arrivals = 0;

  function answer(request: Request): Promise<Response> {
    arrivals++;
    return fetch(request);
  }

  /** For Bun a connection is idle also while a request is read or answered: it must not look. */
  async function answerSlow(request: Request, server: BunServer): Promise<Response> {
    server.timeout(request, 0);
    try {
      return await answer(request);
    } finally {
      server.timeout(request, idleTimeout);
    }
  }

  const server = Bun.serve({
    hostname: host,
    port,
    idleTimeout,
    // Body limits are each route's own.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: idleTimeout === 0 || Math.max(body, handler) < idleTimeout * 1_000 ? answer : answerSlow,
  });

  return {
    port: server.port,
    arrivals: () => arrivals,
    stop: () => void server.stop().catch(() => {}),
    expectsRequests: () => false,
    isSending: () => server.pendingRequests > 0,
    closeIdle: () => server.closeIdleConnections?.(),
    async close() {
      await server.stop(true).catch(() => {});
    },
  };
}
