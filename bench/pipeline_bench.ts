/** What a step of a pipeline costs, and what it costs to record it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "../tests/servers/postgres.ts";
import { bootResources } from "./boot_app.ts";
import { computed, interleave, perItem, type Row, type Table, timed } from "./measure.ts";

const ITEMS = 20_000;
const DURABLE_ITEMS = 200;

/** A job of one loop, and its script alone. */
interface Bench {
  loop(items: number): Promise<unknown>;
  alone(items: number): Promise<void>;
  stop(): Promise<unknown>;
}

async function startJob(url?: string): Promise<Bench> {
  const connection = url === undefined
    ? ""
    : `---\nkind: Sql.Connection\nmetadata: { name: Main }\nurl: ${JSON.stringify(url)}\n`;
  const app = await bootResources(
    `${connection}---
kind: Pipeline.Job
metadata: { name: Loop }
${url === undefined ? "" : "durable: Sql.Connection.Main\n"}steps:
  - { for: input.items, execute: JavaScript.Script.Echo, inputs: "\${{ item }}" }
---
kind: JavaScript.Script
metadata: { name: Echo }
code: function main() {}
`,
    { fakes: { "JavaScript.Script.Echo": (input: unknown) => input } },
  );
  return {
    loop: (items) =>
      app.execute("Pipeline.Job.Loop", { items: Array.from({ length: items }, (_, i) => i) }),
    async alone(items) {
      for (let item = 0; item < items; item++) await app.execute("JavaScript.Script.Echo", item);
    },
    stop: () => app.stop(),
  };
}

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const rounds = quick ? 1 : 7;
  const folder = mkdtempSync(join(tmpdir(), "digly-bench-"));
  const server = await startPostgres();
  if (typeof server === "string") console.log(`PostgreSQL is not measured: ${server}\n`);
  const bare = await startJob();
  const durable = [{ name: "on SQLite", job: await startJob(`sqlite:${join(folder, "jobs.db")}`) }];
  if (typeof server !== "string") {
    durable.push({ name: "on PostgreSQL", job: await startJob(server.url) });
  }
  try {
    const steps = await interleave([
      computed("a step", () => bare.loop(ITEMS)),
      computed("its script alone", () => bare.alone(ITEMS)),
    ], rounds);
    const recorded = await interleave([
      ...durable.map(({ name, job }) => timed(name, () => job.loop(DURABLE_ITEMS))),
      timed("not recorded", () => bare.loop(DURABLE_ITEMS)),
    ], rounds);
    return [
      {
        title: "One step of a pipeline, a script in a loop",
        unit: "µs",
        rows: steps.map((row): Row => perItem(row, ITEMS)),
        note: "Meant to add at most 5 µs to the script.",
      },
      {
        title: "One step of a durable pipeline",
        unit: "µs",
        rows: recorded.map((row): Row => perItem(row, DURABLE_ITEMS)),
        unsteady: "all",
        note: "Each step is a transaction, for which SQLite waits until the disk has it. The" +
          " PostgreSQL of this benchmark does not wait for its disk.",
      },
    ];
  } finally {
    for (const { stop } of [bare, ...durable.map(({ job }) => job)]) await stop();
    if (typeof server !== "string") await server.remove();
    rmSync(folder, { recursive: true });
  }
}
