/** A TCP proxy that can stop passing bytes on, which is what a partition looks like to both sides. */
import { connect, createServer, type Socket } from "node:net";

/** A proxy to one port of the loopback interface. */
export interface Proxy {
  readonly port: number;
  pause(isPaused: boolean): void;
  close(): void;
}

/** Starts a proxy on a free port. */
export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let isPaused = false;
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from);
      from.on("data", (data) => to.write(data));
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on("error", () => to.destroy());
      if (isPaused) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    pause(paused) {
      isPaused = paused;
      for (const socket of sockets) paused ? socket.pause() : socket.resume();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
