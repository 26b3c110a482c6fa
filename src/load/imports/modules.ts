/**
 * Loads the modules of an app by following `imports`, each once.
 */
import { type DiglyError, fail, isDiglyError, type Origin } from "../../contract/errors.ts";
import { withoutHash } from "../../contract/location.ts";
import type { ControllerEntry, ManifestPath, ModuleManifest } from "../../contract/manifest.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { createOverrides, type Override } from "./import_entrypoints.ts";
import { createRepeatedPaths } from "./repeated_paths.ts";
import { type ImportOptions, resolveImport } from "./resolve_import.ts";

/** A module of the app. */
export interface LoadedModule {
  readonly manifest: ModuleManifest;
  /** The effective entrypoints: the manifest's own, or those that an importer sets. */
  readonly entrypoints: readonly ControllerEntry[];
  /** The `importEntrypoints` that they come from, if they are not the manifest's own. */
  readonly override: Override | undefined;
}

/** An entry of `imports`, and the URL of the manifest that it is in. */
export interface ImportEntry extends ManifestPath {
  readonly from: string;
}

/** Options of {@link loadModules}. */
export interface ModuleLoaderOptions extends ImportOptions {
  /** Reads a manifest of this machine, built in, or remote; `importer` names it. */
  readonly readManifest: (url: string, entry: ImportEntry) => Promise<ModuleManifest | undefined>;
}

/**
 * The modules of an app in the order they are registered: imports before the module that
 * imports them, the started one last.
 */
export async function loadModules(
  root: ModuleManifest,
  options: ModuleLoaderOptions,
): Promise<LoadedModule[]> {
  const manifests = new Map<string, ModuleManifest>();
  const order: ModuleManifest[] = [];
  const visited = new Set<string>();
  const overrides = createOverrides(manifests, root, options);
  const renamed: { readonly module: ModuleManifest; readonly origin: Origin }[] = [];

  function resolve(item: ManifestPath, manifest: ModuleManifest): string | undefined {
    try {
      return resolveImport(item, manifest, options);
    } catch (error) {
      if (!isDiglyError(error)) throw error;
      options.diagnostics.error(withOrigin(error, item.origin));
      return undefined;
    }
  }

  async function visit(manifest: ModuleManifest): Promise<void> {
    const key = `${manifest.name} ${manifest.url}`;
    if (visited.has(key)) return;
    visited.add(key);
    const isFirst = !manifests.has(manifest.url);
    if (isFirst) manifests.set(manifest.url, manifest);
    const targets = new Map<string, string>();
    const warnIfRepeated = createRepeatedPaths(manifest, "imports", options.diagnostics);
    for (const item of manifest.imports) {
      const url = resolve(item, manifest);
      if (url === undefined) continue;
      // One module may be imported under several names.
      warnIfRepeated(item, withoutHash(url) + (item.as === undefined ? "" : `#${item.as}`));
      targets.set(item.path, withoutHash(url));
      const imported = manifests.get(withoutHash(url)) ?? await options.readManifest(url, {
        path: item.path,
        from: manifest.url,
        get origin() {
          return item.origin;
        },
      });
      if (imported === undefined) continue;
      const module = { ...imported, name: item.as ?? imported.ownName };
      if (module.name !== module.ownName) renamed.push({ module, origin: item.origin });
      await visit(module);
    }
    if (isFirst) overrides.add(manifest, targets);
    order.push(manifest);
  }

  await visit(root);
  for (const { module, origin } of renamed) {
    const other = order.find(({ name, url }) => name === module.name && url !== module.url);
    if (other !== undefined) options.diagnostics.error(nameTaken(module, other, origin, options));
  }
  return order.map((manifest) => {
    const override = overrides.of(manifest.url);
    return { manifest, entrypoints: override?.entries ?? manifest.entrypoints, override };
  });
}

function nameTaken(
  { name }: ModuleManifest,
  other: ModuleManifest,
  origin: Origin,
  { toPath }: ModuleLoaderOptions,
): DiglyError {
  return fail("ERR_MODULE_INVALID", {
    problem: `The import cannot be named ${name}: another module has that name`,
  }, { origin, help: `Choose another name; ${toPath(other.url)} is the other module` });
}
