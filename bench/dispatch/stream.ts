/**
 * What an execution costs with the event stream on, beside the lines and the writes of its two events. The runtime that
 * runs this file measures it: `dispatch_bench.ts` does so on Node, and starts it on Bun, which prints the rows.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { computedEach, interleave, type Row } from "../measure.ts";
import { executing, EXECUTIONS, of, started } from "./app.ts";

/** What the event stream writes of such an execution. */
const EVENT = {
  timestamp: "2026-01-01T00:00:00.000Z",
  event: "App.Echo.Executed",
  payload: { depth: 0, traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" },
  kind: "App.Echo",
  name: "a",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  resource: "App.Echo.a",
};

/** The case beside which an execution is measured. */
export const WRITING = "two such lines, made and written";

/** Measures on this runtime. */
export async function measureStream(quick: boolean): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "digly-bench-"));
  const kernel = await started();
  await kernel.enableEventStream(join(folder, "events.jsonl"));
  const lineOf = (duration: number) =>
    JSON.stringify({ ...EVENT, payload: { ...EVENT.payload, duration } }) + "\n";
  const bytes = new TextEncoder().encode(lineOf(0.015));
  const file = openSync(join(folder, "lines.jsonl"), "a");
  try {
    return await interleave([
      executing("digly", of(kernel)),
      computedEach(WRITING, EXECUTIONS, () => {
        for (let at = 0; at < 2 * EXECUTIONS; at++) writeSync(file, lineOf(at));
      }),
      computedEach("the two writes alone", EXECUTIONS, () => {
        for (let at = 0; at < 2 * EXECUTIONS; at++) writeSync(file, bytes);
      }),
    ], quick ? 5 : 15);
  } finally {
    await kernel.stop();
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  console.log(JSON.stringify(await measureStream(process.argv.includes("--quick"))));
}
