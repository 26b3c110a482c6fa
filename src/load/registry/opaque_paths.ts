/** The parts of resources in which nothing is evaluated. */
import type { KindEntry } from "./kinds.ts";

type Paths = Pick<KindEntry, "opaque" | "schemas">;

const known = new WeakMap<Paths, readonly string[]>();

/** The paths of a kind's opaque data and schemas; always the same list, by which others are kept. */
export function opaquePathsOf(kind: Paths): readonly string[] {
  let paths = known.get(kind);
  if (paths === undefined) known.set(kind, paths = [...kind.opaque, ...kind.schemas]);
  return paths;
}
