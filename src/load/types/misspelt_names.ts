/** Names in expressions that are nearly those that exist, in resources that are not registered. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail } from "../../contract/errors.ts";
import { coveredBy, parsePattern } from "../../contract/path_pattern.ts";
import { type Deferred, isDeferred, isMap, type Path } from "../../contract/resource.ts";
import { nearestField } from "../../diagnostics/nearest.ts";
import { type Reference, referencesOf } from "../../template/deferred/deferred.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import type { App } from "../load.ts";
import type { RegistryEntry } from "../registry/registry.ts";
import { namesAt, type Scopes } from "../registry/scopes.ts";
import { rootOfKind } from "../../contract/urn.ts";

/** A reference in a resource, and the field that it is in. */
export interface PlacedReference {
  readonly reference: Reference;
  readonly path: Path;
}

/** Options of {@link reportMisspeltNames}. */
export interface MisspeltNamesOptions {
  readonly kinds: App["kinds"];
  readonly diagnostics: Diagnostics;
  /** The code of the error that a boot would report. */
  readonly code: "ERR_REFERENCE_UNRESOLVED" | "ERR_TEMPLATE_INVALID";
  /** Names that are known beside those that the kind provides. */
  readonly own: readonly string[];
}

/** Every reference in a value. */
export function referencesIn(value: unknown, path: Path = []): PlacedReference[] {
  if (isDeferred(value)) {
    return value === ERROR_VALUE
      ? []
      : referencesOf(value as Deferred).map((reference) => ({ reference, path }));
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => referencesIn(item, [...path, index]));
  }
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => referencesIn(item, [...path, key]));
}

/** Reports names that do not exist and resemble one that does. */
export function reportMisspeltNames(
  references: readonly PlacedReference[],
  entry: RegistryEntry,
  scopes: Exclude<Scopes, "*">,
  { kinds, diagnostics, code, own }: MisspeltNamesOptions,
): void {
  const roots = new Set(["env", ...own]);
  for (const name of kinds.keys()) roots.add(rootOfKind(name));
  // What is written inline in another resource has the names of its own kind as well.
  const inline = (kinds.get(entry.kind)?.resources ?? []).map(parsePattern);
  for (const { reference: { root, expression, offset, start }, path } of references) {
    const later = namesAt(scopes, path);
    if (coveredBy(inline, path) || roots.has(root) || later.has(root)) continue;
    const near = nearestField(root, [...own, ...later]);
    if (near === undefined) continue;
    const whole = entry.manifest.originAt(path);
    const part = { expression, offset, start, end: start + root.length };
    const problem = `Unknown name "${root}" in \${{ ${expression} }}`;
    diagnostics.error(
      fail(code, { problem, expression }, {
        origin: placeOfPart(whole, part) ?? whole,
        help: `Did you mean "${near}"?`,
      }),
    );
  }
}
