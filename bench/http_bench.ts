/**
 * Requests a second, driven by `wrk` on one core with the server on the other. Every server
 * runs the app of `http/app.yaml`, and every table is one runtime.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Case, interleave, type Table } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const bin = root + "node_modules/.bin/";

/** Who serves, side by side: the command, Digly's first. */
const SERVERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "Beside Caddy": {
    digly: [root + "dist/digly", "bench/http/app.yaml"],
    Caddy: ["caddy", "run", "--config", "bench/http/Caddyfile"],
  },
  Bun: {
    digly: [root + "dist/digly", "bench/http/app.yaml"],
    "bare Hono": [bin + "bun", "bench/http/hono.ts"],
  },
  Node: {
    digly: [bin + "node", "dist/digly.mjs", "bench/http/app.yaml"],
    "bare Hono": [bin + "node", "bench/http/hono.ts"],
    Fastify: [bin + "node", "bench/http/fastify.ts"],
  },
  Deno: {
    digly: [bin + "deno", "run", "-A", "mod.ts", "bench/http/app.yaml"],
    "bare Hono": [bin + "deno", "run", "-A", "bench/http/hono.ts"],
  },
};

/** A request: its path, and the arguments of wrk for it. */
const QUESTIONS: Readonly<Record<string, readonly [path: string, ...args: string[]]>> = {
  "hello": ["/hello"],
  "a path parameter": ["/items/42"],
  "the last of 200 routes": ["/many/r199/42"],
  "a validated body, in and out": ["/orders", "-s", "bench/http/post_order.lua"],
};

/** What Caddy answers without a program behind it. */
const STATIC = ["hello"];

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  if (spawnSync("wrk", ["--version"]).error) {
    console.log("wrk is not installed, so HTTP is not measured\n");
    return [];
  }
  const tables: Table[] = [];
  for (const [runtime, servers] of Object.entries(SERVERS)) {
    const running: (Server & { name: string })[] = [];
    if (servers["Caddy"] !== undefined && spawnSync("caddy", ["version"]).error) {
      console.log("Caddy is not installed, so it is not measured\n");
      continue;
    }
    try {
      for (const [name, command] of Object.entries(servers)) {
        running.push({ name, ...await start(command) });
      }
      for (const [title, question] of Object.entries(QUESTIONS)) {
        if (servers["Caddy"] !== undefined && !STATIC.includes(title)) continue;
        const cases = running.map(({ name, port }) => asking(name, port, question, quick));
        tables.push({
          title: `${runtime}: ${title}`,
          unit: "requests/s",
          rows: await interleave(cases, quick ? 1 : 5, !quick),
          ...(servers["bare Hono"] === undefined
            ? {}
            : { goals: [{ against: "bare Hono", atLeast: 0.8 }] }),
        });
      }
    } finally {
      for (const { server } of running) server.kill("SIGKILL");
    }
  }
  return tables;
}

function asking(
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

interface Server {
  readonly server: ChildProcess;
  readonly port: number;
}

async function start(command: readonly string[]): Promise<Server> {
  const port = await freePort();
  const server = spawn("taskset", ["-c", "0", ...command], {
    cwd: root,
    // Caddy stores its last configuration in this folder.
    env: {
      ...process.env,
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
