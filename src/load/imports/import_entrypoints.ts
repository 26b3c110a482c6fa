/**
 * `importEntrypoints`: entrypoints that replace those of an imported module. They are relative to
 * the folder of the imported module, as its own are.
 */
import type { Diagnostics, Warning } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { isRemote, resolveLocation } from "../../contract/location.ts";
import type { ControllerEntry, ModuleManifest } from "../../contract/manifest.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import type { Files } from "../../contract/platform.ts";

/** Entrypoints that replace those of a module. */
export interface Override {
  /** The import as the manifest writes it. */
  readonly specifier: string;
  readonly entries: readonly ControllerEntry[];
  readonly origin: Origin;
  /** URL of the manifest that gives them. */
  readonly by: string;
}

/** Options of {@link createOverrides}. */
export interface OverrideOptions {
  readonly files: Files;
  readonly toPath: (url: string) => string;
  readonly diagnostics: Diagnostics;
}

/** The overrides of an app's modules. */
export interface Overrides {
  /** Adds those of a manifest; `targets` are the URLs that its imports resolve to. */
  add(manifest: ModuleManifest, targets: ReadonlyMap<string, string>): void;
  /** The override that applies to the module at `url`. */
  of(url: string): Override | undefined;
}

/** The started manifest's overrides win; two others of one module must agree. */
export function createOverrides(
  manifests: ReadonlyMap<string, ModuleManifest>,
  root: ModuleManifest,
  options: OverrideOptions,
): Overrides {
  const { diagnostics } = options;
  const overrides = new Map<string, Override>();

  function add(override: Override, url: string): void {
    const existing = overrides.get(url);
    const byRoot = override.by === root.url;
    const isSettled = existing !== undefined && byRoot !== (existing.by === root.url);
    if (existing === undefined || (isSettled && byRoot)) overrides.set(url, override);
    else if (!isSettled && textOf(existing.entries) !== textOf(override.entries)) {
      diagnostics.error(fail("ERR_MODULE_INVALID", {
        problem: existing.by === override.by
          ? `"${existing.specifier}" and "${override.specifier}" are one module, with different ` +
            "entrypoints"
          : `Two modules give "${override.specifier}" different entrypoints`,
      }, {
        origin: override.origin,
        related: [{ message: "the other one", origin: existing.origin }],
        help: existing.by === override.by
          ? "Remove one of them"
          : "Decide it in the runtime.yaml: its importEntrypoints win",
      }));
    }
  }

  return {
    of: (url) => overrides.get(url),
    add(manifest, targets) {
      for (const [specifier, { entries, origin }] of manifest.importEntrypoints) {
        const url = targets.get(specifier);
        const imported = url === undefined ? undefined : manifests.get(url);
        if (imported === undefined) {
          // An import that could not be found or read has been reported.
          if (!manifest.imports.some(({ path }) => path === specifier)) {
            diagnostics.warning(noImport(specifier, origin, targets.keys()));
          }
          continue;
        }
        const rebased = entries.map((entry) => rebase(entry, imported.url));
        for (const entry of rebased) {
          const problem = misplaced(entry, manifest, imported, options);
          if (problem !== undefined) diagnostics.error(problem);
        }
        if (textOf(rebased) === textOf(imported.entrypoints)) {
          diagnostics.warning(changesNothing(specifier, origin, "they are the module's own"));
        }
        add({ specifier, entries: rebased, origin, by: manifest.url }, imported.url);
      }
    },
  };
}

/** The warning for `importEntrypoints` without any effect. */
export function changesNothing(specifier: string, origin: Origin, reason: string): Warning {
  return {
    code: "WARN_UNUSED_ENTRYPOINTS",
    message: `importEntrypoints of "${specifier}" change nothing: ${reason}`,
    origin,
    help: "Remove them",
  };
}

function noImport(specifier: string, origin: Origin, imports: Iterable<string>): Warning {
  return {
    code: "WARN_UNUSED_ENTRYPOINTS",
    message: `importEntrypoints names "${specifier}", which is not an import of this module`,
    origin,
    help: didYouMean(specifier, imports) ?? "Add it to `imports`, or remove it here",
  };
}

/** An entry relative to `base`, with a lazy origin. */
function rebase(entry: ControllerEntry, base: string): ControllerEntry {
  const { runtimes, entrypoint, limits } = entry;
  return {
    runtimes,
    entrypoint,
    base,
    ...(limits === undefined ? {} : { limits }),
    get origin() {
      return entry.origin;
    },
  };
}

/** The error for a path that was written relative to the importing manifest. */
function misplaced(
  { entrypoint, base, origin }: ControllerEntry,
  { url: importer }: ModuleManifest,
  { folder }: ModuleManifest,
  { files, toPath }: OverrideOptions,
): DiglyError | undefined {
  if (!importer.startsWith("file:") || isFile(entrypoint, base, files)) return undefined;
  if (!isFile(entrypoint, importer, files)) return undefined;
  const here = resolveLocation(entrypoint, importer);
  return fail("ERR_MODULE_INVALID", {
    problem: `"${entrypoint}" of importEntrypoints exists only relative to this manifest`,
  }, {
    origin,
    help: `It is relative to the folder of the imported module, ${toPath(folder)}: write "${
      relativePath(folder, here) ?? here
    }"`,
  });
}

function isFile(place: string, base: string, files: Files): boolean {
  if (isRemote(base) || !URL.canParse(place, base)) return false;
  return files.stat(resolveLocation(place, base))?.kind === "file";
}

/** The path from a folder to a file, both `file:` URLs; `undefined` for any other. */
function relativePath(folder: string, file: string): string | undefined {
  if (!folder.startsWith("file:") || !file.startsWith("file:")) return undefined;
  const from = new URL(folder).pathname.split("/").slice(0, -1);
  const to = new URL(file).pathname.split("/");
  let shared = 0;
  while (shared < from.length && from[shared] === to[shared]) shared++;
  const up = from.slice(shared).map(() => "..");
  const path = [...up, ...to.slice(shared)].join("/");
  return decodeURIComponent(up.length === 0 ? `./${path}` : path);
}

/** Entries by what they name, to compare them. */
function textOf(entries: readonly ControllerEntry[]): string {
  return entries
    .map(({ runtimes, entrypoint, base, limits }) =>
      `${runtimes.join()} ${resolveLocation(entrypoint, base)} ${JSON.stringify(limits ?? {})}`
    )
    .join();
}
