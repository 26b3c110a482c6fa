/** Listening on a port, the same on Node, Bun and Deno. */
import { clientPatience } from "./patience.ts";
import type { Peer } from "./target.ts";
import { explainExhaustion, watchDescriptors } from "./descriptors.ts";
import {
  BACKLOG,
  type Host,
  type HostServer,
  type ListenOptions,
  UnsupportedTlsError,
} from "./host_server.ts";
import type { ResponseClass } from "./response_class.ts";
import type { TlsMaterial } from "./tls.ts";

/** A listening socket. */
export interface Listener {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /**
   * Accepts no new connections and resolves when all accepted requests are answered. Clients that
   * do not receive their response cannot delay this beyond `deadline`.
   */
  drain(deadline: number): Promise<void>;
  /** Waits, after a drain, until the last streams are sent, with the same patience. */
  flush(deadline: number): Promise<void>;
  /** Presents another certificate from now on; undefined where the runtime cannot. */
  readonly setTls: ((tls: TlsMaterial) => void) | undefined;
  /** Closes the remaining connections, if the runtime can. */
  close(): Promise<void>;
}

/** The server of a runtime, in a module of its own, so that only the one in use is loaded. */
export interface Adapter {
  readonly Response: ResponseClass;
  /** Throws a {@link ListenError} if the address is not available. */
  listen(options: ListenOptions): Promise<Listener>;
}

/** A stop keeps listening until nothing arrived for this long, so that new clients are served. */
const QUIET_MS = 25;
/** The longest time that a stop keeps listening, unless connections still wait to be accepted. */
const LONGEST_QUIET_MS = 2_000;
/** How long connections without a request may delay a stop. */
const UNUSED_CONNECTIONS_MS = 500;
const POLL_MS = 5;

/** Loads the server of the current runtime. */
export async function loadAdapter(): Promise<Adapter> {
  const host = await importHost();
  return { Response: host.Response, listen: (options) => listen(host, options) };
}

