/** Bun, also inside a compiled executable: it reads TypeScript wherever it lies. */
import process from "node:process";
import type { Platform } from "../contract/platform.ts";
import { processPlatform } from "./process_platform.ts";

/** The platform of a Bun process. */
export function bunPlatform(): Platform {
  return processPlatform(
    { name: "bun", version: process.versions["bun"]!, nodeVersion: process.versions.node },
    (url) => import(url),
  );
}
