/**
 * Lists whose items have a `for` or `if` of their own, such as the steps of a pipeline. Inside a
 * template, these keys belong to the kind if its definition lists their paths in `opaque` or `scopes`.
 */
import { covers, leadsTo, parsePattern } from "../../contract/path_pattern.ts";
import type { Path } from "../../contract/resource.ts";
import { namesField } from "../../schema/unknown_fields.ts";
import type { KindEntry, KindTable } from "./kinds.ts";

/** True for the path of a key that belongs to the kind. */
export type OwnsKey = (path: Path) => boolean;

/** Makes a function that finds the keys of each kind, once; `undefined` for a kind without any. */
export function createOwnedKeys(kinds: KindTable): (kind: string) => OwnsKey | undefined {
  const known = new Map<string, OwnsKey | undefined>();
  return (kind) => {
    if (!known.has(kind)) known.set(kind, ownedKeys(kinds.get(kind)));
    return known.get(kind);
  };
}

function ownedKeys(entry: KindEntry | undefined): OwnsKey | undefined {
  if (entry === undefined) return undefined;
  const { opaque, scopes, schema } = entry;
  const listed = [
    ...opaque.map(parsePattern),
    ...scopes === "*" ? [] : scopes.map(({ path }) => path),
  ];
  // The whole resource is not a list.
  const paths = listed.filter(({ length }) => length > 0);
  if (paths.length === 0) return undefined;
  return (path) =>
    paths.some((pattern) => {
      if (!covers(pattern, path)) return false;
      const isListed = leadsTo(pattern, path) && pattern.at(-1) === path.at(-1);
      // A path above the key covers it if the schema has the key.
      return isListed || namesField(schema, path);
    });
}
