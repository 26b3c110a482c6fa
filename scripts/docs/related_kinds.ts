/** Which kinds have to do with each other, as their schemas say. */
import { isSchemaMap } from "../../src/contract/schema_map.ts";
import type { KindDescription } from "../../src/contract/kind_description.ts";

/** The kinds to look at next; none is in two lists. */
export interface RelatedKinds {
  readonly base: readonly KindDescription[];
  /** Those whose resources its fields name. */
  readonly uses: readonly KindDescription[];
  /** Those with fields that name its resources. */
  readonly usedBy: readonly KindDescription[];
  /** The others of its module. */
  readonly siblings: readonly KindDescription[];
}

/** The kinds that have to do with `kind`. */
export function relatedKinds(
  kind: KindDescription,
  kinds: readonly KindDescription[],
): RelatedKinds {
  const named = new Set([kind.kind]);
  const others = (isWanted: (other: KindDescription) => boolean) => {
    const wanted = kinds.filter((other) => !named.has(other.kind) && isWanted(other));
    for (const { kind } of wanted) named.add(kind);
    return wanted;
  };
  return {
    base: others((other) => other.kind === kind.extends),
    uses: others((other) => refersTo(kind, other)),
    usedBy: others((other) => refersTo(other, kind)),
    siblings: others((other) => other.module === kind.module),
  };
}

/** True if a field of `from` asks for a resource of the kind `to`, or of a contract that it fulfils. */
function refersTo(from: KindDescription, to: KindDescription): boolean {
  const names = [to.kind, ...to.implements];
  return wantedKinds(from.schema).some((wanted) => names.includes(wanted));
}

function wantedKinds(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(wantedKinds);
  if (!isSchemaMap(schema)) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === "digly:kind" ? [value].flat() as string[] : wantedKinds(value)
  );
}
