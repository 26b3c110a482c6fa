/**
 * Finds the modules of an app: what `imports` lead to, each loaded once.
 * Rules: specification §10.4 and §12, decisions D-11 to D-13.
 */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { fail, type Origin } from "../contract/errors.ts";
import { resolveLocation, withoutHash } from "../contract/location.ts";
import type { ControllerEntry, ManifestPath, ModuleManifest } from "../contract/manifest.ts";
import { didYouMean } from "../contract/nearest.ts";
import { type ImportOptions, resolveImport } from "./resolve_import.ts";

/** A module of the app. */
export interface LoadedModule {
  readonly manifest: ModuleManifest;
  /** The entrypoints that hold: the manifest's own, or what an importer put in their place. */
  readonly entrypoints: readonly ControllerEntry[];
}

/** An entry of `imports`, and the URL of the manifest that it is in. */
export interface ImportEntry extends ManifestPath {
  readonly from: string;
}

/** What {@link loadModules} needs. */
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
  const overrides = new Map<string, Override>();

  async function visit(manifest: ModuleManifest): Promise<void> {
    if (manifests.has(manifest.url)) return;
    manifests.set(manifest.url, manifest);
    const targets = new Map<string, string>();
    for (const item of manifest.imports) {
      const url = resolveImport(item, manifest, options);
      if (url === undefined) continue;
      targets.set(item.path, withoutHash(url));
      const imported = manifests.get(withoutHash(url)) ?? await options.readManifest(url, {
        path: item.path,
        origin: item.origin,
        from: manifest.url,
      });
      if (imported !== undefined) await visit(imported);
    }
    addOverrides(manifest, manifest === root, targets, overrides, options.diagnostics);
    order.push(manifest);
  }

  await visit(root);
  return order.map((manifest) => ({
    manifest,
    entrypoints: overrides.get(manifest.url)?.entries ?? manifest.entrypoints,
  }));
}

interface Override {
  readonly entries: readonly ControllerEntry[];
  readonly origin: Origin;
  readonly byRoot: boolean;
}

/** Applies `importEntrypoints`: the started manifest's win, two others must agree. */
function addOverrides(
  manifest: ModuleManifest,
  byRoot: boolean,
  targets: ReadonlyMap<string, string>,
  overrides: Map<string, Override>,
  diagnostics: Diagnostics,
): void {
  for (const [specifier, { entries, origin }] of manifest.importEntrypoints) {
    const url = targets.get(specifier);
    if (url === undefined) {
      if (manifest.imports.some((item) => item.path === specifier)) continue;
      diagnostics.warning({
        code: "WARN_UNUSED_ENTRYPOINTS",
        message: `importEntrypoints names "${specifier}", which is no import of this module`,
        origin,
        help: didYouMean(specifier, targets.keys()) ?? "Add it to `imports`, or remove it here",
      });
      continue;
    }
    const existing = overrides.get(url);
    if (
      existing !== undefined && !byRoot && !existing.byRoot &&
      !sameEntries(existing.entries, entries)
    ) {
      diagnostics.error(fail("ERR_MODULE_INVALID", {
        problem: `Two modules give "${specifier}" different entrypoints`,
      }, {
        origin,
        related: [{ message: "the other one", origin: existing.origin }],
        help: "Decide it in the runtime.yaml: its importEntrypoints win",
      }));
      continue;
    }
    if (existing === undefined || byRoot) overrides.set(url, { entries, origin, byRoot });
  }
}

function sameEntries(a: readonly ControllerEntry[], b: readonly ControllerEntry[]): boolean {
  const text = (entries: readonly ControllerEntry[]) =>
    entries.map((entry) => `${entry.runtime} ${resolveLocation(entry.entrypoint, entry.base)}`)
      .join();
  return text(a) === text(b);
}
