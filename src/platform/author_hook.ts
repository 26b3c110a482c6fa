/** Answers imports of `digly/module` through the module hooks of Node, which Deno has too. */
import * as nodeModule from "node:module";
import { AUTHOR_MODULE, authorSource } from "./author_module.ts";

/** Where the module stands to the loader. */
const AUTHOR_URL = "digly:author";

/** Reads a module from its URL, or leaves it to the loader. */
export type LoadHook = (
  url: string,
) => { readonly format: "module" | "commonjs"; readonly source: string } | undefined;

/**
 * From now on, `digly/module` is the program's own copy, whatever imports it; `load` reads further
 * modules where hooks on the main thread exist. Returns false where the runtime has no hooks.
 */
export function hookLoader(load: LoadHook = () => undefined): boolean {
  // Older versions do not have both.
  const { registerHooks, register } = nodeModule as Partial<typeof nodeModule>;
  if (typeof registerHooks === "function") {
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === AUTHOR_MODULE
          ? { url: AUTHOR_URL, format: "module", shortCircuit: true }
          : next(specifier, context),
      load(url, context, next) {
        const loaded = url === AUTHOR_URL
          ? { format: "module" as const, source: authorSource() }
          : load(url);
        if (loaded !== undefined) return { ...loaded, shortCircuit: true };
        // With hooks, Deno takes JSON that is required for code unless its format is given.
        return next(url, url.endsWith(".json") ? { ...context, format: "json" } : context);
      },
    });
    return true;
  }
  if (typeof register !== "function") return false;
  register(dataUrl(resolverSource(dataUrl(authorSource()))));
  return true;
}

/** Runs on the loader's own thread: the module it names is evaluated on the main one. */
function resolverSource(url: string): string {
  return `export async function resolve(specifier, context, next) {
  return specifier === ${JSON.stringify(AUTHOR_MODULE)}
    ? { url: ${JSON.stringify(url)}, format: "module", shortCircuit: true }
    : next(specifier, context);
}
`;
}

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
