/** Variables that follow the flow of control across `await`, the same on Node, Bun and Deno. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { AsyncVariable } from "../contract/platform.ts";

/** Makes a variable. */
export function asyncVariable<T>(): AsyncVariable<T> {
  const storage = new AsyncLocalStorage<T>();
  return {
    run: (value, work) => storage.run(value, work),
    get: () => storage.getStore(),
  };
}
