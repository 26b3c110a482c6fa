/**
 * What middleware, authentication, files, sockets, documentation and tools of an app cost a route that
 * uses none of them: the CPU time of a request beside that of the same route alone.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { askingInTurn, PROCESSES, type Server, start, warmUp } from "./http/drive.ts";
import { type Case, interleave, type Table } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** How to start Digly on a runtime. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  "The executable": [`${root}dist/digly`],
  Node: [`${root}node_modules/.bin/node`, "dist/digly.mjs"],
};

/** The app that is measured, and the one beside it. */
const APPS: Readonly<Record<string, string>> = {
  "digly, beside everything else": "bench/http/everything.yaml",
  "digly, the route alone": "bench/http/hello.yaml",
};

/** How much more CPU time a request may take. */
const AT_MOST = 1.05;

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  if (spawnSync("wrk", ["--version"]).error) {
    console.log("wrk is not installed, so a route beside what it does not use is not measured\n");
    return [];
  }
  const tables: Table[] = [];
  for (const [runtime, command] of Object.entries(RUNTIMES)) {
    const running: Server[] = [];
    try {
      const cases: Case[] = [];
      for (const [name, app] of Object.entries(APPS)) {
        const servers: Server[] = [];
        for (let index = 0; index < PROCESSES; index++) {
          const server = await start([...command, app]);
          running.push(server);
          servers.push(server);
        }
        cases.push(askingInTurn(name, servers, ["/hello"], quick));
      }
      for (const server of running) warmUp(server, ["/hello"]);
      tables.push({
        title: `${runtime}: a route beside what it does not use`,
        unit: "µs of CPU",
        // The difference is small, so that few rounds would only show noise.
        rows: await interleave(cases, (quick ? 2 : 5) * PROCESSES),
        goals: [{ against: "digly, the route alone", atMost: AT_MOST }],
        note: `${PROCESSES} processes of each app are asked in turn.`,
      });
    } finally {
      for (const { server } of running) server.kill("SIGKILL");
    }
  }
  return tables;
}
