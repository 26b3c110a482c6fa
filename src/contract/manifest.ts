/**
 * Module manifests as read: `runtime.yaml` and `module.yaml` have one shape.
 */
import type { Origin } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { ParsedDocument } from "./source.ts";

/** One `{runtime, entrypoint}` of a definition or a manifest. */
export interface ControllerEntry {
  /** `node@>=20 <23`, or a bare name for any version. */
  readonly runtime: string;
  /** As written, relative to `base`. */
  readonly entrypoint: string;
  /** URL the entrypoint is relative to. */
  readonly base: string;
  readonly origin: Origin;
}

/** A string of a manifest and its origin. */
export interface ManifestPath {
  readonly path: string;
  readonly origin: Origin;
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
  readonly name: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly imports: readonly ManifestPath[];
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
