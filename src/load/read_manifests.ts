/** Reads the manifests of an app and of its imports. */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail, isDiglyError, type Origin } from "../contract/errors.ts";
import { withOrigin } from "../diagnostics/with_origin.ts";
import { DEFAULT_LIMITS, type Limits } from "../contract/limits.ts";
import type { ManifestPath, ModuleManifest } from "../contract/manifest.ts";
import type { SourceText } from "../contract/source.ts";
import { locateManifest } from "./files/locate.ts";
import { limitsAhead } from "./imports/manifest_limits.ts";
import { readModuleManifest } from "./imports/module_manifest.ts";
import { readSource } from "./files/read.ts";
import { loadEngine } from "../template/expr/engine.ts";
import { manifestNeedsEngine } from "./needs_engine.ts";
import { type RemoteEntry, type RemoteReader } from "./files/remote.ts";
import { type AppOptions, type LoadOptions } from "./options.ts";

/** Reads the manifest that an app is started with, and its limits. */
export function readStarted(path: string, options: AppOptions): Started {
  const { platform: { files, toUrl, toPath } } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const url = locateManifest(toUrl(path), files, "runtime.yaml", toPath);
  const source = read(url, "", { ...options, limits });
  return { source, limits: limitsAhead(source, limits) };
}

export interface Started {
  readonly source: SourceText;
  readonly limits: Partial<Limits>;
}

/** The manifest of an import that `entry` names. */
export async function readImported(
  url: string,
  entry: ManifestPath,
  options: LoadOptions,
): Promise<ModuleManifest> {
  const source = placed(() => read(url, "", options), entry);
  if (manifestNeedsEngine(source)) await loadEngine();
  const manifest = placed(() => readModuleManifest(source, options), entry);
  if (manifest.limits !== undefined) {
    options.diagnostics.warning({
      code: "WARN_UNUSED_LIMITS",
      message: `The limits of the module "${manifest.name}" have no effect`,
      origin: manifest.limits.origin,
      help: "Only the manifest that an app is started with sets limits",
    });
  }
  return manifest;
}

export function read(
  url: string,
  module: string,
  { platform, builtins, builtinDocuments, limits }: LoadOptions,
  root?: string,
): SourceText {
  const folder = root ?? new URL(".", url).href;
  const text = builtins[url];
  if (text === undefined) return readSource(url, platform.files, { module, root: folder, limits });
  const documents = builtinDocuments?.[url];
  return { url, text, module, root: folder, ...(documents === undefined ? {} : { documents }) };
}

/**
 * The manifest at a URL. It has no access to the environment and cannot have controllers, since
 * its content is not under the user's control.
 */
export async function readRemoteManifest(
  url: string,
  entry: RemoteEntry,
  remote: RemoteReader,
  options: LoadOptions,
): Promise<ModuleManifest> {
  const source = await remote(url, entry);
  if (manifestNeedsEngine(source)) await loadEngine();
  const manifest = readModuleManifest(source, {
    ...options,
    env: Object.create(null),
  });
  const entries = [
    ...manifest.entrypoints,
    ...[...manifest.importEntrypoints.values()].flatMap((override) => override.entries),
    ...manifest.definitions.flatMap(({ controllers }) => controllers ?? []),
  ];
  const [first] = entries;
  if (first !== undefined) options.diagnostics.error(remoteControllers(first.origin));
  if (manifest.limits !== undefined) {
    options.diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: "A remote manifest cannot set limits",
    }, {
      origin: manifest.limits.origin,
      help: "Set them in the runtime.yaml of this machine, or with --limit",
    }));
  }
  return manifest;
}

export function remoteControllers(origin: Origin): DiglyError {
  return fail("ERR_MODULE_INVALID", { problem: "A remote manifest cannot have controllers" }, {
    origin,
    help: "Install the module, and import it by path or by the name of its package",
  });
}

/** Runs `work`; an error of it is about the place of `entry`. */
export function placed<T>(work: () => T, entry: { readonly origin: Origin }): T {
  try {
    return work();
  } catch (error) {
    throw isDiglyError(error) ? withOrigin(error, entry.origin) : error;
  }
}

/** Runs `work` and reports its errors. */
export async function attempt<T>(
  work: () => T | Promise<T>,
  diagnostics: Diagnostics,
  originOf?: () => Origin | undefined,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    diagnostics.error(originOf === undefined ? error : withOrigin(error, originOf()));
    return undefined;
  }
}
