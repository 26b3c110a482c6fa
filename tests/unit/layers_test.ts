import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
/** Layer → the layers it may import besides itself. A layer is a folder, or a file, of `src/`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  version: [],
  diagnostics: ["contract"],
  cel: ["contract", "diagnostics"],
  // Of expressions, only which patterns take linear time.
  schema: ["cel", "contract", "diagnostics"],
  template: ["cel", "contract", "diagnostics", "schema"],
  load: ["cel", "contract", "diagnostics", "schema", "template"],
  observe: ["contract", "diagnostics"],
  wasm: ["contract", "diagnostics"],
  kernel: [
    "cel",
    "contract",
    "diagnostics",
    "load",
    "observe",
    "schema",
    "template",
    "version",
    "wasm",
  ],
  bundle: ["contract"],
  platform: ["author", "bundle", "contract", "diagnostics"],
  author: ["contract", "diagnostics"],
  // As modules of other authors do, which import digly/module.
  modules: ["author"],
  generated: ["contract", "modules"],
  format: ["contract", "diagnostics", "load"],
  testing: ["cel", "contract", "diagnostics", "kernel", "load", "template"],
  lsp: ["cel", "contract", "diagnostics", "kernel", "load", "schema", "template", "testing"],
  inspector: [
    "contract",
    "diagnostics",
    "generated",
    "kernel",
    "load",
    "observe",
    "testing",
    "version",
  ],
  cli: [
    "bundle",
    "contract",
    "diagnostics",
    "format",
    "inspector",
    "kernel",
    "lsp",
    "observe",
    "testing",
  ],
  join: [
    "author",
    "bundle",
    "cli",
    "contract",
    "diagnostics",
    "generated",
    "inspector",
    "kernel",
    "load",
    "modules",
    "observe",
    "platform",
    "testing",
    "version",
  ],
};

/** `digly/module`, the one file of other layers that built-in modules import. */
const AUTHOR = "src/contract/author.ts";

/** What several built-in modules use, which imports none of them. */
const SHARED = "src/modules/shared/";

/** `src/kernel/run/bus.ts` → `kernel`; what is not in `src/` joins the parts. */
function layerOf(path: string): string {
  if (path === AUTHOR) return "author";
  return path.startsWith("src/") ? path.split("/")[1]!.replace(/\.ts$/, "") : "join";
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
      const sameModule = layer !== "modules" || target.startsWith(SHARED) ||
        target.startsWith(file.split("/", 3).join("/") + "/");
      const allowed = layerOf(target) === layer
        ? sameModule
        : MAY_IMPORT[layer].includes(layerOf(target));
      if (!allowed) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** The files that import themselves through others, by static imports, types included. */
function cyclesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const reachable = new Map<string, Set<string>>();
  for (const file of imports.keys()) {
    const seen = new Set<string>();
    const pending = [...imports.get(file) ?? []];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      pending.push(...imports.get(next) ?? []);
    }
    reachable.set(file, seen);
  }
  const cycles = new Map<string, string[]>();
  for (const [file, targets] of reachable) {
    if (!targets.has(file)) continue;
    const cycle = [...targets].filter((target) => reachable.get(target)?.has(file)).sort();
    cycles.set(cycle.join(), cycle);
  }
  return [...cycles.values()];
}

test("a cycle of imports is found", () => {
  const imports = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]], ["d", ["d"]]]);
  assert.deepEqual(cyclesIn(imports), [["b", "c"], ["d"]]);
});

test("no file imports itself through others", () => {
  const imports = new Map(files.map((file) => {
    const code = codeOf(file).replace(/\bimport\(/g, "lazy(");
    const targets = importsOf(code).filter((specifier) => specifier.startsWith("."))
      .map((specifier) => new URL(specifier, new URL(file, root)).href.slice(root.href.length));
    return [file, targets] as const;
  }));
  assert.deepEqual(cyclesIn(imports), []);
});

test("only the platform and the program's entry touch a runtime", () => {
  const wrong: string[] = [];
  for (const file of files) {
    if (["platform", "modules", "generated", "join"].includes(layerOf(file))) continue;
    const text = codeOf(file);
    for (const specifier of importsOf(text)) {
      if (specifier.startsWith("node:")) wrong.push(`${file} imports ${specifier}`);
    }
    const global = /(?<![.\w"'`$-])(?:Deno|Bun|process)\./.exec(text);
    if (global) wrong.push(`${file} uses ${global[0]}`);
  }
  assert.deepEqual(wrong, []);
});
