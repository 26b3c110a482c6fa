/** The cache of `require`, in which runtimes keep modules in CommonJS, and Bun all modules. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** Removes files from the cache. */
export function forgetRequired(urls: readonly string[]): void {
  const { cache } = createRequire(import.meta.url);
  for (const url of urls) delete cache[fileURLToPath(url)];
}
