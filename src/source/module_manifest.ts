import type { Diagnostics } from "../contract/diagnostics.ts";
import type { Limits } from "../contract/limits.ts";
import type { ControllerEntry, ModuleManifest } from "../contract/manifest.ts";
import type { Path, Value } from "../contract/resource.ts";
import type { Located, SourceText } from "../contract/source.ts";
import { parseSource } from "./parse.ts";

export function readControllerEntries(
  value: Value,
  document: Located,
  path: Path,
  _diagnostics: Diagnostics,
  base: string = document.source.url,
): ControllerEntry[] {
  return (value as unknown as { runtime: string; entrypoint: string }[]).map((entry) => ({
    ...entry,
    base,
    origin: document.originAt(path),
  }));
}

export function readModuleManifest(
  source: SourceText,
  options: {
    limits: Limits;
    diagnostics: Diagnostics;
    env: Readonly<Record<string, string | undefined>>;
  },
): ModuleManifest {
  const [first, ...documents] = parseSource(source, options.limits, options.diagnostics);
  const value = first!.value as Record<string, never>;
  const list = (key: string): unknown[] => (value[key] ?? []) as unknown[];
  const origin = first!.originAt([]);
  return {
    url: source.url,
    folder: new URL(".", source.url).href,
    name: value["name"]!,
    version: value["version"],
    description: value["description"],
    imports: list("imports").map((path) => ({ path: String(path), origin })),
    definitions: list("definitions").map((item) => {
      const { path, controllers } = (typeof item === "string" ? { path: item } : item) as {
        path: string;
        controllers?: Value;
      };
      return {
        path,
        origin,
        controllers: controllers &&
          readControllerEntries(controllers, first!, [], options.diagnostics),
      };
    }),
    entrypoints: readControllerEntries(
      list("entrypoints") as Value,
      first!,
      [],
      options.diagnostics,
    ),
    importEntrypoints: new Map(),
    resources: list("resources").map((path) => ({ path: String(path), origin })),
    documents,
  };
}
