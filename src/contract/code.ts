/** What runs controllers: the runtimes that Digly runs on, and WebAssembly. */

/** The runtimes that Digly runs on. */
export const HOSTS: readonly string[] = ["node", "deno", "bun"];

/** True for the entrypoint of a controller that is a WebAssembly module. */
export function isWebAssembly(entrypoint: string): boolean {
  return /\.wasm$/i.test(entrypoint);
}
