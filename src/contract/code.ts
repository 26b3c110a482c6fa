/** What runs code: the runtimes that Digly runs on, and WebAssembly. */

/** The runtimes that Digly runs on. */
export const HOSTS: readonly string[] = ["node", "deno", "bun"];

/** True for the entrypoint of a controller that is a WebAssembly module. */
export function isWebAssembly(entrypoint: string): boolean {
  return /\.wasm$/i.test(entrypoint);
}

/** The size of the largest WebAssembly file, because compiling one takes time and memory. */
export const MOST_WASM_BYTES: number = 64 * 1024 * 1024;

/**
 * How much the code of a resource is trusted: `trusted` code can do what the process can,
 * `isolated` code and `wasm` only what Digly offers, within limits.
 */
export type CodeTrust = "trusted" | "isolated" | "wasm";