/** For requests that do not come from a network, as in tests: it does not listen. */
export const offlineAdapter: Adapter = {
  Response,
  listen: ({ host, port }) =>
    Promise.resolve({
      url: `http://${host}:${port}`,
      host,
      port,
      setTls: undefined,
      drain: () => Promise.resolve(),
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
};

async function importHost(): Promise<Host> {
  if ("Deno" in globalThis) return (await import("./listen_deno.ts")).denoHost;
  if ("Bun" in globalThis) return (await import("./listen_bun.ts")).bunHost;
  return (await import("./listen_node.ts")).nodeHost;
}

async function listen({ serve, ignored }: Host, options: ListenOptions): Promise<Listener> {
  const { host, port, fetch, timeouts, tls, maxMessageBytes, warn } = options;
  let running = 0;
  let draining = false;
  let onIdle = () => {};

  function answer(request: Request, peer: Peer): Response | Promise<Response> {
    running++;
    let answering: Response | Promise<Response>;
    try {
      answering = fetch(request, peer);
    } catch (error) {
      leave();
      throw error;
    }
    if (!(answering instanceof Promise)) return answered(answering);
    return answering.then(answered, (error) => {
      leave();
      throw error;
    });
  }

  function answered(response: Response): Response {
    leave();
    if (draining) response.headers.set("connection", "close");
    return response;
  }

  function leave(): void {
    if (--running === 0) onIdle();
  }

  function onExhausted(): void {
    const message = explainExhaustion();
    if (message !== undefined) warn(message);
  }

  let server: HostServer;
  try {
    server = await serve({
      host,
      port,
      timeouts,
      tls,
      maxMessageBytes,
      fetch: answer,
      onExhausted,
    });
  } catch (error) {
    throw listenError(error, host, port);
  }
  const problem = ignored?.(timeouts);
  if (problem !== undefined) warn(problem);
  const { closeIdle, setTls } = server;
  let presented = tls;
  const unwatch = closeIdle === undefined ? () => {} : watchDescriptors(() => {
    onExhausted();
    closeIdle();
  });

  /** Waits until nothing arrives any more, so that everything accepted can be answered. */
  async function untilQuiet(deadline: number): Promise<void> {
    const start = performance.now();
    const longest = Math.max(LONGEST_QUIET_MS, clientPatience(deadline));
    const queue = createQueue(server);
    for (let seen = -1; seen !== server.arrivals();) {
      if (performance.now() - start > (queue.isMoving() ? longest : LONGEST_QUIET_MS)) return;
      seen = server.arrivals();
      await sleep(QUIET_MS);
      // A process that did not run in that time saw nothing: it looks once more.
      await sleep(0);
      await sleep(0);
    }
  }

  async function untilAnswered(): Promise<void> {
    if (running > 0) await new Promise<void>((resolve) => onIdle = resolve);
  }

  return {
    url: `${tls === undefined ? "http" : "https"}://${
      host.includes(":") ? `[${host}]` : host
    }:${server.port}`,
    host,
    port: server.port,
    setTls: setTls && ((changed) => {
      // Servers that share the address have the same certificate, and each watches its files.
      if (isSame(presented, changed)) return;
      setTls(changed);
      presented = changed;
    }),
    async drain(deadline) {
      draining = true;
      await untilQuiet(deadline);
      server.stop();
      await untilAnswered();
      await pollWhile(server.expectsRequests, UNUSED_CONNECTIONS_MS);
      await untilAnswered();
      await pollWhile(server.isSending, clientPatience(deadline));
    },
    flush: (deadline) => pollWhile(server.isSending, clientPatience(deadline)),
    async close() {
      unwatch();
      await server.close();
    },
  };
}

/** An address that cannot be had, and the field of the server that asks for it. */
export class ListenError extends Error {
  readonly at: readonly string[];
  readonly help: string | undefined;

  constructor(at: readonly string[], message: string, help: string | undefined, cause: unknown) {
    super(message, { cause });
    this.at = at;
    this.help = help;
  }
}

function listenError(error: unknown, host: string, port: number): ListenError {
  if (error instanceof UnsupportedTlsError) {
    return new ListenError(["tls", "ca"], error.message, undefined, error);
  }
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  if (code === "EADDRINUSE" || name === "AddrInUse") {
    const help = "Stop the program that listens there, or choose another port; 0 takes a free one";
    return new ListenError(["port"], `Port ${port} on ${host} is already in use`, help, error);
  }
  if (code === "EACCES" || name === "PermissionDenied") {
    const problem = `Port ${port} on ${host} may not be opened: permission denied`;
    const help = "Ports below 1024 belong to the system: choose a higher one";
    return new ListenError(["port"], problem, port > 0 && port < 1024 ? help : undefined, error);
  }
  if (code === "EADDRNOTAVAIL" || name === "AddrNotAvailable") {
    const problem = `The host ${host} is not an address of this machine`;
    const help = "Use 127.0.0.1 for this machine only, or 0.0.0.0 for all interfaces";
    return new ListenError(["host"], problem, help, error);
  }
  const problem = `Listening on ${host} port ${port} failed: ${message ?? "unknown reason"}`;
  return new ListenError(["port"], problem, undefined, error);
}

function isSame(one: TlsMaterial | undefined, other: TlsMaterial): boolean {
  return one?.cert === other.cert && one.key === other.key && one.ca === other.ca;
}

/**
 * The connections that wait to be accepted, which a stop would lose. Node accepts one in each turn of
 * its event loop, so that a busy process needs long for many. Those that arrive during a stop do not
 * delay it without end: no more can have waited than the queue holds.
 */
function createQueue({ accepted }: HostServer): { isMoving(): boolean } {
  const first = accepted?.() ?? 0;
  let last = first;
  return {
    isMoving() {
      const now = accepted?.() ?? 0;
      const isMoving = now > last && now - first < BACKLOG;
      last = now;
      return isMoving;
    },
  };
}

/** Waits while `condition` is true, but no longer than `ms`. */
async function pollWhile(condition: () => boolean, ms: number): Promise<void> {
  for (const end = performance.now() + ms; condition() && performance.now() < end;) {
    await sleep(POLL_MS);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
