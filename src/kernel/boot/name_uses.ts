/** The names that the expressions of a resource use, as checks and controllers ask for them. */
import type { NameUse } from "../../contract/check.ts";
import {
  type Deferred,
  isDeferred,
  type Path,
  type RuntimeResource,
  valueAt,
} from "../../contract/resource.ts";
import { referencesOf } from "../../template/deferred/deferred.ts";
import { deferredIn } from "./deferred_places.ts";

/** The uses in one resource. */
export interface NameUses {
  /** Adds a field that is an expression without `${{ }}`. */
  add(at: Path, deferred: Deferred): void;
  /** The uses at a path or below it. */
  at(path: Path): readonly NameUse[];
}

/** Creates the list of a resource. */
export function createNameUses(resource: RuntimeResource): NameUses {
  const bare: { readonly at: Path; readonly deferred: Deferred }[] = [];
  return {
    add(at, deferred) {
      if (!isDeferred(valueAt(resource, at))) bare.push({ at, deferred });
    },
    at(path) {
      const written = deferredIn(valueAt(resource, path)).map(({ deferred, path: below }) =>
        usesOf(deferred, [...path, ...below])
      );
      const further = bare.filter(({ at }) => path.every((step, index) => at[index] === step))
        .map(({ at, deferred }) => usesOf(deferred, at));
      return [...written, ...further].flat();
    },
  };
}

function usesOf(deferred: Deferred, at: Path): NameUse[] {
  return referencesOf(deferred).map(({ root, path, complete, start, end, offset, source }) => ({
    path: [root, ...path],
    isWhole: complete,
    at,
    // What a template or another file provided is not in this text.
    part: source === undefined ? { start: offset + start, end: offset + end } : undefined,
  }));
}
