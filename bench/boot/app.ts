/**
 * How long a boot takes beside parsing alone. The runtime that runs this file measures it: `boot_bench.ts`
 * does so on Node, and starts it on Bun, which prints the rows.
 */
import process from "node:process";
import { loadAll } from "js-yaml";
import type { Controller } from "../../src/contract/module.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";
import { interleave, type Row, timed } from "../measure.ts";

const MANIFEST = "name: App\n---\n";
const SIZE = 10_000;

/** The case beside which a boot is measured. */
export const PARSING = "js-yaml, parsing alone";

/** Measures on this runtime. */
export async function measureBesideParser(quick: boolean): Promise<Row[]> {
  const text = textOf(SIZE);
  // What one waits for: compilers and the garbage collector work on other threads meanwhile.
  return await interleave([
    timed("digly", () => boot(SIZE, { create: () => ({}) })),
    timed(PARSING, () => loadAll(text)),
  ], quick ? 4 : 10);
}

/** Boots an app of `size` resources that `controller` serves. */
export async function boot(size: number, controller: Controller): Promise<Kernel> {
  const kernel = new Kernel({
    platform: memoryPlatform({ files: { "/app/runtime.yaml": MANIFEST + textOf(size) } }),
    builtins: { files: {}, controllers: {} },
    limits: { manifestBytes: 1e9 },
  });
  kernel.register({
    name: "Bench",
    definitions: [{ kind: "Bench.Item" }],
    controllers: { "Bench.Item": controller },
  });
  await kernel.load("/app/runtime.yaml");
  await kernel.start();
  return kernel;
}

function textOf(size: number): string {
  return Array.from(
    { length: size },
    (_, index) => `kind: Bench.Item\nmetadata: { name: i${index} }\nvalue: ${index}\n`,
  ).join("---\n");
}

if (import.meta.main) {
  console.log(JSON.stringify(await measureBesideParser(process.argv.includes("--quick"))));
}
