/**
 * Requests a second, driven by `wrk` on one core with the server on the other. Every server
 * runs the app of `http/app.yaml`, and every table is one runtime.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { asking, type Server, start } from "./http/drive.ts";
import { interleave, type Table } from "./measure.ts";

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
  "eight expressions": ["/quotes/q42?name=Ada&count=12&tags=new,urgent"],
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
