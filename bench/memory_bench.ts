/** The memory of a server that has answered once and waits, beside the same by hand; needs Linux. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { start } from "./http/drive.ts";
import { type Case, interleave, type Table } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const bin = `${root}node_modules/.bin/`;
const APP = "bench/http/hello.yaml";

/** The servers of a runtime: the command of each, Digly's first. */
const SERVERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Bun: {
    digly: ["dist/digly", APP],
    Hono: [`${bin}bun`, "bench/http/hono_hello.ts"],
    "the bare server": [`${bin}bun`, "bench/http/bare.ts"],
  },
  Node: {
    digly: [`${bin}node`, "dist/program.mjs", APP],
    Hono: [`${bin}node`, "bench/http/hono_hello.ts"],
    "the bare server": [`${bin}node`, "bench/http/bare.ts"],
  },
};

/** How long a server has for what it does after its first answer. */
const SETTLE_MS = 1_000;

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  if (!existsSync("/proc/self/status")) {
    console.log("Memory is measured only on Linux\n");
    return [];
  }
  const tables: Table[] = [];
  for (const [runtime, servers] of Object.entries(SERVERS)) {
    const cases = Object.entries(servers).map(([name, command]) => idle(name, command));
    tables.push({
      title: `${runtime}: resident memory of an idle server`,
      unit: "bytes",
      rows: await interleave(cases, quick ? 1 : 3, false),
      goals: [{ against: "Hono", atMost: 1.5 }],
    });
  }
  return tables;
}

/** The resident memory of a server after its first answer. */
function idle(name: string, command: readonly string[]): Case {
  return {
    name,
    async once() {
      const { server } = await start(command);
      try {
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
        return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
      } finally {
        server.kill("SIGKILL");
      }
    },
  };
}
