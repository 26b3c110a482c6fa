/**
 * Finds the modules of an app: what `imports` lead to, each loaded once.
 * Rules: specification §10.4 and §12, decisions D-11 to D-13.
 */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import { isRemote, resolveLocation, withoutHash } from "../contract/location.ts";
import type { ControllerEntry, ManifestPath, ModuleManifest } from "../contract/manifest.ts";
import { didYouMean } from "../contract/nearest.ts";
import type { Files } from "../contract/platform.ts";

/** A module of the app. */
export interface LoadedModule {
  readonly manifest: ModuleManifest;
  /** The entrypoints that hold: the manifest's own, or what an importer put in their place. */
  readonly entrypoints: readonly ControllerEntry[];
}

/** What {@link loadModules} needs. */
export interface ModuleLoaderOptions {
  readonly files: Files;
  /** Texts of built-in manifests by URL. */
  readonly builtins: Readonly<Record<string, string>>;
  /** For people: the path of a file URL. */
  readonly toPath: (url: string) => string;
  /** Reads a manifest of this machine, built in, or remote; `importer` names it. */
  readonly readManifest: (url: string, entry: ManifestPath) => Promise<ModuleManifest | undefined>;
  readonly diagnostics: Diagnostics;
}

/** The old package name of the core module (decision D-11). */
const ALIASES: Readonly<Record<string, string>> = { "@diglyai/digly-core": "digly:core" };

/** URL of a built-in's manifest. */
export function builtinUrl(name: string): string {
  return `digly:/${name}/module.yaml`;
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
      const imported = manifests.get(withoutHash(url)) ?? await options.readManifest(url, item);
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

/** The URL of the manifest that an import names; reports `ERR_MODULE_NOT_FOUND`. */
function resolveImport(
  { path, origin }: ManifestPath,
  importer: ModuleManifest,
  options: ModuleLoaderOptions,
): string | undefined {
  const specifier = ALIASES[path] ?? path;
  if (specifier.startsWith("digly:")) return resolveBuiltin(specifier, origin, options);
  const isPath = /^(?:\.{0,2}\/|file:|\.{1,2}$)/.test(specifier);
  if (isRemote(specifier) || (isPath && isRemote(importer.url))) {
    return resolveRemote(path, origin, importer, options.diagnostics);
  }
  if (isPath) {
    const tried: string[] = [];
    const found = findManifest(resolveLocation(specifier, importer.url), options, tried);
    if (found === undefined) options.diagnostics.error(notFound(path, origin, tried));
    return found;
  }
  return resolvePackage(path, origin, importer, options);
}

/** The URL of a module on the network, or beside a manifest that is. */
function resolveRemote(
  path: string,
  origin: Origin,
  importer: ModuleManifest,
  diagnostics: Diagnostics,
): string | undefined {
  const url = URL.canParse(path, importer.url) ? new URL(path, importer.url).href : undefined;
  if (url !== undefined && isRemote(url)) return url;
  diagnostics.error(fail("ERR_MODULE_NOT_FOUND", {
    problem: url === undefined
      ? `"${path}" is no URL`
      : `A remote manifest names "${path}", a place on this machine`,
  }, { origin, help: "Remote manifests may name built-in modules and remote ones" }));
  return undefined;
}

function resolveBuiltin(
  specifier: string,
  origin: Origin,
  { builtins, diagnostics }: ModuleLoaderOptions,
): string | undefined {
  const url = builtinUrl(specifier.slice("digly:".length));
  if (builtins[url] !== undefined) return url;
  const known = builtinNames(builtins).map((name) => `digly:${name}`);
  diagnostics.error(fail("ERR_MODULE_NOT_FOUND", {
    problem: `There is no built-in module "${specifier}"`,
  }, {
    origin,
    help: didYouMean(specifier, known) ?? `Built in are ${known.join(", ")}`,
  }));
  return undefined;
}

/** Looks for the package in `node_modules` upward, then for a built-in of that name. */
function resolvePackage(
  name: string,
  origin: Origin,
  importer: ModuleManifest,
  options: ModuleLoaderOptions,
): string | undefined {
  const tried: string[] = [];
  if (importer.url.startsWith("file:")) {
    for (let folder = importer.folder;;) {
      const found = findManifest(new URL(`node_modules/${name}`, folder).href, options, tried);
      if (found !== undefined) return found;
      const parent = new URL("..", folder).href;
      if (parent === folder) break;
      folder = parent;
    }
  }
  const builtin = builtinUrl(name);
  if (options.builtins[builtin] !== undefined) return builtin;
  tried.push(`the built-in modules (${builtinNames(options.builtins).join(", ")})`);
  options.diagnostics.error(notFound(name, origin, tried, [
    ...builtinNames(options.builtins),
    ...builtinNames(options.builtins).map((other) => `./${other}`),
  ]));
  return undefined;
}

/** The manifest at `url`: the file itself, or `module.yaml` in a folder. */
function findManifest(
  url: string,
  { files, toPath }: ModuleLoaderOptions,
  tried: string[],
): string | undefined {
  const what = files.stat(url)?.kind;
  if (what === "file") return files.realUrl(url);
  const inside = `${url.replace(/\/$/, "")}/module.yaml`;
  if (what === "directory" && files.stat(inside)?.kind === "file") return files.realUrl(inside);
  tried.push(toPath(what === "directory" ? inside : url));
  return undefined;
}

function builtinNames(builtins: Readonly<Record<string, string>>): string[] {
  return Object.keys(builtins).flatMap((url) =>
    /^digly:\/([^/]+)\/module\.yaml$/.exec(url)?.[1] ?? []
  );
}

function notFound(
  path: string,
  origin: Origin,
  tried: readonly string[],
  candidates: readonly string[] = [],
): DiglyError {
  const looked = `Looked at ${tried.join(", ")}`;
  const near = didYouMean(path, candidates);
  return fail("ERR_MODULE_NOT_FOUND", { problem: `The module "${path}" was not found` }, {
    origin,
    help: near === undefined ? looked : `${near} ${looked}`,
  });
}
