/**
 * Maps compiled nodes to their locations in the source. Most nodes keep their paths; only those
 * that a directive or an expression moved are recorded.
 */
import type { Origin } from "../../contract/errors.ts";
import type { Path, PathSegment, Value } from "../../contract/resource.ts";
import type { Anchor, Located } from "../../contract/source.ts";

/** A node of a source. */
export interface SourceLocation {
  readonly document: Located;
  readonly path: Path;
}

/** The locations of the children of a container that were moved. */
export type Children = Map<PathSegment, SourceLocation>;

/** The containers whose children were moved. */
export type SourceMap = WeakMap<object, Children>;

/** The place in a source of the node at `path` of a compiled value. */
export function originOf(
  root: Value,
  place: SourceLocation,
  sourceMap: SourceMap,
  path: Path,
  anchor: Anchor | undefined,
): Origin {
  let { document, path: steps } = place;
  let node: unknown = root;
  for (const step of path) {
    const moved = typeof node === "object" && node !== null
      ? sourceMap.get(node)?.get(step)
      : undefined;
    if (moved === undefined) steps = [...steps, step];
    else ({ document, path: steps } = moved);
    node = typeof node === "object" && node !== null && Object.hasOwn(node, step)
      ? (node as Record<PathSegment, unknown>)[step]
      : undefined;
  }
  return document.originAt(steps, anchor);
}
