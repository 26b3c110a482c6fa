/** How a mounted resource opens a WebSocket: its response represents one until a host opens it. */

/** A connection of a WebSocket, the same on every runtime. */
export interface Connection {
  send(data: string | Uint8Array): void;
  /** How many bytes wait to be sent. */
  buffered(): number;
  /** Asks the client whether it is still there. Deno does that by itself, every `pingMs`. */
  readonly ping?: () => void;
  /** Begins to close it; the client is expected to answer. */
  close(code: number, reason: string): void;
  /** Ends it at once, where the runtime can. */
  terminate(): void;
}

/** What happens to a connection. */
export interface ConnectionEvents {
  message(data: string | Uint8Array): void;
  /** The client has answered a ping. */
  pong(): void;
  /** Called once. */
  closed(code: number, reason: string): void;
}

/** A WebSocket that is to be opened. */
export interface Upgrade {
  /** The subprotocol. */
  readonly protocol: string | undefined;
  readonly maxMessageBytes: number;
  readonly pingMs: number;
  open(connection: Connection): ConnectionEvents;
}

/** Close codes of the protocol. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  /** The connection was lost; never sent. */
  abnormal: 1006,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  tryLater: 1013,
} as const;

const SWITCHING_PROTOCOLS = 101;

const upgrades = new WeakMap<Response, Upgrade>();

/** A response cannot be made with the status that middleware and logs should see. */
class UpgradeResponse extends globalThis.Response {
  override get status(): number {
    return SWITCHING_PROTOCOLS;
  }
}

/** The response that opens a WebSocket. Its headers are sent with it. */
export function upgradeResponse(upgrade: Upgrade): Response {
  const response = new UpgradeResponse(null);
  upgrades.set(response, upgrade);
  return response;
}

/** The WebSocket that a response opens, if it does. */
export function upgradeOf(response: Response): Upgrade | undefined {
  return upgrades.get(response);
}

/** True for a request that asks for a WebSocket. */
export function asksForSocket({ method, headers }: Request): boolean {
  return method === "GET" && isWebSocket(headers.get("upgrade"));
}

/** True for the value of an `upgrade` header that names the protocol. */
export function isWebSocket(upgrade: string | null | undefined): boolean {
  return upgrade !== null && upgrade !== undefined &&
    /(?:^|,)\s*websocket\s*(?:,|$)/i.test(upgrade);
}
