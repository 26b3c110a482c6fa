/** Whether a resource, or its kind, is the same in two versions of an app. */
import { isDeferred } from "../../contract/resource.ts";
import type { Implementation, KindEntry } from "../../load/registry/kinds.ts";
import type { RegistryEntry } from "../../load/registry/registry.ts";
import { isExact } from "../../template/deferred/deferred.ts";

/** What of a kind matters to a running instance; its words and its check do not. */
const KIND_FIELDS = [
  "module",
  "servedBy",
  "extends",
  "errors",
  "schema",
  "unknownFields",
  "implements",
  "events",
  "scopes",
  "expects",
  "execution",
  "provides",
  "opaque",
  "resources",
  "schemas",
  "parts",
  "valueExpression",
] as const satisfies readonly (keyof KindEntry)[];

/** True if a resource has the same fields, in the same file, with the same names in its expressions. */
export function isSameResource(one: RegistryEntry, other: RegistryEntry): boolean {
  return one.manifest.source.url === other.manifest.source.url &&
    isSame(one.resource, other.resource) && isSame(one.scopes, other.scopes);
}

/** True if a kind is defined in the same way. */
export function isSameKind(one: KindEntry | undefined, other: KindEntry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return isSame(withoutOrigins(one.implementation), withoutOrigins(other.implementation)) &&
    KIND_FIELDS.every((field) => isSame(one[field], other[field]));
}

/** Compares plain data, maps, and expressions by their text and the values that they know. */
export function isSame(one: unknown, other: unknown): boolean {
  // Without recursion, because values may nest deeply.
  const pairs: [unknown, unknown][] = [[one, other]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair;
    if (Object.is(a, b)) continue;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (isDeferred(a) || isDeferred(b)) {
      if (!isDeferred(a) || !isDeferred(b)) return false;
      if (isExact(a) !== isExact(b) || String(a) !== String(b)) return false;
      continue;
    }
    const [left, right] = [entriesOf(a), entriesOf(b)];
    if (Array.isArray(a) !== Array.isArray(b) || left.size !== right.size) return false;
    for (const [key, value] of left) {
      if (!right.has(key)) return false;
      pairs.push([value, right.get(key)]);
    }
  }
  return true;
}

function entriesOf(value: object): ReadonlyMap<unknown, unknown> {
  return value instanceof Map ? value : new Map(Object.entries(value));
}

/** An implementation without the places where its controllers are written. */
function withoutOrigins(implementation: Implementation): unknown {
  if (implementation.type !== "entries") return implementation;
  return implementation.entries.map(({ runtimes, entrypoint, base, limits }) => (
    { runtimes, entrypoint, base, limits }
  ));
}
