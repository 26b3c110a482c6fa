/** Finds out whether a module is the one that the runtime was started with. */
import { realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { embeddedBundle } from "../bundle/embedded_bundle.ts";

/** True for the `import.meta` of the main module; Node says so itself from 24.2 on. */
export function isMainModule(meta: ImportMeta): boolean {
  if (embeddedBundle() !== undefined) return false; // the executable's entry starts the program
  if (typeof meta.main === "boolean") return meta.main;
  const started = process.argv[1];
  if (started === undefined || !meta.url.startsWith("file:")) return false;
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(meta.url));
  } catch {
    return false;
  }
}
