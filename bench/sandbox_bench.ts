/** What it costs to run code that is not trusted: each way of isolation beside a plain script. */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bootApp, type TestApp } from "../testing.ts";
import { type Case, interleave, perItem, type Row, type Table, timed } from "./measure.ts";

const CALLS = 500;
const SCRIPTS = 50;
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

/** The example of controllers in WebAssembly that are written in a language. */
function example(language: string): string {
  return fileURLToPath(new URL(`../examples/${language}-controller/`, import.meta.url));
}

async function calling(app: TestApp, urn: string, name: string): Promise<Case> {
  await app.execute(urn, INPUT);
  return timed(name, async () => {
    for (let call = 0; call < CALLS; call++) await app.execute(urn, INPUT);
  });
}

/** The memory of a process that boots scripts and executes each once, in bytes. */
function memoryOf(isolate: string, scripts: number): number {
  const file = fileURLToPath(import.meta.url);
  const output = execFileSync(process.execPath, ["--expose-gc", file, isolate, String(scripts)], {
    encoding: "utf8",
  });
  return Number(output);
}

async function printMemory(isolate: string, scripts: number): Promise<void> {
  const names = Array.from({ length: scripts }, (_, index) => `S${index}`);
  const manifest = "name: Bench\nimports: [digly:javascript]\n" +
    names.map((name) =>
      `---\nkind: JavaScript.Script\nmetadata: { name: ${name} }\nisolate: ${isolate}\n` +
      "code: const main = () => 1\n"
    ).join("");
  const app = await bootApp({ manifest });
  for (const name of names) await app.execute(`JavaScript.Script.${name}`);
  (globalThis as { gc?: () => void }).gc?.();
  console.log(process.memoryUsage().rss);
  await app.stop();
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
`,
  });
  const rust = await bootApp({ path: example("rust") });
  const assemblyScript = await bootApp({ path: example("assemblyscript") });
  try {
    const calls = await interleave([
      await calling(scripts, "JavaScript.Script.Isolated", "`isolate: true`"),
      await calling(scripts, "JavaScript.Script.Plain", "a script without isolation"),
      await calling(scripts, "JavaScript.Script.Process", "`isolate: process`"),
      await calling(rust, "Pricing.Quote.Shop", "a controller in Rust"),
      await calling(assemblyScript, "Pricing.Quote.Shop", "a controller in AssemblyScript"),
    ], quick ? 2 : 7);
    const each = await interleave(
      ["true", "false"].map((isolate): Case => ({
        name: isolate === "true" ? "`isolate: true`" : "a script without isolation",
        once: () => (memoryOf(isolate, SCRIPTS + 1) - memoryOf(isolate, 1)) / SCRIPTS,
      })),
      quick ? 1 : 5,
      false,
    );
    return [
      {
        title: "One call that executes another resource",
        unit: "µs",
        rows: calls.map((row): Row => perItem(row, CALLS)),
      },
      { title: "Memory of each script that has run", unit: "bytes", rows: each },
    ];
  } finally {
    for (const app of [scripts, rust, assemblyScript]) await app.stop();
  }
}

if (import.meta.main) await printMemory(process.argv[2]!, Number(process.argv[3]));
