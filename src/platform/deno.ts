/** Deno, run with `-A`. */
import process from "node:process";
import type { Platform } from "../contract/platform.ts";
import { hookLoader } from "./author_hook.ts";
import { processPlatform } from "./process_platform.ts";

let isHooked = false;

function importModule(url: string): Promise<Record<string, unknown>> {
  if (!isHooked) {
    isHooked = true;
    hookLoader();
  }
  return import(url);
}

/** The platform of a Deno process. */
export function denoPlatform(): Platform {
  return {
    ...processPlatform(
      { name: "deno", version: process.versions["deno"]!, nodeVersion: process.versions.node },
      importModule,
    ),
    // `Deno.exit` ends the process without the `exit` event of `process`.
    onExit(listener) {
      const onUnload = () => listener();
      globalThis.addEventListener("unload", onUnload);
      return () => globalThis.removeEventListener("unload", onUnload);
    },
  };
}
