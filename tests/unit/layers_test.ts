import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const STAGES = ["source", "compile", "expand", "registry", "boot", "run"];
const BUILTIN_LIST = "src/modules/embedded.ts";

/** Layer → the layers it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  cel: ["contract"],
  expr: ["cel", "contract"],
  ...Object.fromEntries(STAGES.map((stage) => [stage, ["cel", "contract", "expr"]])),
  observe: ["contract"],
  kernel: ["cel", "contract", "expr", "observe", "version", ...STAGES],
  platform: ["contract"],
  modules: ["contract"],
  cli: ["contract", "kernel", "observe"],
  version: [],
  join: [
    "cli",
    "compile",
    "contract",
    "kernel",
    "modules",
    "observe",
    "platform",
    "run",
    "version",
  ],
};

/** `src/run/bus.ts` → `run`; the files that know the order of the stages are the kernel. */
function layerOf(path: string): string {
  if (!path.startsWith("src/")) return "join";
  const [, folder] = path.split("/");
  if (
    ["kernel.ts", "kernel_options.ts", "observers.ts", "load.ts", "compile_data.ts"].includes(
      folder!,
    )
  ) return "kernel";
  return folder!.replace(/\.ts$/, "");
}

/** What a file does, without its comments, and without the text that it writes, as `init` does. */
function codeOf(file: string): string {
  return readFileSync(new URL(file, root), "utf8")
    .replace(/\/\*[^]*?\*\/|\/\/.*/g, "").replace(/`(?:[^`\\]|\\[^])*`/g, "``");
}

function importsOf(text: string): string[] {
  const pattern =
    /(?:^|\n)(?:import|export)\b[^;"']*?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return Array.from(text.matchAll(pattern), (match) => (match[1] ?? match[2])!);
}

const files = [
  "mod.ts",
  "cli.ts",
  ...readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts")).map((path) => `src/${path}`),
];

test("every import goes from an upper layer to a lower one", () => {
  const wrong: string[] = [];
  for (const file of files) {
    const layer = layerOf(file);
    assert.ok(MAY_IMPORT[layer], `${file} belongs to no layer`);
    for (const specifier of importsOf(codeOf(file))) {
      if (!specifier.startsWith(".")) continue;
      const target = new URL(specifier, new URL(file, root)).href.slice(root.href.length);
      const sameModule = layer !== "modules" || file === BUILTIN_LIST ||
        target.startsWith(file.split("/", 3).join("/") + "/");
      const allowed = layerOf(target) === layer
        ? sameModule
        : MAY_IMPORT[layer].includes(layerOf(target));
      if (!allowed) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("only the platform and the program's entry touch a runtime", () => {
  const wrong: string[] = [];
  for (const file of files) {
    if (["platform", "modules", "join"].includes(layerOf(file))) continue;
    const text = codeOf(file);
    for (const specifier of importsOf(text)) {
      if (specifier.startsWith("node:")) wrong.push(`${file} imports ${specifier}`);
    }
    const global = /(?<![.\w"'`$-])(?:Deno|Bun|process)\./.exec(text);
    if (global) wrong.push(`${file} uses ${global[0]}`);
  }
  assert.deepEqual(wrong, []);
});
