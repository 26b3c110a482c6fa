/** Starts servers on one core, and asks them with wrk on another; needs Linux. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Case } from "../measure.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What tokens are signed with. */
export const SECRET = "the secret of the benchmarks, which anyone may know";

/** What `getconf CLK_TCK` prints on Linux, whatever its kernel was configured with. */
const TICKS_PER_SECOND = 100;

/** The CPU time that a request of a path takes, with the arguments of wrk for it. */
export function asking(
  name: string,
  { server, port }: Server,
  [path, ...args]: readonly [string, ...string[]],
  quick: boolean,
): Case {
  const seconds = quick ? 1 : 3;
  return {
    name,
    once() {
      const before = cpuSeconds(server.pid!);
      const output = wrk([`-d${seconds}s`, ...args], port, path);
      const used = cpuSeconds(server.pid!) - before;
      if (/Non-2xx/.test(output)) throw new Error(`${name} answered ${path} with an error`);
      return {
        value: used / requestsIn(output) * 1e6,
        requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)![1]),
      };
    },
  };
}

/** Requests before a measurement: compilers are busy during the first, and longer for more code. */
export const WARM_UP = 40_000;

/** Asks a server until its compilers have nothing left to do. */
export function warmUp(
  { port }: Server,
  [path, ...args]: readonly [string, ...string[]],
  requests: number = WARM_UP,
): void {
  for (let answered = 0; answered < requests;) {
    answered += requestsIn(wrk(["-d1s", ...args], port, path));
  }
}

function wrk(args: readonly string[], port: number, path: string): string {
  const address = `http://127.0.0.1:${port}${path}`;
  return execFileSync("taskset", ["-c", "1", "wrk", "-t1", "-c50", ...args, address], {
    cwd: root,
    encoding: "utf8",
  });
}

function requestsIn(output: string): number {
  return Number(/(\d+) requests in/.exec(output)![1]);
}

/** The time that a process has computed, in its own code and in the system for it. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name before it may contain spaces.
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
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
      JWT_SECRET: SECRET,
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

/** Processes of an app that are compared by a few hundredths: two of the same app differ by as much. */
export const PROCESSES = 3;

/** Asks another of the servers each time. */
export function askingInTurn(
  name: string,
  servers: readonly Server[],
  question: Parameters<typeof asking>[2],
  quick: boolean,
): Case {
  const cases = servers.map((server) => asking(name, server, question, quick));
  let turn = 0;
  return { name, once: () => cases[turn++ % cases.length]!.once() };
}
