/**
 * The expression engine, which is imported when an app has its first expression: most of a small
 * app's start would be spent on it. Who reads documents loads it before it compiles one that may
 * need it, see `src/load/needs_engine.ts`.
 */

type Parts = typeof import("./engine_parts.ts");

const importParts = (): Promise<Parts> => import("./engine_parts.ts");

/** What the stages use of the engine. */
export type Engine = Parts;

let loaded: Engine | undefined;

/** Imports the engine, once. */
export async function loadEngine(): Promise<void> {
  loaded ??= await importParts();
}

/** Uses an engine that is imported already, for callers that cannot wait. */
export function useEngine(parts: Engine): void {
  loaded = parts;
}

/** The engine. */
export function engine(): Engine {
  if (loaded === undefined) throw new Error("The expression engine is not loaded");
  return loaded;
}
