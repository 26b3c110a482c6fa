/** What a resource costs from text to `Runtime.Started`, in small and in large apps. */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Kernel } from "../src/kernel/kernel.ts";
import { boot, measureBesideParser, PARSING } from "./boot/app.ts";
import { computed, interleave, perItem, type Row, type Table } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const BESIDE_PARSER = "10,000 resources, from text to started";

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const rounds = quick ? 2 : 5;
  const sizes = [100_000, 10_000, 1_000];
  const besideParser = await measureBesideParser(quick);
  const trivial = await interleave(
    sizes.map((size) => computed(name(size), () => bootIn(1, size))),
    rounds,
  );
  const late = await interleave(
    sizes.map((size) => computed(name(size), () => bootIn(10, size))),
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
      title: BESIDE_PARSER,
      unit: "ms",
      rows: besideParser,
      goals: [{ against: PARSING, atMost: 1.8 }],
    },
    {
      title: `${BESIDE_PARSER}, on Bun`,
      unit: "ms",
      rows: measureOnBun(quick),
      goals: [{ against: PARSING, atMost: 1.5 }],
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

/** Boots an app of `size` resources that become ready in the given pass. */
function bootIn(pass: number, size: number): Promise<Kernel> {
  const asked = new Map<number, number>();
  return boot(size, {
    create(resource) {
      if (pass === 1) return {};
      const index = resource["value"] as number;
      const times = (asked.get(index) ?? 0) + 1;
      asked.set(index, times);
      // One is ready in each pass before the last: a pass without any would be the last.
      return times < Math.min(pass, index + 1) ? null : {};
    },
  });
}

function measureOnBun(quick: boolean): Row[] {
  const file = fileURLToPath(new URL("boot/app.ts", import.meta.url));
  const text = execFileSync(root + "node_modules/.bin/bun", [file, ...(quick ? ["--quick"] : [])], {
    encoding: "utf8",
  });
  return JSON.parse(text);
}

/** Bytes of heap that a started app holds for each of its resources. */
async function heapPerResource(size: number): Promise<number> {
  const before = used();
  const kernel = await bootIn(1, size);
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
