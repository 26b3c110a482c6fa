/** WebSockets of Bun's server. */
import type { ConnectionEvents, Upgrade } from "./socket_upgrade.ts";

/** A WebSocket of Bun. */
interface BunSocket {
  readonly data: SocketData;
  send(data: string | Uint8Array): number;
  getBufferedAmount(): number;
  ping(): number;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** What Bun keeps for each connection. */
export interface SocketData {
  readonly upgrade: Upgrade;
  events?: ConnectionEvents;
}

/** More than that is never sent to one client. */
const BACKPRESSURE_LIMIT = 2 ** 30;

/** The option `websocket` of `Bun.serve`. */
export function socketOptions(maxMessageBytes: number): Record<string, unknown> {
  return {
    maxPayloadLength: maxMessageBytes,
    backpressureLimit: BACKPRESSURE_LIMIT,
    // Each endpoint has its own interval.
    idleTimeout: 0,
    sendPings: false,
    open(ws: BunSocket) {
      ws.data.events = ws.data.upgrade.open({
        send: (data) => void ws.send(data),
        buffered: () => ws.getBufferedAmount(),
        ping: () => void ws.ping(),
        close: (code, reason) => ws.close(code, reason),
        terminate: () => ws.terminate(),
      });
    },
    message: ({ data }: BunSocket, message: string | Uint8Array) => data.events?.message(message),
    pong: ({ data }: BunSocket) => data.events?.pong(),
    close: ({ data }: BunSocket, code: number, reason: string) => data.events?.closed(code, reason),
  };
}
