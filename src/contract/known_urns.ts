/**
 * The resources that exist while others are validated, for the `digly-urn` format and the keywords
 * that go with it.
 */
import { formatUrn } from "./urn.ts";

/** The resources of an app, by URN. */
export interface KnownUrns {
  exists(urn: string): boolean;
  /** True if the resource is of the kind, or of one that extends it. */
  isA(urn: string, kind: string): boolean;
}

let known: KnownUrns = { exists: () => true, isA: () => true };

/** Runs `check`, which is synchronous, with `urns` deciding which resources exist. */
export function withUrns<T>(urns: KnownUrns, check: () => T): T {
  const before = known;
  known = urns;
  try {
    return check();
  } finally {
    known = before;
  }
}

/** True if a string is the URN of a resource, and always while nothing is validated. */
export function isKnownUrn(urn: string): boolean {
  return known.exists(urn);
}

/** Whether `{kind, name}`, or `{name}` with a whole URN, names a resource. */
export function namesResource(value: Record<string, unknown>): boolean {
  const urn = urnIn(value);
  return urn === undefined || known.exists(urn);
}

/** Whether a reference names a resource of one of `kinds`; a missing one is reported elsewhere. */
export function namesResourceOf(value: unknown, kinds: string | readonly string[]): boolean {
  const urn = urnIn(value);
  if (urn === undefined || !known.exists(urn)) return true;
  return [kinds].flat().some((kind) => known.isA(urn, kind));
}

/**
 * The URN that a reference names: a string, `{kind, name}`, `{name}` with a whole URN, or the
 * `{kind, metadata}` that takes the place of an inline resource.
 */
export function urnIn(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, metadata, name = nameIn(metadata) } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== "string") return undefined;
  return typeof kind === "string" ? formatUrn(kind, name) : name;
}

function nameIn(metadata: unknown): unknown {
  return typeof metadata === "object" && metadata !== null && "name" in metadata
    ? metadata.name
    : undefined;
}
