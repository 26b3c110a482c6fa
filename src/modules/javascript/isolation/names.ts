/** What a script cannot use in isolation although every runtime has it. */

const OF_RUNTIMES: ReadonlySet<string> = new Set(
  ("AbortController AbortSignal Blob Buffer Bun Deno Event EventTarget FormData Headers Intl " +
    "MessageChannel ReadableStream Request Response TextDecoder TextEncoder URL URLSearchParams " +
    "WebAssembly WebSocket Worker __dirname __filename alert atob btoa clearImmediate clearInterval " +
    "clearTimeout console crypto exports fetch global module navigator performance process require " +
    "setImmediate setInterval setTimeout structuredClone window").split(" "),
);

/** True for a global name that runtimes have, and isolated scripts have not. */
export function isOfRuntime(name: string): boolean {
  return OF_RUNTIMES.has(name);
}

/** What an isolated script can use instead. */
export const AVAILABLE: string =
  'An isolated script has the language itself, `ctx.execute("Kind.Name", input)` and `ctx.log`: let ' +
  "another resource do the rest, or use `isolate: process`";
