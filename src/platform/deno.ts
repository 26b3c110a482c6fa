/** Deno, run with `-A`. */
import process from "node:process";
import type { Platform } from "../contract/platform.ts";
import { hookLoader } from "./author_hook.ts";
import { AUTHOR_MODULE, providedModules } from "./author_module.ts";
import { forgetRequired } from "./forget_required.ts";
import { currentUrl, isImported } from "./imported.ts";
import { processPlatform } from "./process_platform.ts";

let isHooked = false;

/** What Deno says of an import of `digly/module` that no installed package answers. */
const MISSING_AUTHOR = /package 'digly'|"digly\/module"/;

/** Hooks change how Deno loads every module, so they are installed when an import needs them. */
async function importModule(url: string): Promise<Record<string, unknown>> {
  const others = [...providedModules().keys()].some((name) => name !== AUTHOR_MODULE);
  if (!isHooked && others) isHooked = hookLoader();
  try {
    return await import(currentUrl(url));
  } catch (error) {
    if (isHooked || !(error instanceof Error && MISSING_AUTHOR.test(error.message))) throw error;
    isHooked = true;
    if (!hookLoader()) throw error;
    return await import(currentUrl(url));
  }
}

/** Hooks give a module the URL of its current version, whichever module imports it. */
function forget(urls: readonly string[]): boolean {
  if (!isHooked) isHooked = hookLoader();
  if (!isHooked && !urls.every(isImported)) return false;
  forgetRequired(urls);
  return true;
}

/** The platform of a Deno process. */
export function denoPlatform(): Platform {
  return {
    ...processPlatform(
      { name: "deno", version: process.versions["deno"] ?? "", nodeVersion: process.versions.node },
      { importModule, forget },
    ),
    // `Deno.exit` ends the process without the `exit` event of `process`.
    onExit(listener) {
      const onUnload = () => listener();
      globalThis.addEventListener("unload", onUnload);
      return () => globalThis.removeEventListener("unload", onUnload);
    },
  };
}
