/** Node 20 and later. */
import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Platform } from "../contract/platform.ts";
import { hookLoader, type LoadHook } from "./author_hook.ts";
import { readTypeScript } from "./node_typescript.ts";
import { forgetRequired } from "./forget_required.ts";
import { currentUrl, isImported } from "./imported.ts";
import { processPlatform } from "./process_platform.ts";

/** The platform of a Node process. */
export function nodePlatform(): Platform {
  return {
    ...processPlatform(
      { name: "node", version: process.versions.node, nodeVersion: process.versions.node },
      { importModule, forget },
    ),
    async startAgain(state = "") {
      return await (await import("./start_again.ts")).startAgain(state);
    },
    async takeState() {
      return (await import("./start_again.ts")).takeState();
    },
  };
}

const TYPESCRIPT = /\.[cm]?ts$/;
const OF_A_PACKAGE = /^file:.*\/node_modules\/.*\.[cm]?ts$/;
let prepared = false;

async function importModule(url: string): Promise<Record<string, unknown>> {
  if (!prepared) {
    prepared = true;
    silenceLoaderWarnings();
    hookLoader(loadPackaged);
  }
  if (TYPESCRIPT.test(url) && !process.features.typescript) readTypeScript(url);
  return await import(currentUrl(url));
}

/** Without hooks on the main thread, only modules that nothing else imports can be forgotten. */
function forget(urls: readonly string[]): boolean {
  const isHooked = "registerHooks" in nodeModule;
  if (!isHooked && !urls.every(isImported)) return false;
  forgetRequired(urls);
  return true;
}

/** Reads the TypeScript of packages, which Node itself refuses. */
const loadPackaged: LoadHook = (url) => {
  const { stripTypeScriptTypes } = nodeModule as Partial<typeof nodeModule>;
  if (stripTypeScriptTypes === undefined || !OF_A_PACKAGE.test(url)) return undefined;
  return {
    format: url.endsWith(".cts") ? "commonjs" : "module",
    source: stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8")),
  };
};

/**
 * Node warns about reading TypeScript and JSON, and about a missing `type` in a
 * package.json. Which way a controller is read is our business, not the user's.
 */
function silenceLoaderWarnings(): void {
  const listeners = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    const { code, name, message } = warning as Error & { code?: string };
    if (code === "MODULE_TYPELESS_PACKAGE_JSON") return;
    if (
      name === "ExperimentalWarning" &&
      /Type Stripping|stripTypeScriptTypes|Importing JSON/i.test(message)
    ) return;
    if (message.startsWith("Failed to load the ES module")) return; // comes with an error
    for (const listener of listeners) listener.call(process, warning);
  });
}
