/** Which other resources the instances of an app have looked at, beside those that they depend on. */

/** What one instance has looked at. */
interface Reads {
  /** Kinds whose resources it has listed; `*` for all of them. */
  readonly kinds: Set<string>;
  /** Resources that it has asked about by URN. */
  readonly urns: Set<string>;
}

/** The reads of all instances. */
export interface ReadLog {
  /** Notes that `owner` has listed the resources of a kind, or of all kinds with `*`. */
  listed(owner: string, kind: string): void;
  /** Notes that `owner` has asked about a resource. */
  asked(owner: string, urn: string): void;
  kindsOf(owner: string): ReadonlySet<string>;
  hasAsked(owner: string, urn: string): boolean;
  /** Forgets what an instance has read, since another one takes its place. */
  forget(owner: string): void;
}

const NONE: ReadonlySet<string> = new Set();

/** Creates an empty log. */
export function createReadLog(): ReadLog {
  const all = new Map<string, Reads>();

  function readsOf(owner: string): Reads {
    let reads = all.get(owner);
    if (reads === undefined) all.set(owner, reads = { kinds: new Set(), urns: new Set() });
    return reads;
  }

  return {
    listed: (owner, kind) => void readsOf(owner).kinds.add(kind),
    asked: (owner, urn) => void readsOf(owner).urns.add(urn),
    kindsOf: (owner) => all.get(owner)?.kinds ?? NONE,
    hasAsked: (owner, urn) => all.get(owner)?.urns.has(urn) ?? false,
    forget: (owner) => void all.delete(owner),
  };
}
