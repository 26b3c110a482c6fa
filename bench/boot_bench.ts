/** What a resource costs from text to `Runtime.Started`, in small and in large apps. */
import process from "node:process";
import { loadAll } from "js-yaml";
import type { Controller } from "../src/contract/module.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { memoryPlatform } from "../src/platform/memory.ts";
import { computed, interleave, perItem, type Table, timed } from "./measure.ts";

const MANIFEST = "name: App\n---\n";

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const rounds = quick ? 2 : 5;
  const sizes = [100_000, 10_000, 1_000];
  const parsing = "js-yaml, parsing alone";
  const text = textOf(10_000);
  // What one waits for: compilers and the garbage collector work on other threads meanwhile.
  const besideParser = await interleave([
    timed("digly", () => boot(10_000, 1)),
    timed(parsing, () => loadAll(text)),
  ], quick ? 4 : 10);
  const trivial = await interleave(
    sizes.map((size) => computed(name(size), () => boot(size, 1))),
    rounds,
  );
  const late = await interleave(
    sizes.map((size) => computed(name(size), () => boot(size, 10))),
    rounds,
  );
  const memory = [];
  // A smaller app drowns in what the process itself gives back.
  for (const size of sizes.slice(0, 2)) {
    memory.push({ name: name(size), ...spread(await heapPerResource(size)) });
  }
  const goals = [{ against: name(10_000), atMost: 1.3 }];
  const each = (rows: typeof trivial) => rows.map((row, index) => perItem(row, sizes[index]!));
  return [
    {
      title: "10,000 resources, from text to started",
      unit: "ms",
      rows: besideParser,
      goals: [{ against: parsing, atMost: 1.8 }],
    },
    {
      title: "One resource, from text to started",
      unit: "µs",
      rows: each(trivial),
      goals: [{ against: name(10_000), atMost: 1.2 }],
    },
    {
      title: "One resource that becomes ready in the tenth pass",
      unit: "µs",
      rows: each(late),
      goals,
    },
    {
      title: "Memory of one resource",
      unit: "bytes",
      rows: memory,
      goals,
      note: "Meant to stay below 2,000 bytes.",
    },
  ];
}

function name(size: number): string {
  return `of ${size.toLocaleString("en")}`;
}

function textOf(size: number): string {
  return Array.from(
    { length: size },
    (_, index) => `kind: Bench.Item\nmetadata: { name: i${index} }\nvalue: ${index}\n`,
  ).join("---\n");
}

/** Boots an app of `size` resources that become ready in the given pass. */
async function boot(size: number, pass: number): Promise<Kernel> {
  const text = textOf(size);
  const kernel = new Kernel({
    platform: memoryPlatform({ files: { "/app/runtime.yaml": MANIFEST + text } }),
    builtins: { files: {}, controllers: {} },
    limits: { manifestBytes: 1e9 },
  });
  const asked = new Map<number, number>();
  const controller: Controller = {
    create(resource) {
      if (pass === 1) return {};
      const index = resource["value"] as number;
      const times = (asked.get(index) ?? 0) + 1;
      asked.set(index, times);
      // One is ready in each pass before the last: a pass without any would be the last.
      return times < Math.min(pass, index + 1) ? null : {};
    },
  };
  kernel.register({
    name: "Bench",
    definitions: [{ kind: "Bench.Item" }],
    controllers: { "Bench.Item": controller },
  });
  await kernel.load("/app/runtime.yaml");
  await kernel.start();
  return kernel;
}

/** Bytes of heap that a started app holds for each of its resources. */
async function heapPerResource(size: number): Promise<number> {
  const before = used();
  const kernel = await boot(size, 1);
  const bytes = (used() - before) / size;
  await kernel.stop();
  return bytes;
}

function used(): number {
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

function spread(value: number): { median: number; lowest: number; highest: number } {
  return { median: value, lowest: value, highest: value };
}
