/**
 * Module manifests as read: `runtime.yaml` and `module.yaml` have one shape.
 */
import type { CodeLimits } from "./code_limits.ts";
import type { Origin } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { ParsedDocument } from "./source.ts";

/** A controller of a definition or a manifest. */
export interface ControllerEntry {
  /** The runtimes it is for, `node@>=20 <23` or a bare name for any version; none means any. */
  readonly runtimes: readonly string[];
  /** As written, relative to `base`. */
  readonly entrypoint: string;
  /** URL the entrypoint is relative to. */
  readonly base: string;
  /** What a controller in WebAssembly may use; the defaults if its entry does not say. */
  readonly limits?: CodeLimits;
  readonly origin: Origin;
}

/** A string of a manifest and its origin. */
export interface ManifestPath {
  readonly path: string;
  readonly origin: Origin;
}

/** An entry of `imports`. */
export interface ImportPath extends ManifestPath {
  /** The name that the module has in this app, if it is not its own. */
  readonly as: string | undefined;
}

/** An entry of `definitions`. */
export interface DefinitionPath extends ManifestPath {
  /** Controllers next to the path, which override those of the definition. */
  readonly controllers: readonly ControllerEntry[] | undefined;
}

/** The limits of a manifest, and their origin. */
export interface ManifestLimits {
  readonly values: Partial<Limits>;
  readonly origin: Origin;
}

/** A `runtime.yaml` or `module.yaml`. */
export interface ModuleManifest {
  /** URL of the file. */
  readonly url: string;
  /** URL of its folder, ending in a slash. */
  readonly folder: string;
  /** The name of the module in the app: its own, or the one that an import gives it. */
  readonly name: string;
  /** The name in the file. */
  readonly ownName: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly imports: readonly ImportPath[];
  readonly definitions: readonly DefinitionPath[];
  readonly entrypoints: readonly ControllerEntry[];
  /** By import as written. */
  readonly importEntrypoints: ReadonlyMap<
    string,
    { readonly entries: readonly ControllerEntry[]; readonly origin: Origin }
  >;
  readonly resources: readonly ManifestPath[];
  /** Limits that it changes, if it is the manifest the app is started with. */
  readonly limits: ManifestLimits | undefined;
  /** Further documents of the file: resources of the module. */
  readonly documents: readonly ParsedDocument[];
}
