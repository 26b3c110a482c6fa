/** The stage of loading that registers resources, with the defaults and the scopes of their kinds. */
import type { ExpandedManifest } from "../contract/source.ts";
import { compileDefaults, type FillDefaults } from "../schema/defaults.ts";
import type { ValueMap } from "../contract/resource.ts";
import { isolateByDefault } from "./isolate_scripts.ts";
import type { LoadOptions } from "./options.ts";
import { attempt } from "./read_manifests.ts";
import type { KindTable } from "./registry/kinds.ts";
import type { Registry, RegistryEntry } from "./registry/registry.ts";
import { inlineScopes, ownScopes } from "./registry/scopes.ts";

/** Registers manifests; returns the entries of those that are sound. */
export type Register = (manifests: readonly ExpandedManifest[]) => RegistryEntry[];

/** Prepares the defaults of all kinds, and gives what registers their resources. */
export async function createRegistration(
  registry: Registry,
  kinds: KindTable,
  options: LoadOptions,
): Promise<Register> {
  const { diagnostics } = options;
  const defaults = new Map<string, FillDefaults | undefined>();
  for (const { kind, schema, schemaOriginOf } of kinds.values()) {
    await attempt(
      () => void defaults.set(kind, compileDefaults(schema, options.limits)),
      diagnostics,
      schemaOriginOf,
    );
  }
  if (options.isolateScripts) {
    for (const entry of kinds.values()) {
      const isolate = isolateByDefault(entry, kinds);
      const fill = defaults.get(entry.kind);
      if (isolate === undefined) continue;
      defaults.set(entry.kind, (value) => isolate((fill?.(value) ?? value) as ValueMap));
    }
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
      const entry = registry.add(manifest, defaults.get(kind), diagnostics);
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
