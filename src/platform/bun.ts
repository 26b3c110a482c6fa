/** Bun, also inside a compiled executable: it reads TypeScript in any folder. */
import { readFileSync } from "node:fs";
import process from "node:process";
import type { Platform } from "../contract/platform.ts";
import { providedModules } from "./author_module.ts";
import { forgetRequired } from "./forget_required.ts";
import { processPlatform } from "./process_platform.ts";

/** The platform of a Bun process. */
export function bunPlatform(): Platform {
  return {
    ...processPlatform(
      { name: "bun", version: process.versions["bun"] ?? "", nodeVersion: process.versions.node },
      { importModule, forget },
    ),
    // Bun before 1.4 has no such policy.
    endStartup: () => Bun.unsafe.setJITPolicy?.(1),
  };
}

/** Bun's own interface, as far as it is used here. */
declare const Bun: {
  plugin(definition: { name: string; setup(build: PluginBuilder): void }): void;
  /** The policy says how many times as often as usual code has to run until it is compiled. */
  readonly unsafe: { setJITPolicy?(scale: number): void };
};

interface PluginBuilder {
  module(
    name: string,
    load: () => { exports: Readonly<Record<string, unknown>>; loader: "object" },
  ): void;
  onLoad(
    constraints: { filter: RegExp },
    load: (args: { path: string }) => { contents: string; loader: "ts" | "js" },
  ): void;
}

/** Files of tests, the only ones in which a module of the runtime is replaced. */
const TEST_FILE = /\.test\.[cm]?[jt]s$/;

let prepared = false;

async function importModule(url: string): Promise<Record<string, unknown>> {
  if (!prepared) {
    prepared = true;
    Bun.plugin({ name: "digly", setup: provide });
  }
  return await import(url);
}

/** Bun keeps the modules of both systems in one cache. */
function forget(urls: readonly string[]): boolean {
  forgetRequired(urls);
  return true;
}

/** Answers imports of provided modules. Bun lets nobody replace its own, so tests import an alias. */
function provide(build: PluginBuilder): void {
  const modules = providedModules();
  for (const [name, exports] of modules) {
    build.module(aliasOf(name), () => ({ exports, loader: "object" }));
  }
  const own = [...modules.keys()].filter((name) => aliasOf(name) !== name);
  if (own.length === 0) return;
  const imported = new RegExp(`(["'])(${own.join("|")})\\1`, "g");
  build.onLoad({ filter: TEST_FILE }, ({ path }) => ({
    contents: readFileSync(path, "utf8").replace(
      imported,
      (_, quote: string, name: string) => quote + aliasOf(name) + quote,
    ),
    loader: path.endsWith("ts") ? "ts" : "js",
  }));
}

function aliasOf(name: string): string {
  return name.replace(/^node:/, "digly/node-");
}
