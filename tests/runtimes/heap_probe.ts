/**
 * Executes a million times and takes a hundred thousand holds; prints how the heap after all
 * of it compares with the heap after the first tenth.
 */
import process from "node:process";
import { type ControllerContext, Kernel } from "../../mod.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";

const EXECUTIONS = 1_000_000;
const HOLDS = 100_000;

declare const Bun: { gc(force: boolean): void } | undefined;

let context: ControllerContext | undefined;
const kernel = new Kernel({
  platform: memoryPlatform({
    files: { "/app/runtime.yaml": "name: App\n---\nkind: Probe.Echo\nmetadata: { name: a }\n" },
  }),
});
kernel.register({
  name: "Probe",
  definitions: [{ kind: "Probe.Echo" }],
  controllers: {
    "Probe.Echo": {
      create: (_resource, ctx) => {
        context = ctx;
        return { execute: (input, ctx) => ({ input, trace: ctx.traceId }) };
      },
    },
  },
});
await kernel.load("/app/runtime.yaml");
await kernel.start();

/** A tenth of everything. */
async function tenth(): Promise<void> {
  for (let i = 0; i < EXECUTIONS / 10; i++) await kernel.execute("Probe.Echo.a", i);
  for (let i = 0; i < HOLDS / 10; i++) {
    const release = context!.acquireHold("to see what it leaves");
    release();
    release();
  }
}

/** Bytes in use once everything that can go is gone. */
async function used(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (typeof Bun === "undefined") (globalThis as { gc?: () => void }).gc!();
    else Bun.gc(true);
  }
  return process.memoryUsage().heapUsed;
}

await tenth();
const early = await used();
for (let part = 1; part < 10; part++) await tenth();
console.log(await used() / early);
await kernel.stop();
