/** What it costs to run code that is not trusted: each way of isolation beside a plain script. */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bootApp, type TestApp } from "../testing.ts";
import { type Case, interleave, perItem, type Row, type Table, timed } from "./measure.ts";

/** Calls of a round, so that each takes at least as long as other programs interrupt it for. */
const CALLS = 500;
const PLAIN_CALLS = 10_000;
const WASM_CALLS = 1_000;

/** So many that the difference of two processes is mostly theirs. */
const RESOURCES = 200;
const LIMIT_MS = 200;
const INPUT = { net: 10_000, country: "DE" };

/** A script that does what the controllers of the examples in WebAssembly do. */
const QUOTE = `
  async function main({ net, country }, ctx) {
    const rate = await ctx.execute("JavaScript.Script.Rates", country);
    const tax = Math.round(net * rate / 100);
    return { net, tax, gross: net + tax };
  }`;

function script(name: string, isolate: string): string {
  return `---
kind: JavaScript.Script
metadata: { name: ${name} }
isolate: ${isolate}
code: |${QUOTE}
`;
}

/** A script that loops without an end when it is told to. */
function loop(name: string, isolate: string): string {
  return `---
kind: JavaScript.Script
metadata: { name: ${name} }
isolate: ${isolate}
limits: { time: ${LIMIT_MS}ms }
code: 'function main(action) { while (action === "loop"); }'
`;
}

/** The example of controllers in WebAssembly that are written in a language. */
function example(language: string): string {
  return fileURLToPath(new URL(`../examples/${language}-controller/`, import.meta.url));
}

/** The milliseconds of a call. */
async function calling(app: TestApp, urn: string, name: string, calls = CALLS): Promise<Case> {
  await app.execute(urn, INPUT);
  const { once } = timed(name, async () => {
    for (let call = 0; call < calls; call++) await app.execute(urn, INPUT);
  });
  return { name, once: async () => await once() / calls };
}

/** What the memory of resources is measured for. */
const WAYS = {
  isolated: "`isolate: true`",
  plain: "a script without isolation",
  rust: "a controller in Rust",
  assemblyscript: "a controller in AssemblyScript",
} as const;
type Way = keyof typeof WAYS;

/** A call to it takes as long as the machine needs to change between processes. */
const PROCESS = "`isolate: process`";

/** The memory of a process that boots resources and executes each once, in bytes. */
function memoryOf(way: Way, count: number): number {
  const file = fileURLToPath(import.meta.url);
  const output = execFileSync(process.execPath, ["--expose-gc", file, way, String(count)], {
    encoding: "utf8",
  });
  return Number(output);
}

function manifestOf(way: Way, names: readonly string[]): string {
  if (way === "rust" || way === "assemblyscript") {
    return `name: Bench\nimports: [${example(way)}pricing, digly:javascript]\n---\n` +
      'kind: JavaScript.Script\nmetadata: { name: Rates }\ncode: "const main = () => 19"\n' +
      names.map((name) =>
        `---\nkind: Pricing.Quote\nmetadata: { name: ${name} }\nrates: JavaScript.Script.Rates\n`
      ).join("");
  }
  return "name: Bench\nimports: [digly:javascript]\n" +
    names.map((name) =>
      `---\nkind: JavaScript.Script\nmetadata: { name: ${name} }\nisolate: ${
        way === "isolated"
      }\n` +
      "code: const main = () => 1\n"
    ).join("");
}

async function printMemory(way: Way, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `S${index}`);
  const app = await bootApp({ manifest: manifestOf(way, names) });
  const kind = way === "rust" || way === "assemblyscript" ? "Pricing.Quote" : "JavaScript.Script";
  for (const name of names) await app.execute(`${kind}.${name}`, INPUT);
  (globalThis as { gc?: () => void }).gc?.();
  console.log(process.memoryUsage().rss);
  await app.stop();
}

/** Milliseconds from the limit of a loop without an end to its error. */
async function lateness(app: TestApp, urn: string): Promise<number> {
  // A process that was killed is replaced here, where it is not measured.
  await app.execute(urn, "return");
  const begun = performance.now();
  await app.execute(urn, "loop").then(
    () => {
      throw new Error("the loop ended");
    },
    () => {},
  );
  return performance.now() - begun - LIMIT_MS;
}

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const scripts = await bootApp({
    manifest: `name: Bench
imports: [digly:javascript]
${script("Plain", "false")}${script("Isolated", "true")}${script("Process", "process")}---
kind: JavaScript.Script
metadata: { name: Rates }
code: "const main = () => 19"
---
kind: JavaScript.Script
metadata: { name: Used }
isolate: process
code: "const main = () => process.memoryUsage().rss"
${loop("Interpreted", "true")}${loop("InProcess", "process")}`,
  });
  const rust = await bootApp({ path: example("rust") });
  const assemblyScript = await bootApp({ path: example("assemblyscript") });
  try {
    const calls = await interleave([
      await calling(scripts, "JavaScript.Script.Isolated", WAYS.isolated),
      await calling(scripts, "JavaScript.Script.Plain", WAYS.plain, PLAIN_CALLS),
      await calling(scripts, "JavaScript.Script.Process", PROCESS),
      await calling(rust, "Pricing.Quote.Shop", WAYS.rust, WASM_CALLS),
      await calling(assemblyScript, "Pricing.Quote.Shop", WAYS.assemblyscript, WASM_CALLS),
    ], quick ? 5 : 7);
    const each = await interleave(
      (Object.keys(WAYS) as Way[]).map((way): Case => ({
        name: WAYS[way],
        once: () => (memoryOf(way, RESOURCES + 1) - memoryOf(way, 1)) / RESOURCES,
      })),
      quick ? 3 : 5,
      false,
    );
    const used = await interleave([{
      name: "the process of `isolate: process`",
      once: async () => Number(await scripts.execute("JavaScript.Script.Used")),
    }], 1);
    const late = await interleave([
      {
        name: "`isolate: true`",
        once: () => lateness(scripts, "JavaScript.Script.Interpreted"),
      },
      {
        name: "`isolate: process`, which is killed",
        once: () => lateness(scripts, "JavaScript.Script.InProcess"),
      },
    ], quick ? 5 : 7);
    return [
      {
        title: "One call that executes another resource",
        unit: "µs",
        rows: calls.map((row): Row => perItem(row, 1)),
        unsteady: [PROCESS],
      },
      {
        title: `Memory of each of ${RESOURCES} resources that were executed`,
        unit: "bytes",
        rows: [...each, ...used],
      },
      { title: "From a limit of time to the error", unit: "ms", rows: late, unsteady: "all" },
    ];
  } finally {
    for (const app of [scripts, rust, assemblyScript]) await app.stop();
  }
}

if (import.meta.main) await printMemory(process.argv[2] as Way, Number(process.argv[3]));
