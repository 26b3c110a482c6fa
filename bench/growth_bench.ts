/**
 * Whether a process that works for minutes grows: a mixed load of scripts, expressions, SQL and events
 * with the event stream on. `DIGLY_BENCH_MINUTES` says for how long, 2 by default.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Kernel } from "../mod.ts";
import { median, type Row, type Table } from "./measure.ts";

const MINUTES = 2;
const QUICK_MINUTES = 1 / 6;

/** How often memory is measured, and how many measurements make a part of the run. */
const SAMPLES = 24;
const PART = SAMPLES / 4;

/** Pieces of work between two looks at the clock. */
const AT_ONCE = 100;

/** Each job has a deadline, as requests have, that is after the end of the measurement. */
const DEADLINE_MS = 3_600_000;

const APP = `name: Growth
imports: [digly:std]
---
kind: Sql.Connection
metadata: { name: Main }
url: "sqlite::memory:"
---
kind: Sql.Query
metadata: { name: Sum }
connection: Sql.Connection.Main
inputSchema: { type: object, properties: { n: { type: integer } } }
text: SELECT \${{ input.n }} + 1 AS next
---
kind: JavaScript.Script
metadata: { name: Double }
code: |
  function main(input) {
    return { n: input.n * 2, text: "n".repeat(input.n % 100) };
  }
---
kind: Pipeline.Job
metadata: { name: Work }
steps:
  - { name: double, execute: JavaScript.Script.Double, inputs: { n: "\${{ input.n }}" } }
  - { name: sum, execute: Sql.Query.Sum, inputs: { n: "\${{ steps.double.output.n }}" } }
output:
  text: "\${{ 'Order ' + string(steps.double.output.n) + ' of ' + steps.double.output.text }}"
  list: "\${{ [1, 2, 3].map(x, x + input.n) }}"
`;

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const minutes = quick ? QUICK_MINUTES : Number(process.env["DIGLY_BENCH_MINUTES"] ?? MINUTES);
  const folder = mkdtempSync(join(tmpdir(), "digly-bench-"));
  const manifest = join(folder, "runtime.yaml");
  writeFileSync(manifest, APP);
  const app = new Kernel();
  let events = 0;
  app.on("*", () => void events++);
  await app.enableEventStream(join(folder, "events.jsonl"));
  await app.load(manifest);
  await app.start();
  const used: number[] = [];
  let jobs = 0;
  try {
    const start = performance.now();
    for (let sample = 1; sample <= SAMPLES; sample++) {
      const until = start + sample / SAMPLES * minutes * 60_000;
      while (performance.now() < until) {
        for (let n = 0; n < AT_ONCE; n++) {
          const deadline = Date.now() + DEADLINE_MS;
          await app.execute("Pipeline.Job.Work", { n: jobs++ }, { deadline });
        }
      }
      globalThis.gc!();
      // Not the resident memory: it follows how much room for new objects V8 gives itself.
      const { heapUsed, external } = process.memoryUsage();
      used.push(heapUsed + external);
    }
  } finally {
    await app.stop();
    rmSync(folder, { recursive: true });
  }
  const beginning = "after a quarter of the time";
  return [{
    title: "Memory in use under a mixed load",
    unit: "bytes",
    rows: [part("at the end", used.slice(-PART)), part(beginning, used.slice(PART, 2 * PART))],
    goals: [{ against: beginning, atMost: 1.05 }],
    note: `${jobs.toLocaleString("en")} jobs and ${events.toLocaleString("en")} events in ${
      minutes < 1 ? `${Math.round(minutes * 60)} seconds` : `${minutes} minutes`
    }.`,
  }];
}

function part(name: string, samples: readonly number[]): Row {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    name,
    median: median(sorted)!,
    lowest: sorted[0]!,
    highest: sorted.at(-1)!,
  };
}
