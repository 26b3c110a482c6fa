/** Holds keep the process alive (docs/decisions.md#staying-alive). */

/** A reason to keep the process alive. */
export interface Hold {
  readonly owner: string;
  readonly reason: string;
}

/** The holds of one kernel. */
export interface Holds {
  /** Acquires a hold; the returned function releases it and may be called twice. */
  acquire(owner: string, reason: string): () => void;
  /** The holds that are not released, oldest first. */
  active(): readonly Hold[];
  /** Releases every hold. */
  releaseAll(): void;
  /** Resolves when there is no hold, immediately if there is none now. */
  idle(): Promise<void>;
}

/** Called when holds change. */
export interface HoldChanges {
  /** The first hold was acquired. */
  blocked?(hold: Hold): void;
  /** The last hold was released. */
  unblocked?(): void;
  acquired?(hold: Hold): void;
  released?(hold: Hold): void;
}

/** Creates an empty set of holds. */
export function createHolds(changes: HoldChanges = {}): Holds {
  const active = new Set<Hold>();
  let waiting: (() => void)[] = [];

  function release(hold: Hold): void {
    if (!active.delete(hold)) return;
    changes.released?.(hold);
    if (active.size > 0) return;
    changes.unblocked?.();
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  return {
    acquire(owner, reason) {
      const hold: Hold = Object.freeze({ owner, reason });
      active.add(hold);
      changes.acquired?.(hold);
      if (active.size === 1) changes.blocked?.(hold);
      return () => release(hold);
    },
    active: () => [...active],
    releaseAll() {
      for (const hold of [...active]) release(hold);
    },
    idle() {
      if (active.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
