/** What a runtime provides to listen for requests, the same on Node, Bun and Deno. */
import type { Timeouts } from "./limits.ts";
import type { Peer } from "./target.ts";
import type { ResponseClass } from "./response_class.ts";
import type { TlsMaterial } from "./tls.ts";

/** Where to listen, and who answers. */
export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly fetch: (request: Request, peer: Peer) => Response | Promise<Response>;
  readonly timeouts: Timeouts;
  /** For HTTPS. */
  readonly tls: TlsMaterial | undefined;
  /** The size of the largest message of a WebSocket; `undefined` if there are no WebSockets. */
  readonly maxMessageBytes: number | undefined;
  /** Logs timeouts without effect, and advice when there are no file descriptors left. */
  readonly warn: (message: string) => void;
}

/** A listening HTTP server of one runtime. */
export interface HostServer {
  readonly port: number;
  /** Changes whenever a connection or a request arrives, as far as the runtime says. */
  arrivals(): number;
  /** How many connections were accepted, where the runtime accepts them one by one. */
  readonly accepted?: () => number;
  /** Accepts no new connection and closes those that are idle. */
  stop(): void;
  /** True while connections are open that have not sent a request yet. */
  expectsRequests(): boolean;
  /** True while an answer is being sent. */
  isSending(): boolean;
  /** Closes idle connections to make room for others, where the runtime can. */
  readonly closeIdle?: () => void;
  /** Presents another certificate from now on, where the runtime can. */
  readonly setTls?: (tls: TlsMaterial) => void;
  /** Closes every connection, where the runtime can. */
  close(): void | Promise<void>;
}

/** Options of a {@link HostServer}. */
export interface HostOptions extends Omit<ListenOptions, "fetch" | "warn"> {
  readonly fetch: (request: Request, peer: Peer) => Response | Promise<Response>;
  /** Called when there is no file descriptor left for another connection. */
  readonly onExhausted: () => void;
}

/** A runtime cannot do what `tls.ca` asks for. */
export class UnsupportedTlsError extends Error {}

/** How a runtime serves. Rejects with the runtime's own error. */
export interface Host {
  readonly Response: ResponseClass;
  /** Describes timeouts that were set but that the runtime does not support. */
  readonly ignored?: (timeouts: Timeouts) => string | undefined;
  serve(options: HostOptions): HostServer | Promise<HostServer>;
}

/** Connections that may wait to be accepted; the limit of the system takes precedence. */
export const BACKLOG = 4_096;
