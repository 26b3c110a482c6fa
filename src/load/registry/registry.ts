/**
 * The registry: every resource by kind and name, and the indexes modules may query.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail, isDiglyError } from "../../contract/errors.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { isMap, type RuntimeResource, type ValueMap } from "../../contract/resource.ts";
import type { ExpandedManifest } from "../../contract/source.ts";
import type { FillDefaults } from "../../schema/defaults.ts";
import { formatUrn, KERNEL_KINDS } from "../../contract/urn.ts";
import type { Scopes } from "./scopes.ts";
import type { SensitivePart } from "../../contract/sensitive.ts";

/** A registered resource and where it comes from. */
export interface RegistryEntry {
  readonly urn: string;
  readonly kind: string;
  readonly name: string;
  readonly manifest: ExpandedManifest;
  /** The resource; replaced when its references are resolved, frozen from then on. */
  resource: RuntimeResource;
  /**
   * True once it is known to have no expressions, as most have none: checks of expressions, and of
   * what they gave, need not look through it again.
   */
  isPlain?: boolean;
  /** Where its expressions wait, if its kind does not say all: names from its fields, and from its owner. */
  scopes?: Scopes;
  /** The sensitive values in it. */
  sensitive?: SensitivePart[];
}

/** Resources by kind and name, in load order, and by origin. */
export interface Registry {
  /** Adds a resource with the defaults of its kind. A duplicate is reported and not added. */
  add(
    manifest: ExpandedManifest,
    fill: FillDefaults | undefined,
    diagnostics: Diagnostics,
  ): RegistryEntry | undefined;
  get(kind: string, name: string): RegistryEntry | undefined;
  /** In load order. */
  entries(): readonly RegistryEntry[];
  /** The URNs of all. */
  readonly urns: ReadonlySet<string>;
  ofKind(kind: string): readonly RegistryEntry[];
  kinds(): IterableIterator<string>;
  byUri(uri: string): RegistryEntry | undefined;
  /** By absolute path or URL of the file; of a generated one, of its outermost instance. */
  bySource(pathOrUrl: string): readonly RegistryEntry[];
  byDepth(depth: number): readonly RegistryEntry[];
}

/** Creates an empty registry. `toPath` converts a file URL to an absolute path. */
export function createRegistry(toPath: (url: string) => string): Registry {
  const kinds = new Map<string, Map<string, RegistryEntry>>();
  const order: RegistryEntry[] = [];
  let urns: Set<string> | undefined;

  return {
    add(manifest, fill, diagnostics) {
      const { kind, name: written } = manifest;
      let names = kinds.get(kind);
      if (names === undefined) kinds.set(kind, names = new Map());
      const name = isTemplateElsewhere(manifest, names.get(written)?.manifest)
        ? `${manifest.source.module}.${written}`
        : written;
      const existing = names.get(name);
      if (existing !== undefined) {
        diagnostics.error(fail("ERR_DUPLICATE_RESOURCE", { urn: existing.urn }, {
          origin: manifest.originAt(["metadata", "name"]),
          related: [{
            message: "the first one",
            origin: existing.manifest.originAt(["metadata", "name"]),
          }],
          help: "Rename one of them",
        }));
        return undefined;
      }
      const entry = {
        urn: formatUrn(kind, name),
        kind,
        name,
        manifest,
        resource: toResource(manifest, fill, diagnostics),
        isPlain: false,
      };
      names.set(name, entry);
      order.push(entry);
      urns?.add(entry.urn);
      return entry;
    },
    get: (kind, name) => kinds.get(kind)?.get(name),
    entries: () => order,
    // Made for the first who asks: nobody does for resources that refer to no other one.
    get urns() {
      return urns ??= new Set(order.map(({ urn }) => urn));
    },
    ofKind: (kind) => [...kinds.get(kind)?.values() ?? []],
    kinds: () => kinds.keys(),
    byUri: (uri) => order.find((entry) => entry.manifest.uri === uri),
    bySource: (pathOrUrl) =>
      order.filter(({ manifest: { source } }) =>
        source.url === pathOrUrl || toPath(source.url) === pathOrUrl
      ),
    byDepth: (depth) => order.filter((entry) => entry.manifest.generationDepth === depth),
  };
}

/**
 * Two modules may have templates with the same name: the second one is registered with the name
 * of its module as a prefix, as in the kind of its instances.
 */
function isTemplateElsewhere(
  { kind, source }: ExpandedManifest,
  first: ExpandedManifest | undefined,
): boolean {
  return first !== undefined && kind === KERNEL_KINDS.template &&
    first.source.module !== source.module;
}

/** A resource whose metadata is still to be set. */
interface Writable {
  [field: string]: unknown;
  metadata: unknown;
}

/** Copies only the top level, since documents may share nodes. */
function toResource(
  manifest: ExpandedManifest,
  fill: FillDefaults | undefined,
  diagnostics: Diagnostics,
): RuntimeResource {
  const { kind, name, uri, generationDepth } = manifest;
  const value = manifest.value as ValueMap;
  const written = value["metadata"];
  const metadata = { ...(isMap(written) ? written : undefined), name, uri, generationDepth };
  if (fill === undefined) {
    // Both come first, however they are written.
    const resource: Writable = { kind, metadata: undefined, ...value };
    resource.metadata = metadata;
    return resource as RuntimeResource;
  }
  const { kind: _kind, metadata: _metadata, ...fields } = value;
  return { kind, metadata, ...withDefaults(fields, fill, manifest, diagnostics) };
}

function withDefaults(
  fields: ValueMap,
  fill: FillDefaults,
  { originAt }: ExpandedManifest,
  diagnostics: Diagnostics,
): ValueMap {
  try {
    return fill(fields) as ValueMap;
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    diagnostics.error(withOrigin(error, originAt([])));
    return fields;
  }
}
