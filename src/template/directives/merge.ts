/** Merging mappings that come from different sourceMap. */
import type { ValueMap } from "../../contract/resource.ts";
import { setOwn } from "../../contract/own_key.ts";
import type { Children, SourceLocation } from "../compile/source_map.ts";
import type { CompileContext, Frame, Mapping } from "../compile/context.ts";

/** A mapping that is put together, with the places of its entries. */
export interface Merged {
  readonly value: ValueMap;
  readonly children: Children;
}

/** Begins a mapping that {@link addEntries} fills. */
export function beginMerge(context: CompileContext): Merged {
  const merged = { value: {}, children: new Map() };
  context.sourceMap.set(merged.value, merged.children);
  return merged;
}

/** Adds the entries of `source`, over those there are; without a `place` they stand here. */
export function addEntries(
  context: CompileContext,
  { value, children }: Merged,
  source: ValueMap,
  place?: SourceLocation,
): void {
  const moved = context.sourceMap.get(source);
  for (const [key, item] of Object.entries(source)) {
    setOwn(value, key, item);
    const from = moved?.get(key) ??
      (place === undefined ? undefined : { document: place.document, path: [...place.path, key] });
    if (from === undefined) children.delete(key);
    else children.set(key, from);
  }
}

/** The frame of a mapping that is merged with the entries beside a directive. */
export function mergedFrame({ node, frame, hasEntries }: Mapping): Frame {
  return hasEntries && Object.hasOwn(node, "kind") ? { ...frame, hasKind: true } : frame;
}
