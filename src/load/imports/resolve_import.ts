/**
 * Finds the module that an import names.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { builtinNames, isRemote, resolveLocation } from "../../contract/location.ts";
import type { ManifestPath, ModuleManifest } from "../../contract/manifest.ts";
import { nearestPath } from "../../diagnostics/nearest_file.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import type { Files } from "../../contract/platform.ts";

/** Options of {@link resolveImport}. */
export interface ImportOptions {
  readonly files: Files;
  /** Texts of built-in manifests by URL. */
  readonly builtins: Readonly<Record<string, string>>;
  /** Converts a file URL to a path for messages. */
  readonly toPath: (url: string) => string;
  readonly diagnostics: Diagnostics;
}

/** Built-in modules that replace packages which are not installed. */
const BUILTIN_REPLACEMENTS: ReadonlyMap<string, string> = new Map([["@diglyai/digly-core", "std"]]);

/** URL of a built-in's manifest. */
export function builtinUrl(name: string): string {
  return `digly:/${name}/module.yaml`;
}

/** The URL of the manifest that an import names; reports `ERR_MODULE_NOT_FOUND`. */
export function resolveImport(
  item: ManifestPath,
  importer: ModuleManifest,
  options: ImportOptions,
): string | undefined {
  const { path } = item;
  if (path.startsWith("digly:")) return resolveBuiltin(item, options);
  const { origin } = item;
  const isPath = /^(?:\.{0,2}\/|file:|\.{1,2}$)/.test(path);
  if (isRemote(path) || (isPath && isRemote(importer.url))) {
    return resolveRemote(path, origin, importer, options.diagnostics);
  }
  if (isPath) {
    const tried: string[] = [];
    const found = findManifest(resolveLocation(path, importer.url), options, tried);
    if (found === undefined) {
      options.diagnostics.error(pathNotFound(path, origin, importer, tried, options));
    }
    return found;
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    options.diagnostics.error(unknownScheme(path, origin));
    return undefined;
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
      ? `"${path}" is not a valid URL`
      : `A remote manifest names "${path}", a place on this machine`,
  }, {
    origin,
    help: url === undefined
      ? "Write it like https://example.com/module.yaml"
      : "Remote manifests may name built-in modules and remote ones",
  }));
  return undefined;
}

function resolveBuiltin(
  item: ManifestPath,
  { builtins, diagnostics }: ImportOptions,
): string | undefined {
  const { path: specifier } = item;
  const url = builtinUrl(specifier.slice("digly:".length));
  if (builtins[url] !== undefined) return url;
  const known = builtinNames(builtins).map((name) => `digly:${name}`);
  diagnostics.error(fail("ERR_MODULE_NOT_FOUND", {
    problem: `No built-in module is named "${specifier}"`,
  }, {
    origin: item.origin,
    help: didYouMean(specifier, known) ?? `The built-in modules are ${known.join(", ")}`,
  }));
  return undefined;
}

/** Looks for the package in `node_modules` upward, then for a built-in of that name. */
function resolvePackage(
  name: string,
  origin: Origin,
  importer: ModuleManifest,
  options: ImportOptions,
): string | undefined {
  const tried: string[] = [];
  let withoutManifest: string | undefined;
  if (importer.url.startsWith("file:")) {
    for (let folder = importer.folder;;) {
      const url = new URL(`node_modules/${name}`, folder).href;
      const found = findManifest(url, options, tried);
      if (found !== undefined) return found;
      if (options.files.stat(url) !== undefined) withoutManifest ??= url;
      const parent = new URL("..", folder).href;
      if (parent === folder) break;
      folder = parent;
    }
  }
  const replacement = BUILTIN_REPLACEMENTS.get(name);
  const builtin = builtinUrl(replacement ?? name);
  // An installed package takes precedence, even if it is not a module.
  const isMeant = replacement === undefined || withoutManifest === undefined;
  if (isMeant && Object.hasOwn(options.builtins, builtin)) return builtin;
  tried.push(`the built-in modules (${builtinNames(options.builtins).join(", ")})`);
  if (withoutManifest !== undefined) {
    options.diagnostics.error(fail("ERR_MODULE_NOT_FOUND", {
      problem: `The package "${name}" is not a module: it does not contain a module.yaml`,
    }, { origin, help: `Looked at ${tried.join(", ")}` }));
    return undefined;
  }
  const help = isModuleAt(resolveLocation(name, importer.url), options)
    ? `Did you mean "./${name}"?`
    : didYouMean(name, [...builtinNames(options.builtins), ...packagesOf(importer, options)]);
  options.diagnostics.error(notFound(name, origin, tried, help));
  return undefined;
}

/** The manifest at `url`: the file itself, or `module.yaml` in a folder. */
function findManifest(
  url: string,
  { files, toPath }: ImportOptions,
  tried: string[],
): string | undefined {
  const what = files.stat(url)?.kind;
  if (what === "file") return files.realUrl(url);
  if (what === "special") return url; // rejected when it is read
  const inside = `${url.replace(/\/$/, "")}/module.yaml`;
  if (what === "directory" && files.stat(inside)?.kind === "file") return files.realUrl(inside);
  tried.push(toPath(what === "directory" ? inside : url));
  return undefined;
}

/** True if the name is that of a module in a relative path. */
function isModuleAt(url: string, options: ImportOptions): boolean {
  return url.startsWith("file:") && findManifest(url, options, []) !== undefined;
}

/** Installed packages, used only for suggestions. */
function packagesOf(importer: ModuleManifest, { files }: ImportOptions): string[] {
  const folder = new URL("node_modules", importer.folder).href;
  if (!folder.startsWith("file:") || files.stat(folder)?.kind !== "directory") return [];
  try {
    return files.list(folder).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The error for a path that does not exist, or a folder that is not a module. */
function pathNotFound(
  path: string,
  origin: Origin,
  importer: ModuleManifest,
  tried: readonly string[],
  { files }: ImportOptions,
): DiglyError {
  const isFolder = files.stat(resolveLocation(path, importer.url))?.kind === "directory";
  const wanted = isFolder ? `${path.replace(/\/$/, "")}/module.yaml` : path;
  const near = nearestPath(wanted, importer.url, files);
  return notFound(
    path,
    origin,
    tried,
    near && `Did you mean "${near}"?`,
    isFolder ? `The folder "${path}" does not contain a module.yaml` : undefined,
  );
}

function unknownScheme(path: string, origin: Origin): DiglyError {
  const bare = /^npm:(?:\/\/)?(.+)$/.exec(path)?.[1];
  return fail("ERR_MODULE_NOT_FOUND", {
    problem: `"${path}" cannot be imported: the scheme ${
      path.slice(0, path.indexOf(":") + 1)
    } is not supported`,
  }, {
    origin,
    help: bare === undefined
      ? "Import a path, a file: or https: URL, the name of an npm package, or a digly: module"
      : `Name the package as it is: "${bare}"`,
  });
}

function notFound(
  path: string,
  origin: Origin,
  tried: readonly string[],
  near: string | undefined,
  problem = `The module "${path}" was not found`,
): DiglyError {
  const looked = `Looked at ${tried.join(", ")}`;
  return fail("ERR_MODULE_NOT_FOUND", { problem }, {
    origin,
    help: near === undefined ? looked : `${near} ${looked}`,
  });
}
