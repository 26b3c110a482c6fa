/** Finds out how the resources of an app are connected. */
import type { CodeTrust } from "../contract/code.ts";
import type { Connection, ConnectionReason, ResourceGraph } from "../contract/graph.ts";
import { urnIn } from "../contract/known_urns.ts";
import { formatField } from "../contract/field_path.ts";
import { isDeferred, type Path } from "../contract/resource.ts";
import { formatUrn } from "../contract/urn.ts";
import { referencesOf } from "../template/deferred/deferred.ts";
import { findTargets } from "./references/namespaces.ts";
import type { Registry, RegistryEntry } from "./registry/registry.ts";

/** Makes the graph; `readyFor` gives the fields that name what must be initialised first. */
export function graphOf(
  registry: Registry,
  readyFor: (urn: string) => readonly { readonly urn: string; readonly path: Path }[],
  codeOf: (entry: RegistryEntry) => CodeTrust | undefined,
): ResourceGraph {
  const entries = registry.entries();
  const connections = new Map<string, Connection>();
  const add = (from: string, to: string, why: ConnectionReason, path: Path) => {
    if (from === to && why !== "execution") return;
    const field = formatField(path);
    const key = JSON.stringify([from, to, why, field]);
    if (!connections.has(key)) connections.set(key, { from, to, why, field });
  };
  for (const entry of entries) {
    const { urn, manifest, resource } = entry;
    const { inline } = manifest;
    if (inline !== undefined) {
      add(formatUrn(inline.owner.kind, inline.owner.name), urn, "inline", inline.at);
    }
    const template = templateOf(entry, registry);
    if (template !== undefined) add(urn, template, "instance of", []);
    const ready = new Set(readyFor(urn).map(({ urn, path }) => JSON.stringify([urn, path])));
    const { kind: _kind, metadata: _metadata, ...fields } = resource;
    visit(fields, [], (value, path) => {
      const named = path.length === 0 ? undefined : urnIn(value);
      if (named === undefined || !registry.urns.has(named)) return false;
      const isReady = ready.delete(JSON.stringify([named, path]));
      add(urn, named, reasonFor(path, isReady), path);
      return true;
    });
    for (const { urn: needed, path } of readyFor(urn)) {
      if (ready.has(JSON.stringify([needed, path])) && inlineOwner(needed, registry) !== urn) {
        add(urn, needed, "ready", path);
      }
    }
    visit(manifest.value, [], (value, path) => {
      if (!isDeferred(value)) return false;
      for (const reference of referencesOf(value)) {
        for (const { entry: target } of findTargets(reference, registry) ?? []) {
          add(urn, target.urn, "reference", path);
        }
      }
      return true;
    });
  }
  return {
    resources: entries.map((entry) => {
      const code = codeOf(entry);
      return { urn: entry.urn, kind: entry.kind, ...(code === undefined ? {} : { code }) };
    }),
    connections: [...connections.values()],
  };
}

function reasonFor(path: Path, isReady: boolean): ConnectionReason {
  if (path[0] === "mounts") return "mount";
  return isReady ? "ready" : "execution";
}

function inlineOwner(urn: string, registry: Registry): string | undefined {
  const owner = registry.entries().find((entry) => entry.urn === urn)?.manifest.inline?.owner;
  return owner && formatUrn(owner.kind, owner.name);
}

/** The template that a generated resource comes from. */
function templateOf({ manifest }: RegistryEntry, registry: Registry): string | undefined {
  if (manifest.generationDepth === 0) return undefined;
  const { file, line } = manifest.originAt([]);
  const templates = registry.ofKind("TemplateDefinition").filter((template) => {
    const start = template.manifest.originAt([]);
    return start.file === file && start.line <= line;
  });
  return templates.at(-1)?.urn;
}

/** Visits the values of a resource, containers before what is in them unless `call` returns true. */
function visit(value: unknown, path: Path, call: (value: unknown, path: Path) => boolean): void {
  if (call(value, path) || typeof value !== "object" || value === null || isDeferred(value)) return;
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    visit(item, [...path, isList ? Number(key) : key], call);
  }
}
