/** The stage of loading that registers resources, with the defaults and the scopes of their kinds. */
import type { ExpandedManifest } from "../contract/source.ts";
import { compileDefaults, type FillDefaults } from "../schema/defaults.ts";
import type { ValueMap } from "../contract/resource.ts";
import { isolateByDefault } from "./isolate_scripts.ts";
import type { LoadOptions } from "./options.ts";
import { attempt } from "./read_manifests.ts";
import type { KindEntry, KindTable } from "./registry/kinds.ts";
import type { Registry, RegistryEntry } from "./registry/registry.ts";
import { inlineScopes, ownScopes } from "./registry/scopes.ts";

/** Registers manifests; returns the entries of those that are sound. */
export type Register = (manifests: readonly ExpandedManifest[]) => RegistryEntry[];

/**
 * Prepares the defaults of kinds, and gives what registers their resources. Kinds of built-in modules
 * that are not in `used` wait for their first resource, which only a controller can still create.
 */
export async function createRegistration(
  registry: Registry,
  kinds: KindTable,
  used: ReadonlySet<string>,
  options: LoadOptions,
): Promise<Register> {
  const { diagnostics } = options;
  const defaults = new Map<string, FillDefaults | undefined>();
  const prepare = (entry: KindEntry) => {
    // A mistake in a schema is reported once, not again for each resource.
    defaults.set(entry.kind, undefined);
    const fill = compileDefaults(entry.schema, options.limits);
    const isolate = options.isolateScripts ? isolateByDefault(entry, kinds) : undefined;
    defaults.set(
      entry.kind,
      isolate === undefined ? fill : (value) => isolate((fill?.(value) ?? value) as ValueMap),
    );
  };
  const defaultsOf = (kind: string) => {
    const entry = kinds.get(kind);
    if (entry !== undefined && !defaults.has(kind)) prepare(entry);
    return defaults.get(kind);
  };
  for (const entry of kinds.values()) {
    if (entry.sourceUrl?.startsWith("digly:") && !used.has(entry.kind)) continue;
    await attempt(() => prepare(entry), diagnostics, entry.schemaOriginOf);
  }
  let done = 0;
  const scopesOf = ({ scopes, kind }: Pick<RegistryEntry, "scopes" | "kind">) =>
    scopes ?? kinds.get(kind)?.scopes ?? [];
  return (manifests: readonly ExpandedManifest[]) => {
    const entries: RegistryEntry[] = [];
    for (const manifest of manifests) {
      const { kind, inline } = manifest;
      const owner = inline && registry.get(inline.owner.kind, inline.owner.name);
      // What is written in a duplicate is not a second mistake.
      if (owner?.manifest !== inline?.owner) continue;
      const entry = registry.add(manifest, defaultsOf(kind), diagnostics);
      if (entry === undefined) continue;
      const own = ownScopes(kinds.get(kind)?.scopes ?? [], entry.resource);
      if (own !== undefined) entry.scopes = own;
      if (inline !== undefined && owner !== undefined) {
        entry.scopes = inlineScopes(scopesOf(entry), scopesOf(owner), inline.at, owner.urn);
      }
      options.onResource(entry);
      options.onProgress?.({ step: "resources", done: ++done });
      entries.push(entry);
    }
    return entries;
  };
}
