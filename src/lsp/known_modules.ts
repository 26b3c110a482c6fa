/** The built-in modules, for completions of what an app does not import yet. */
import { analyse, type AnalysisOptions } from "./analysis.ts";
import type { KnownModules } from "./complete_values.ts";
import { TextDocument } from "./text_document.ts";

/** Reads the kinds of all built-in modules. */
export async function readModules(
  options: AnalysisOptions,
): Promise<KnownModules> {
  const names = await options.builtins();
  const url = new URL(".digly-kinds.yaml", options.platform.cwd()).href;
  const imports = names.map((name) => `digly:${name}`).join(", ");
  const manifest = new TextDocument(url, `name: Kinds\nimports: [${imports}]\n`);
  const { app } = await analyse(url, new Map([[url, manifest]]), options);
  const kinds = new Map<
    string,
    KnownModules["kinds"] extends ReadonlyMap<string, infer T> ? T : never
  >();
  for (const kind of app?.kinds.names() ?? []) {
    const from = app?.importFor(kind);
    const entry = app?.kinds.get(kind);
    if (from !== undefined && entry !== undefined) kinds.set(kind, { entry, from });
  }
  return { names, kinds };
}
