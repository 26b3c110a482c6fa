/** Chooses the adapter of the runtime the program runs on. */
import process from "node:process";
import type { Platform } from "../contract/platform.ts";
import { bunPlatform } from "./bun.ts";
import { denoPlatform } from "./deno.ts";
import { nodePlatform } from "./node.ts";

/** The platform of this process. */
export function hostPlatform(): Platform {
  if (process.versions["bun"] !== undefined) return bunPlatform();
  if (process.versions["deno"] !== undefined) return denoPlatform();
  return nodePlatform();
}
