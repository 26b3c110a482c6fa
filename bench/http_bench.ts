/**
 * The CPU time of a request, and requests a second, driven by `wrk` on one core with the server on
 * the other. Every server runs the app of `http/app.yaml`, and every table is one runtime.
 */
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { asking, SECRET, type Server, start, WARM_UP, warmUp } from "./http/drive.ts";
import { type Goal, interleave, type Table } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const bin = root + "node_modules/.bin/";

/** The servers of a runtime: the command of each, Digly's first. */
const SERVERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "Beside Caddy": {
    digly: [root + "dist/digly", "bench/http/app.yaml"],
    Caddy: ["caddy", "run", "--config", "bench/http/Caddyfile"],
  },
  Bun: {
    digly: [root + "dist/digly", "bench/http/app.yaml"],
    Hono: [bin + "bun", "bench/http/hono.ts"],
    "the bare server": [bin + "bun", "bench/http/bare.ts"],
  },
  Node: {
    digly: [bin + "node", "dist/digly.mjs", "bench/http/app.yaml"],
    Fastify: [bin + "node", "bench/http/fastify.ts"],
    Hono: [bin + "node", "bench/http/hono.ts"],
    "the bare server": [bin + "node", "bench/http/bare.ts"],
  },
  Deno: {
    digly: [bin + "deno", "run", "-A", "mod.ts", "bench/http/app.yaml"],
    Hono: [bin + "deno", "run", "-A", "bench/http/hono.ts"],
    "the bare server": [bin + "deno", "run", "-A", "bench/http/bare.ts"],
  },
};

/** A request, who answers it besides Digly and Hono, and what Digly means to reach. */
interface Question {
  /** The path, and the arguments of wrk for it. */
  readonly ask: readonly [path: string, ...args: string[]];
  /** Peers that do not answer it: they would have to be written anew. */
  readonly without?: readonly string[];
  /** Digly's share of the CPU time of the peer. */
  readonly atMost?: number;
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  "hello": { ask: ["/hello"] },
  "a path parameter": { ask: ["/items/42"] },
  "eight expressions": {
    ask: ["/quotes/q42?name=Ada&count=12&tags=new,urgent"],
    without: ["the bare server"],
    atMost: 1.11,
  },
  "the last of 200 routes": { ask: ["/many/r199/42"] },
  "a validated body, in and out": { ask: ["/orders", "-s", "bench/http/post_order.lua"] },
  "the same behind CORS and a token": {
    ask: [
      "/private/orders",
      ...["-s", "bench/http/post_order.lua", "-H", "Origin: https://example.com"],
      ...["-H", `Authorization: Bearer ${signToken()}`],
    ],
    without: ["Fastify", "the bare server"],
    atMost: 1.15,
  },
};

/** What Caddy answers without a program behind it. */
const STATIC = ["hello"];

/** Whom Digly means to be level with on each runtime. */
const LEVEL_WITH: Readonly<Record<string, string>> = { Bun: "Hono", Node: "Fastify", Deno: "Hono" };
/** How much more CPU time than Bun's bare server a request may take. */
const BESIDE_BARE = 1.25;

/** Requests before a quick measurement: a slow peer answers 40,000 in 18 seconds, and there are sixty cases. */
const QUICK_WARM_UP = 10_000;

/** Measures this question. */
export async function measure(
  quick: boolean,
  isWanted: (title: string) => boolean = () => true,
): Promise<Table[]> {
  if (spawnSync("wrk", ["--version"]).error) {
    console.log("wrk is not installed, so HTTP is not measured\n");
    return [];
  }
  const tables: Table[] = [];
  for (const [runtime, servers] of Object.entries(SERVERS)) {
    const questions = Object.entries(QUESTIONS).filter(([title]) =>
      isWanted(`${runtime}: ${title}`) &&
      (servers["Caddy"] === undefined || STATIC.includes(title))
    );
    if (questions.length === 0) continue;
    const running: (Server & { name: string })[] = [];
    if (servers["Caddy"] !== undefined && spawnSync("caddy", ["version"]).error) {
      console.log("Caddy is not installed, so it is not measured\n");
      continue;
    }
    try {
      for (const [name, command] of Object.entries(servers)) {
        running.push({ name, ...await start(command) });
      }
      for (const [title, question] of questions) {
        const asked = running.filter(({ name }) => !question.without?.includes(name));
        for (const server of asked) warmUp(server, question.ask, quick ? QUICK_WARM_UP : WARM_UP);
        const cases = asked.map((server) => asking(server.name, server, question.ask, quick));
        tables.push({
          title: `${runtime}: ${title}`,
          unit: "µs of CPU",
          rows: await interleave(cases, quick ? 3 : 5),
          goals: goalsOf(runtime, title, question),
        });
      }
    } finally {
      for (const { server } of running) server.kill("SIGKILL");
    }
  }
  return tables;
}

function goalsOf(runtime: string, title: string, { without = [], atMost = 1 }: Question): Goal[] {
  const peer = without.includes(LEVEL_WITH[runtime]!) ? "Hono" : LEVEL_WITH[runtime];
  if (peer === undefined) return [];
  const beside: Goal = { against: peer, atMost };
  return runtime === "Bun" && title === "hello"
    ? [beside, { against: "the bare server", atMost: BESIDE_BARE }]
    : [beside];
}

/** The token that the private route asks for. */
function signToken(): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const content = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: "Ada" })}`;
  return `${content}.${createHmac("sha256", SECRET).update(content).digest("base64url")}`;
}
