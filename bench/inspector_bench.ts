/**
 * What `--inspect` costs while no page is open: the CPU time of a request with it and without it, in
 * turns, driven by `wrk` on one core with the server on the other.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { askingInTurn, PROCESSES, type Server, start, warmUp } from "./http/drive.ts";
import { interleave, type Table } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** How to start Digly on a runtime. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  "The executable": [`${root}dist/digly`],
  Node: [`${root}node_modules/.bin/node`, "dist/digly.mjs"],
};

const QUESTIONS: Readonly<Record<string, readonly [path: string, ...args: string[]]>> = {
  "hello": ["/hello"],
  "a handler and a validated body": ["/orders", "-s", "bench/http/post_order.lua"],
};

/** How much more CPU time a request may take. */
const AT_MOST = 1.03;

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  if (spawnSync("wrk", ["--version"]).error) {
    console.log("wrk is not installed, so the inspector is not measured\n");
    return [];
  }
  const tables: Table[] = [];
  for (const [runtime, command] of Object.entries(RUNTIMES)) {
    const running: Server[] = [];
    const byCase: (readonly [name: string, servers: Server[]])[] = [
      ["with --inspect", []],
      ["without", []],
    ];
    try {
      for (const [name, servers] of byCase) {
        const options = name === "without" ? [] : ["--inspect"];
        for (let index = 0; index < PROCESSES; index++) {
          const server = await start([...command, "run", ...options, "bench/http/app.yaml"]);
          running.push(server);
          servers.push(server);
        }
      }
      for (const [title, question] of Object.entries(QUESTIONS)) {
        for (const server of running) warmUp(server, question);
        const cases = byCase.map(([name, servers]) => askingInTurn(name, servers, question, quick));
        tables.push({
          title: `${runtime}: ${title}`,
          unit: "µs of CPU",
          // The difference is small, so that few rounds would only show noise.
          rows: await interleave(cases, (quick ? 2 : 5) * PROCESSES),
          goals: [{ against: "without", atMost: AT_MOST }],
          note: `${PROCESSES} processes of each app are asked in turn.`,
        });
      }
    } finally {
      for (const { server } of running) server.kill("SIGKILL");
    }
  }
  return tables;
}
