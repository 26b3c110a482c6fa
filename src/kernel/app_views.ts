/** What contexts and expressions see of an app. */
import { isRemote } from "../contract/location.ts";
import { urnIn } from "../contract/known_urns.ts";
import { parseUrn } from "../contract/urn.ts";
import type { App } from "../load/load.ts";
import type { Registry } from "../load/registry/registry.ts";
import { createDeferredPlaces } from "./boot/deferred_places.ts";
import type { ExpressionServices, ResourceView } from "./boot/services.ts";

/** The number of views that were created; each version of an app has one. */
let versions = 0;

/** The registry as contexts read it. */
export function createResourceView(
  registry: Registry,
  kinds: Pick<ResourceView, "ownerOf" | "isA">,
): ResourceView {
  const version = ++versions;
  return {
    all: () => registry.entries().map(({ resource }) => resource),
    revision: () => `${version}:${registry.entries().length}`,
    has: (urn) => entryOf(registry, urn) !== undefined,
    mentions: (urn, other) => mentions(entryOf(registry, urn)?.resource, other),
    byUri: (uri) => registry.byUri(uri)?.resource,
    bySource: (path) => registry.bySource(path).map(({ resource }) => resource),
    byDepth: (depth) => registry.byDepth(depth).map(({ resource }) => resource),
    ...kinds,
  };
}

/** What compiling the expressions of resources needs. */
export function createExpressionServices(
  { registry, kinds, limits, env }: Pick<App, "registry" | "kinds" | "limits" | "env">,
): ExpressionServices {
  const scopesOf = (urn: string) => {
    const entry = entryOf(registry, urn);
    return entry?.scopes ?? kinds.get(entry?.kind ?? "")?.scopes ?? [];
  };
  return {
    places: createDeferredPlaces(
      () => registry.entries(),
      ({ urn }) => scopesOf(urn).length !== 0,
    ),
    scopesOf,
    kinds,
    limits,
    environmentOf: (urn) => {
      const url = entryOf(registry, urn)?.manifest.source.url;
      return url === undefined || isRemote(url) ? {} : env;
    },
  };
}

function entryOf(registry: Registry, urn: string) {
  const parsed = parseUrn(urn);
  return parsed && registry.get(parsed.kind, parsed.name);
}

/** True if data names a resource somewhere, by its URN or by kind and name. */
function mentions(value: unknown, urn: string): boolean {
  if (typeof value !== "object" || value === null) return value === urn;
  return urnIn(value) === urn || Object.values(value).some((item) => mentions(item, urn));
}
