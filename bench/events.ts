/**
 * What an execution costs: with nobody listening, with a listener, with the event stream on.
 * Every round runs all cases, so that the ratios hold on a machine whose speed changes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kernel } from "../src/kernel.ts";
import { diskFiles, toUrl } from "../src/platform/files.ts";
import { memoryPlatform } from "../src/platform/memory.ts";
import { compare } from "./measure.ts";

const EXECUTIONS = 20_000;
const URN = "App.Echo.a";
const APP = {
  "/app/runtime.yaml":
    "name: App\ndefinitions: [echo.yaml]\n---\nkind: App.Echo\nmetadata: { name: a }\n",
  "/app/echo.yaml": "kind: Runtime.Definition\nmetadata: { name: Echo, resourceKind: Echo }\n" +
    "controllers: [{ runtime: node, entrypoint: ./echo.ts }]\n",
  "/app/echo.ts": "",
};

/** A kernel that runs an app whose one resource gives back what it gets. */
async function started(): Promise<Kernel> {
  const platform = memoryPlatform({
    files: APP,
    modules: { "/app/echo.ts": { create: () => ({ execute: (input: unknown) => input }) } },
  });
  const { openAppend } = diskFiles;
  const kernel = new Kernel({
    // The app lies in memory, the stream on the disk.
    platform: { ...platform, toUrl, files: { ...platform.files, openAppend } },
    builtins: { files: {}, controllers: {} },
  });
  await kernel.load("/app");
  await kernel.start();
  return kernel;
}

const folder = mkdtempSync(join(tmpdir(), "digly-bench-"));
const silent = await started();
const elsewhere = await started();
elsewhere.on("Runtime.Stopped", () => {});
const heard = await started();
heard.on("App.Echo.Executed", () => {});
const streamed = await started();
await streamed.enableEventStream(join(folder, "events.jsonl"));

// deno-lint-ignore require-await
const bare = async (input: unknown): Promise<unknown> => input;

/** Executes one after the other. */
const executing = (execute: (input: unknown) => Promise<unknown>) => async () => {
  for (let input = 0; input < EXECUTIONS; input++) await execute(input);
};

const measured = await compare([
  { name: "a bare async function", run: executing(bare) },
  { name: "nobody listens", run: executing((input) => silent.execute(URN, input)) },
  {
    name: "one listens to something else",
    run: executing((input) => elsewhere.execute(URN, input)),
  },
  { name: "one listens to it", run: executing((input) => heard.execute(URN, input)) },
  { name: "the stream is on", run: executing((input) => streamed.execute(URN, input)) },
], 15);

console.log("One execution");
const [first] = measured;
for (const { name, median, fastest, slowest } of measured) {
  const each = (ms: number) => (ms / EXECUTIONS * 1e6).toFixed(0);
  const over = name === first!.name ? "" : `  ${each(median - first!.median)} ns over it`;
  console.log(
    `  ${name.padEnd(32)} ${each(median).padStart(6)} ns  ${
      `${each(fastest)}–${each(slowest)} ns`.padEnd(18)
    }${over}`,
  );
}
console.log();
for (const kernel of [silent, elsewhere, heard, streamed]) await kernel.stop();
rmSync(folder, { recursive: true });
