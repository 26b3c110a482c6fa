/** Deno, run with `-A`. */
import process from "node:process";
import type { Platform } from "../contract/platform.ts";
import { processPlatform } from "./process_platform.ts";

/** The platform of a Deno process. */
export function denoPlatform(): Platform {
  return {
    ...processPlatform(
      { name: "deno", version: process.versions["deno"]!, nodeVersion: process.versions.node },
      (url) => import(url),
    ),
    // `Deno.exit` ends the process without the `exit` event of `process`.
    onExit(listener) {
      const onUnload = () => listener();
      globalThis.addEventListener("unload", onUnload);
      return () => globalThis.removeEventListener("unload", onUnload);
    },
  };
}
