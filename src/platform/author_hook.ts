/** Answers imports of `digly/module` through the module hooks of Node, which Deno has too. */
import * as nodeModule from "node:module";
import { currentUrl } from "./imported.ts";
import { providedModules, sourceOf } from "./author_module.ts";

/** What the URLs of provided modules begin with to the loader. */
const PROVIDED = "digly:provided/";

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
      resolve(specifier, context, next) {
        if (providedModules().has(specifier)) {
          return { url: PROVIDED + specifier, format: "module", shortCircuit: true };
        }
        const resolved = next(specifier, context);
        const url = currentUrl(resolved.url);
        return url === resolved.url ? resolved : { ...resolved, url };
      },
      load(url, context, next) {
        const loaded = url.startsWith(PROVIDED)
          ? { format: "module" as const, source: sourceOf(url.slice(PROVIDED.length)) }
          : load(url);
        if (loaded !== undefined) return { ...loaded, shortCircuit: true };
        // With hooks, Deno takes JSON that is required for code unless its format is given.
        return next(url, url.endsWith(".json") ? { ...context, format: "json" } : context);
      },
    });
    return true;
  }
  if (typeof register !== "function") return false;
  const names = [...providedModules().keys()];
  const urls = Object.fromEntries(names.map((name) => [name, dataUrl(sourceOf(name))]));
  register(dataUrl(resolverSource(urls)));
  return true;
}

/** Runs on the loader's own thread: the modules it names are evaluated on the main one. */
function resolverSource(urls: Readonly<Record<string, string>>): string {
  return `const urls = new Map(Object.entries(${JSON.stringify(urls)}));
export async function resolve(specifier, context, next) {
  const url = urls.get(specifier);
  return url === undefined
    ? next(specifier, context)
    : { url, format: "module", shortCircuit: true };
}
`;
}

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
