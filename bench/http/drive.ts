/** Starts servers on one core, and asks them with wrk on another. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Case } from "../measure.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Requests a second for a path, with the arguments of wrk for it. */
export function asking(
  name: string,
  port: number,
  [path, ...args]: readonly [string, ...string[]],
  quick: boolean,
): Case {
  const seconds = quick ? 1 : 3;
  return {
    name,
    once() {
      const output = execFileSync("taskset", [
        ...["-c", "1", "wrk", "-t1", "-c50", `-d${seconds}s`, ...args],
        `http://127.0.0.1:${port}${path}`,
      ], { cwd: root, encoding: "utf8" });
      if (/Non-2xx/.test(output)) throw new Error(`${name} answered ${path} with an error`);
      return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)![1]);
    },
  };
}

/** A server that answers. */
export interface Server {
  readonly server: ChildProcess;
  readonly port: number;
}

/** Starts a server, and waits until it answers `/hello`. */
export async function start(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  const server = spawn("taskset", ["-c", "0", ...command], {
    cwd: root,
    // Caddy stores its last configuration in this folder.
    env: {
      ...process.env,
      ...env,
      PORT: String(port),
      XDG_CONFIG_HOME: tmpdir(),
      XDG_DATA_HOME: tmpdir(),
    },
    stdio: "ignore",
  });
  for (let tries = 0; tries < 200; tries++) {
    const response = await fetch(`http://127.0.0.1:${port}/hello`).catch(() => undefined);
    if (response?.ok) return { server, port };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.kill("SIGKILL");
  throw new Error(`${command.join(" ")} does not answer`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
