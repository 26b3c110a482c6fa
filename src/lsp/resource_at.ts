/** Which resource a place in a document belongs to, and what its kind says about the place. */
import { coveredBy, parsePattern } from "../contract/path_pattern.ts";
import {
  DEFINITION_SCHEMA,
  KIND_DEFINITION_SCHEMA,
  MANIFEST_SCHEMA,
  TEMPLATE_SCHEMA,
} from "../contract/manifest_schema.ts";
import type { Path } from "../contract/resource.ts";
import type { SchemaMap } from "../contract/schema_map.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import type { KindEntry } from "../load/registry/kinds.ts";
import { opaquePathsOf } from "../load/registry/opaque_paths.ts";
import { templateOf } from "./analysis.ts";
import { isTransparent, schemasAt } from "./schema_walk.ts";
import { type Found, type MapNode, textOf, valueOf, type YamlNode } from "./yaml_tree.ts";

/** A resource, or the manifest, that is written in a document. */
export interface WrittenResource {
  /** `undefined` for the manifest of a module, and while the kind is not written yet. */
  readonly kind: string | undefined;
  readonly name: string | undefined;
  readonly node: MapNode;
  /** What is known about the kind. */
  readonly entry: KindEntry | undefined;
  /** The path of the place in it. */
  readonly path: Path;
  readonly isManifest: boolean;
}

/** What is known where a resource is looked for. */
export interface ResourceContext {
  /** True in the first document of a manifest. */
  readonly isFirst: boolean;
  readonly app: LoadedApp | undefined;
  /** The built-in kinds, for those that the app does not import. */
  readonly builtins?: ReadonlyMap<string, { readonly entry: KindEntry }>;
}

/** The innermost resource around a node. */
export function resourceAround(
  found: Pick<Found, "path" | "parents">,
  { isFirst, app, builtins }: ResourceContext,
): WrittenResource | undefined {
  const { path, parents } = found;
  for (const [depth, node] of [...parents.entries()].reverse()) {
    if (node.type !== "map") continue;
    const at = path.slice(0, depth);
    if (depth > 0 && !isInlinePlace(node, at, parents, app)) continue;
    const kind = textOf(node, "kind");
    return {
      kind,
      name: textOf(node, "metadata", "name"),
      entry: kind === undefined ? undefined : app?.kinds.get(kind) ?? builtins?.get(kind)?.entry,
      node,
      path: path.slice(depth),
      isManifest: depth === 0 && isFirst && kind === undefined &&
        valueOf(node, "metadata") === undefined,
    };
  }
  return undefined;
}

/** True for a map within a document that is a resource of its own. */
function isInlinePlace(
  node: MapNode,
  at: Path,
  parents: readonly YamlNode[],
  app: LoadedApp | undefined,
): boolean {
  const last = at.at(-1);
  const root = parents[0];
  const rootKind = textOf(root, "kind");
  // The body of a template, and what a directive produces in the place of a document.
  if (rootKind === KERNEL_KINDS.template) return at.length === 2 && at[0] === "resources";
  const isDirective = ["$then", "$else", "$do"].includes(String(last));
  if (
    isDirective &&
    at.every((step) => ["$then", "$else", "$do"].includes(String(step)) || typeof step === "number")
  ) {
    return true;
  }
  if (typeof last === "number" && at.length === 2 && at[0] === "$do") return true;
  if (textOf(node, "kind") === undefined || rootKind === undefined) return false;
  const patterns = app?.kinds.get(rootKind)?.resources.map(parsePattern) ?? [];
  return coveredBy(patterns, at) && valueOf(node, "name") === undefined;
}

/** The schema of the fields of a resource, without `kind` and `metadata`. */
export function schemaOfKind(
  { kind, entry }: Pick<WrittenResource, "kind" | "entry">,
  app: LoadedApp | undefined,
): unknown {
  if (kind === undefined) return undefined;
  if (kind === KERNEL_KINDS.template) return TEMPLATE_SCHEMA;
  if (kind === KERNEL_KINDS.definition) return DEFINITION_SCHEMA;
  if (kind === KERNEL_KINDS.kindDefinition) return KIND_DEFINITION_SCHEMA;
  if (entry !== undefined || app === undefined) return entry?.schema;
  return templateOf(kind, app)?.resource["schema"];
}

const METADATA: SchemaMap = {
  type: "object",
  required: ["name"],
  description: "The name of the resource, and your own labels.",
  properties: {
    name: { type: "string", description: "The name of the resource, unique within its kind." },
  },
};

const DEFINITION_METADATA: SchemaMap = {
  type: "object",
  required: ["name", "resourceKind"],
  properties: {
    name: { type: "string", description: "The name of the definition." },
    resourceKind: { type: "string", description: "The kind, without the name of its module." },
    module: { type: "string", description: "The module's name in the kind; empty for none." },
  },
};

const KIND: SchemaMap = { type: "string", description: "The kind of the resource." };

/** The schemas at a path of a resource or a manifest. */
export function schemasOf(
  resource: Pick<WrittenResource, "kind" | "entry" | "isManifest">,
  path: Path,
  app: LoadedApp | undefined,
): readonly SchemaMap[] {
  const { kind, isManifest } = resource;
  if (isManifest) return schemasAt(MANIFEST_SCHEMA, path);
  const metadata = kind === KERNEL_KINDS.definition ? DEFINITION_METADATA : METADATA;
  if (path[0] === "kind") return [KIND];
  if (path[0] === "metadata") return schemasAt(metadata, path.slice(1));
  const own = schemasAt(schemaOfKind(resource, app), path);
  const frame: SchemaMap = { properties: { kind: KIND, metadata }, required: ["kind", "metadata"] };
  return path.every(isTransparent) ? [...own, frame] : own;
}

/** True where a subtree contains no expressions and no directives. */
export function isOpaque({ kind, path, entry }: WrittenResource): boolean {
  if (entry === undefined) {
    return kind === KERNEL_KINDS.definition ||
      (kind === KERNEL_KINDS.template && path[0] === "schema");
  }
  return coveredBy(opaquePathsOf(entry).map(parsePattern), path);
}
