/** Resources that a controller adds while the app boots. Rules: decision D-35. */
import { fail } from "../contract/errors.ts";
import type { Limits } from "../contract/limits.ts";
import { isDeferred, type Value } from "../contract/resource.ts";
import type { ExpandedManifest, Located } from "../contract/source.ts";
import { formatUrn } from "../contract/urn.ts";
import { setOwn } from "../expr/values.ts";

/** A manifest from code, on its way to be expanded. */
export interface Addition extends Located {
  readonly value: Value;
  readonly uri: string;
  readonly generationDepth: number;
}

/** The resource whose controller adds another. */
export interface Creator {
  readonly urn: string;
  readonly manifest: ExpandedManifest;
}

/**
 * A manifest from code as data of our own: what the controller keeps of it changes nothing.
 * Its strings are text, whatever they hold. Throws `ERR_MANIFEST_INVALID` for what is no data.
 */
export function readAddition(manifest: unknown, creator: Creator, limits: Limits): Addition {
  const { source, uri, generationDepth } = creator.manifest;
  const value = copy(manifest, creator, limits.nesting);
  return {
    value,
    source,
    uri: `${uri}/${encodeURI(urnIn(value))}`,
    generationDepth: generationDepth + 1,
    originAt: () => creator.manifest.originAt(["kind"]),
  };
}

/** `Kind.Name` of what has both; its shape is checked later. */
function urnIn(value: Value): string {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } };
  return formatUrn(String(kind), String(metadata?.name));
}

function copy(value: unknown, creator: Creator, depthLeft: number): Value {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "object":
      if (value === null || isDeferred(value)) return value;
      if (depthLeft === 0) throw refused(creator, "nests too deeply, or holds itself");
      if (Array.isArray(value)) return value.map((item) => copy(item, creator, depthLeft - 1));
      if (isPlain(value)) return copyMap(value, creator, depthLeft - 1);
  }
  const what = typeof value === "object" ? value!.constructor.name : String(typeof value);
  throw refused(creator, `holds what is no data (${what})`);
}

function copyMap(value: object, creator: Creator, depthLeft: number): Value {
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) setOwn(result, key, copy(item, creator, depthLeft));
  }
  return result as Value;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function refused({ urn, manifest }: Creator, what: string): Error {
  return fail("ERR_MANIFEST_INVALID", { problem: `A resource that ${urn} registers ${what}` }, {
    origin: manifest.originAt(["kind"]),
    help: "Register mappings, lists, strings, numbers, booleans and null",
  });
}
