/** Resources that a controller adds while the app boots. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import { isDeferred, type Value } from "../../contract/resource.ts";
import type { ExpandedManifest, Located } from "../../contract/source.ts";
import { formatUrn } from "../../contract/urn.ts";
import { setOwn } from "../../contract/own_key.ts";

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

/** Which resource registered which, while an app boots. */
export interface Creators {
  /** From the outermost resource to `creator`, each registered by the one before it. */
  chainTo(creator: Creator): readonly Creator[];
  /** Notes that `creator` registered `created`. */
  add(created: readonly Creator[], creator: Creator): void;
}

/** Makes a record of creators; nothing was registered yet. */
export function createCreators(): Creators {
  const creatorOf = new Map<string, Creator>();
  return {
    chainTo(creator) {
      const chain = [creator];
      for (let at = creatorOf.get(creator.urn); at !== undefined; at = creatorOf.get(at.urn)) {
        chain.unshift(at);
      }
      return chain;
    },
    add(created, creator) {
      for (const { urn } of created) creatorOf.set(urn, creator);
    },
  };
}

/**
 * A manifest from code as data of our own: what the controller keeps of it changes nothing.
 * Its strings are text, whatever they hold. The last of `chain` registers it. Throws
 * `ERR_MANIFEST_INVALID` for what is not data, and `ERR_LIMIT_EXCEEDED` for a chain that is too
 * long: without a bound, resources that register each other would never end.
 */
export function readAddition(
  manifest: unknown,
  chain: readonly Creator[],
  limits: Limits,
): Addition {
  // The chain begins with the resource whose controller registers another.
  const creator = chain.at(-1)!;
  const { source, uri, generationDepth } = creator.manifest;
  const value = copy(manifest, creator, limits.nesting);
  if (chain.length > limits.registrationDepth) throw tooDeep(chain, value, limits);
  return {
    value,
    source,
    uri: `${uri}/${encodeURI(urnIn(value))}`,
    generationDepth: generationDepth + 1,
    originAt: () => creator.manifest.originAt(["kind"]),
  };
}

function tooDeep(
  chain: readonly Creator[],
  value: Value,
  { registrationDepth }: Limits,
): DiglyError {
  const urns = [...chain.map(({ urn }) => urn), urnIn(value)].join(" → ");
  return fail("ERR_LIMIT_EXCEEDED", {
    problem:
      `Resources that controllers register nest more than ${registrationDepth} levels deep: ${urns}`,
    limit: "registrationDepth",
  }, {
    // As above, the chain is not empty.
    origin: chain[0]!.manifest.originAt(["kind"]),
    help: raiseLimit(
      "registrationDepth",
      registrationDepth,
      "Let a resource register others only when it was not registered for the same purpose",
    ),
  });
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
      if (depthLeft === 0) throw refused(creator, "nests too deeply or contains itself");
      if (Array.isArray(value)) return value.map((item) => copy(item, creator, depthLeft - 1));
      if (isPlain(value)) return copyMap(value, creator, depthLeft - 1);
  }
  const what = typeof value === "object" ? value?.constructor.name : String(typeof value);
  throw refused(creator, `contains a value that is not data (${what})`);
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
