/**
 * Type-checks the `${{ }}` of resources in branches of directives that were not taken: as those of
 * resources of the app, except that what they refer to may exist only where the branch is taken.
 */
import type { VariableTypes } from "../../cel/check/environment.ts";
import { typeOfValue } from "../../cel/check/value_type.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type PatternSet, patternSetOf } from "../../contract/pattern_set.ts";
import {
  asResource,
  isMap,
  type Path,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import { setOwn } from "../../contract/own_key.ts";
import type { Located } from "../../contract/source.ts";
import { defer, type DeferredPart } from "../../template/deferred/deferred_expression.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";
import { hasDirective } from "../../template/directives/table.ts";
import { ExpressionError } from "../../template/expr/expression_error.ts";
import { exactCode, hasExpression, scan } from "../../template/expr/interpolate.ts";
import { isOpaqueKey } from "../../template/opaque.ts";
import type { App } from "../load.ts";
import { findTargets, setIn } from "../references/namespaces.ts";
import type { KindEntry } from "../registry/kinds.ts";
import { opaquePathsOf } from "../registry/opaque_paths.ts";
import type { RegistryEntry } from "../registry/registry.ts";
import { ownScopes } from "../registry/scopes.ts";
import { type PlacedReference, referencesIn, reportMisspeltNames } from "./misspelt_names.ts";
import { checkExpressions } from "./type_check.ts";
import { rootOfKind } from "../../contract/urn.ts";

/** A resource in a branch: its fields, and where each of them is written. */
export interface SkippedResource {
  readonly kind: string;
  /** True if it may be written inline in another one. */
  readonly isInline: boolean;
  readonly document: Located;
  readonly fields: ReadonlyMap<string, { readonly node: Value; readonly path: Path }>;
}

type Tables = Pick<App, "registry" | "kinds">;

/** Reports what is wrong in the `${{ }}` of a resource. */
export async function checkSkippedResource(
  resource: SkippedResource,
  tables: Tables,
  diagnostics: Diagnostics,
): Promise<void> {
  const kind = tables.kinds.get(resource.kind);
  if (kind === undefined || kind.scopes === "*") return;
  const entry = entryOf(resource, kind);
  const scopes = ownScopes(kind.scopes, entry.resource) ?? kind.scopes;
  if (scopes === "*") return;
  entry.scopes = scopes;
  const references = referencesIn(entry.resource);
  if (!resource.isInline) {
    const { kinds } = tables;
    const options = { kinds, diagnostics, code: "ERR_REFERENCE_UNRESOLVED" as const, own: [] };
    reportMisspeltNames(references, entry, scopes, options);
  }
  const names = resourceTypes(references, tables);
  await checkExpressions([entry], { ...tables, diagnostics, names });
}

/** The types of the resources that are referred to and exist. */
function resourceTypes(
  references: readonly PlacedReference[],
  { registry, kinds }: Tables,
): VariableTypes {
  const namespaces = new Map<string, unknown>();
  for (const { reference } of references) {
    const { root, path } = reference;
    const targets = findTargets(reference, registry);
    // It may exist where the branch is taken.
    if (targets === undefined) setIn(namespaces, [root, ...path], ERROR_VALUE);
    for (const { entry, steps } of targets ?? []) {
      const isProvided = kinds.get(entry.kind)?.valueExpression !== undefined;
      setIn(namespaces, [root, ...steps], isProvided ? ERROR_VALUE : entry.resource);
    }
  }
  const roots = new Set(Array.from(kinds.keys(), (kind) => rootOfKind(kind)));
  return (name) =>
    roots.has(name) && namespaces.has(name) ? typeOfValue(namespaces.get(name)) : undefined;
}

/** An entry as that of a registered resource, and the expressions in it. */
function entryOf(
  { kind, document, fields }: SkippedResource,
  kindEntry: KindEntry,
): RegistryEntry {
  const patterns = patternSetOf(opaquePathsOf(kindEntry));
  const value: ValueMap = {};
  for (const [key, { node }] of fields) {
    if (key === "kind" || key === "metadata") continue;
    const inner = patterns?.next(key);
    const isOpaque = isOpaqueKey(key, true) || inner?.isEnd;
    setOwn(value, key, isOpaque ? node : later(node, inner));
  }
  const metadata = fields.get("metadata")?.node;
  const written = isMap(metadata) ? metadata["name"] : undefined;
  const name = typeof written === "string" && !hasExpression(written) ? written : "…";
  const originAt: Located["originAt"] = ([first, ...rest], anchor) => {
    const field = first === undefined ? undefined : fields.get(String(first));
    return document.originAt(field === undefined ? [] : [...field.path, ...rest], anchor);
  };
  const { source } = document;
  return {
    urn: `${kind}.${name}`,
    kind,
    name,
    resource: asResource(value),
    manifest: { kind, name, value, uri: "", generationDepth: 0, source, originAt },
  };
  /** The value with its `${{ }}`; what only compiling could tell is not known. */
  function later(node: Value, opaque: PatternSet | undefined): Value {
    if (typeof node === "string") {
      return hasExpression(node) ? laterText(node) : node;
    }
    if (Array.isArray(node)) {
      return node.map((item, index) => {
        const inner = opaque?.next(index);
        return inner?.isEnd ? item : later(item, inner);
      });
    }
    if (!isMap(node)) return node;
    if (hasDirective(node)) return ERROR_VALUE;
    const map: ValueMap = {};
    for (const [key, item] of Object.entries(node)) {
      const inner = opaque?.next(key);
      const isOpaque = isOpaqueKey(key, false) || inner?.isEnd;
      setOwn(map, key, isOpaque ? item : later(item, inner));
    }
    return map;
  }
}

function laterText(text: string): Value {
  try {
    const parts = scan(text, "both");
    if (parts.every((part) => typeof part === "string")) return parts.join("");
    const codes = parts.map((part): DeferredPart =>
      typeof part === "string" || !part.later
        ? ""
        : { program: part.program, offset: part.offset, bound: undefined }
    );
    if (codes.every((code) => code === "")) return ERROR_VALUE;
    return defer(codes, exactCode(parts) !== undefined);
  } catch (error) {
    // It is reported where the branch is checked.
    if (error instanceof ExpressionError) return ERROR_VALUE;
    throw error;
  }
}
