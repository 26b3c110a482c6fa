/** Listening on a port, the same on Node, Bun and Deno. */
import type { ResponseClass } from "./respond.ts";

/** A socket that is listened on. */
export interface Listener {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Accepts nothing new and resolves when everything accepted is answered. */
  drain(): Promise<void>;
  /** Closes every connection there still is. */
  close(): Promise<void>;
}

/** A runtime's server; loaded apart, so that a program loads only its own. */
export interface Adapter {
  readonly Response: ResponseClass;
  /** Throws an `Error` that says why the address cannot be had. */
  listen(options: ListenOptions): Promise<Listener>;
}

/** What to listen on, and who answers. */
export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** The part of srvx's servers that is used. */
interface Server {
  readonly url?: string | undefined;
  readonly bun?: { readonly server?: { readonly pendingRequests: number } };
  serve(): Promise<unknown>;
  close(closeAll?: boolean): Promise<void>;
}

interface ServerModule {
  serve(options: Record<string, unknown>): Server;
  readonly FastResponse: ResponseClass;
}

/** A request with what srvx adds to it on Node. */
type NodeRequest = Request & {
  readonly runtime?: {
    readonly node?: { readonly res?: { once(event: "close", listener: () => void): unknown } };
  };
};

/** Connections that arrived with the last requests are accepted before the socket closes. */
const ACCEPT_GRACE_MS = 25;
/** How long connections that carry no request may delay the stop. */
const UNUSED_CONNECTIONS_MS = 500;
const POLL_MS = 5;

/** Loads the server of the runtime this runs on. */
export async function loadAdapter(): Promise<Adapter> {
  const module = await importServer();
  return {
    Response: module.FastResponse,
    listen: (options) => listen(module, options),
  };
}

async function importServer(): Promise<ServerModule> {
  if ("Deno" in globalThis) return await import("srvx/deno") as unknown as ServerModule;
  if ("Bun" in globalThis) return await import("srvx/bun") as unknown as ServerModule;
  return await import("srvx/node") as unknown as ServerModule;
}

async function listen(
  { serve }: ServerModule,
  { host, port, fetch }: ListenOptions,
): Promise<Listener> {
  const forced = new AbortController();
  let running = 0;
  let draining = false;
  let onIdle = () => {};
  const ended = () => {
    if (--running === 0) onIdle();
  };

  async function answer(request: NodeRequest): Promise<Response> {
    running++;
    // Elsewhere the runtime itself waits for what is being written.
    const written = request.runtime?.node?.res;
    written?.once("close", ended);
    try {
      const response = await fetch(request);
      if (draining) response.headers.set("connection", "close");
      return response;
    } finally {
      if (written === undefined) ended();
    }
  }

  const server = serve({
    fetch: answer,
    hostname: host,
    port,
    manual: true,
    silent: true,
    gracefulShutdown: false,
    // Slow handlers are no idle connections, and body limits are each route's own.
    bun: { idleTimeout: 0, maxRequestBodySize: Number.MAX_SAFE_INTEGER },
    deno: { signal: forced.signal },
  });
  try {
    await server.serve();
  } catch (error) {
    throw new Error(whyNot(error, host, port), { cause: error });
  }
  const bound = Number(new URL(server.url!).port || 80);
  let isClosed = false;
  let stopped: Promise<void> | undefined;
  const stop = () =>
    stopped ??= server.close().catch(() => {}).then(() => {
      isClosed = true;
    });

  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    host,
    port: bound,
    async drain() {
      draining = true;
      await sleep(ACCEPT_GRACE_MS);
      const closed = stop();
      if (running > 0) await new Promise<void>((resolve) => onIdle = resolve);
      while ((server.bun?.server?.pendingRequests ?? 0) > 0) await sleep(POLL_MS);
      // Only the end of Deno's server tells that all is written.
      if ("deno" in server) await atMost(UNUSED_CONNECTIONS_MS, closed);
    },
    async close() {
      const closed = stop();
      await server.close(true).catch(() => {});
      // Deno's server is closed for good by its signal, which must not meet a closed one.
      if (!isClosed && "deno" in server) {
        await atMost(ACCEPT_GRACE_MS, closed);
        if (!isClosed) forced.abort();
      }
      await closed;
    },
  };
}

function whyNot(error: unknown, host: string, port: number): string {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  if (code === "EADDRINUSE" || name === "AddrInUse") {
    return `Port ${port} on ${host} is already in use`;
  }
  if (code === "EACCES" || name === "PermissionDenied") {
    return `Port ${port} on ${host} may not be opened: permission denied`;
  }
  if (code === "EADDRNOTAVAIL" || name === "AddrNotAvailable") {
    return `The host ${host} is no address of this machine`;
  }
  return `Listening on ${host} port ${port} failed: ${message ?? "unknown reason"}`;
}

/** Waits for `work`, but no longer than `ms`; leaves no timer behind. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([work, late]);
  clearTimeout(timer);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
