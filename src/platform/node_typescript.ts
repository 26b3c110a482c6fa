/** TypeScript for Node before 22.18: a module hook that translates with esbuild. */
import { createRequire, register } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { fail } from "../contract/errors.ts";

/**
 * Runs on Node's loader thread. Translating file by file leaves resolution to Node:
 * relative imports, JSON and the packages beside a controller work as they do natively,
 * and a file two controllers share is loaded once.
 */
const HOOKS = `
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
process.removeAllListeners("warning");
let transform;
export async function initialize(esbuild) {
  ({ transform } = (await import(esbuild)).default);
}
export async function load(url, context, next) {
  const found = /^file:[^?#]*\\.([cm]?)ts(?:[?#]|$)/.exec(url);
  if (!found) return next(url, context);
  const path = fileURLToPath(url);
  const common = found[1] === "c";
  const { code } = await transform(await readFile(path, "utf8"), {
    loader: "ts",
    format: common ? "cjs" : "esm",
    target: "node20",
    supported: { "import-attributes": true },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    sourcefile: path,
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "silent",
  });
  return { format: common ? "commonjs" : "module", source: code, shortCircuit: true };
}`;

let registered = false;

/**
 * Makes the process able to import TypeScript; `url` is the module that needs it.
 * Throws `ERR_MODULE_INVALID` where esbuild is not installed.
 */
export function readTypeScript(url: string): void {
  if (registered) return;
  const esbuild = find("esbuild", [import.meta.url, url]);
  if (esbuild === undefined || typeof register !== "function") {
    throw fail("ERR_MODULE_INVALID", {
      problem: `Node ${process.versions.node} cannot read TypeScript by itself`,
    }, {
      help: "Use Node 22.18 or later, install esbuild beside the controller, or ship JavaScript",
    });
  }
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data: esbuild });
  process.setSourceMapsEnabled(true);
  registered = true;
}

function find(name: string, from: readonly string[]): string | undefined {
  for (const url of from) {
    try {
      return pathToFileURL(createRequire(url).resolve(name)).href;
    } catch {
      // not there: the next place
    }
  }
  return undefined;
}
