/**
 * The subscriptions and interceptors of instances that a reload is about to replace: their
 * successors have the same name, so each side must be able to end without the other.
 */

/** Something that belongs to resources, by their URN. */
export interface Owned {
  ofOwner(owner: string): ReadonlySet<object>;
  removeOwner(owner: string, except?: ReadonlySet<object>): void;
  remove(owner: string, some: ReadonlySet<object>): void;
}

/** What belongs to resources, and during a reload what belongs to their previous instances. */
export interface Retained {
  /** Notes what belongs to resources now; {@link end} leaves it alone until {@link release}. */
  retain(owners: Iterable<string>): void;
  /** Ends what belongs to a resource. */
  end(owner: string): void;
  /** Ends what was retained, and retains nothing any more. */
  endRetained(): void;
  /** Gives what was retained back to its owners. */
  release(): void;
}

/** Creates it for the bus and the interceptors. */
export function createRetained(all: readonly Owned[]): Retained {
  const retained = new Map<string, readonly ReadonlySet<object>[]>();
  return {
    retain(owners) {
      for (const owner of owners) retained.set(owner, all.map((one) => one.ofOwner(owner)));
    },
    end(owner) {
      const kept = retained.get(owner);
      if (kept === undefined) { for (const one of all) one.removeOwner(owner); }
      else all.forEach((one, index) => one.removeOwner(owner, kept[index]));
    },
    endRetained() {
      for (const [owner, kept] of retained) {
        // The value is a list with an item for each part.
        all.forEach((one, index) => one.remove(owner, kept[index]!));
      }
      retained.clear();
    },
    release: () => retained.clear(),
  };
}
