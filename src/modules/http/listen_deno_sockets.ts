/** WebSockets of Deno's server. */
import { CLOSE, type ConnectionEvents, type Upgrade } from "./socket_upgrade.ts";

/** The part of Deno's runtime that is used. */
interface DenoRuntime {
  upgradeWebSocket(
    request: Request,
    options: { readonly protocol?: string; readonly idleTimeout: number },
  ): { readonly socket: WebSocket; readonly response: Response };
}

/** Opens a WebSocket; gives what Deno has to answer. */
export function openSocket(
  request: Request,
  headers: Headers,
  { protocol, pingMs, open }: Upgrade,
): Response {
  const { Deno } = globalThis as typeof globalThis & { Deno: DenoRuntime };
  const { socket, response } = Deno.upgradeWebSocket(request, {
    ...(protocol === undefined ? {} : { protocol }),
    // Deno pings a silent client by itself, and disconnects one that does not answer.
    idleTimeout: Math.max(1, Math.ceil(pingMs / 1_000)),
  });
  for (const [name, value] of headers) response.headers.set(name, value);
  socket.binaryType = "arraybuffer";
  let events: ConnectionEvents | undefined;
  socket.onopen = () => {
    events = open({
      send: (data) => socket.send(data as string),
      buffered: () => socket.bufferedAmount,
      close: (code, reason) => socket.close(code, reason),
      // Deno cannot end a connection whose client does not answer.
      terminate() {},
    });
  };
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
    events?.message(typeof data === "string" ? data : new Uint8Array(data));
  socket.onclose = ({ code, reason }) => events?.closed(code || CLOSE.abnormal, reason);
  // Deno reports a broken connection here, too, and closes it.
  socket.onerror = () => {};
  return response;
}
