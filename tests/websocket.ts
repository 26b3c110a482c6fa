/** Clients of WebSockets: that of Node, and one that writes frames by hand. */
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

/** A client whose messages are awaited one after the other. */
export interface SocketClient {
  readonly socket: WebSocket;
  /** The next message: text, or bytes as a list. */
  next(): Promise<unknown>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Connects; rejects if the server refuses. */
export async function openSocket(url: string, protocols: string[] = []): Promise<SocketClient> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), protocols);
  socket.binaryType = "arraybuffer";
  const arrived: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    const message = typeof data === "string" ? data : [...new Uint8Array(data)];
    const resolve = waiting.shift();
    if (resolve === undefined) arrived.push(message);
    else resolve(message);
  };
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.onclose = ({ code, reason }) => resolve({ code, reason });
  });
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`No WebSocket at ${url}`));
  });
  return {
    socket,
    next: () =>
      arrived.length > 0
        ? Promise.resolve(arrived.shift())
        : new Promise((resolve) => waiting.push(resolve)),
    closed,
  };
}

/** The lines of a request for a WebSocket, without the last ones. */
export function handshake(url: string, path: string, ...more: string[]): string[] {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...more,
  ];
}

/** A connection that bytes are written to. */
export interface RawClient {
  /** Resolves with everything received so far once it matches. */
  until(pattern: RegExp): Promise<string>;
  write(bytes: Uint8Array): void;
  /** Waits until the server has read everything: it answers a ping after what came before. */
  untilRead(): Promise<void>;
  /** Stops reading, as a client that is too slow. */
  pause(): void;
  resume(): void;
  destroy(): void;
  readonly closed: Promise<string>;
}

/** Of what is received, only the end is kept. */
const MOST_KEPT = 65_536;

/** Sends the lines of a request. What is received is read as Latin-1. */
export function rawClient(url: string, lines: readonly string[]): RawClient {
  const { protocol, hostname: host, port } = new URL(url);
  const address = { host, port: Number(port) };
  const socket = protocol === "https:"
    ? connectTls({ ...address, rejectUnauthorized: false })
    : connect(address);
  let received = "";
  let check = () => {};
  socket.setEncoding("latin1").on("data", (text) => {
    received = (received + String(text)).slice(-MOST_KEPT);
    check();
  });
  socket.on("error", () => {});
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  let pings = 0;
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      check = () => {
        if (pattern.test(received)) resolve(received);
      };
      socket.once("close", () => reject(new Error(`${pattern} did not arrive: ${received}`)));
      check();
    });
  return {
    until,
    async untilRead() {
      const payload = `ping ${pings++}`;
      socket.write(frame(9, payload));
      await until(new RegExp(`\\x8a.${payload}`));
    },
    write: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
    closed: new Promise((resolve) => socket.once("close", () => resolve(received))),
  };
}

/** A frame as a client sends it; `flags` are the reserved bits, and 8 is the last frame of a message. */
export function frame(
  opcode: number,
  payload: string | readonly number[],
  { flags = 8, mask = true }: { readonly flags?: number; readonly mask?: boolean } = {},
): Uint8Array {
  const bytes = Buffer.from(payload as string);
  const length = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255];
  const header = [flags << 4 | opcode, length[0]! | (mask ? 128 : 0), ...length.slice(1)];
  const key = [1, 2, 3, 4];
  const masked = mask ? bytes.map((byte, index) => byte ^ key[index & 3]!) : bytes;
  return Uint8Array.from([...header, ...(mask ? key : []), ...masked]);
}
