/** What a reload changes: compares two versions of an app, resource by resource. */

/** One version of an app, as far as its resources depend on each other. */
export interface PlannedApp {
  /** The URNs of its resources. */
  readonly urns: readonly string[];
  /** What must be initialised before a resource is created. */
  readonly dependenciesOf: (urn: string) => readonly string[];
}

/** Options of {@link planReload}. */
export interface PlanOptions {
  readonly previous: PlannedApp;
  readonly next: PlannedApp;
  /** True if a resource of both versions is the same, and so is all that its instance was made from. */
  readonly isSame: (urn: string) => boolean;
  /** True if the instance of a resource has looked at another one, which does not have to exist. */
  readonly hasRead: (urn: string, other: string) => boolean;
}

/** The resources that a reload is about, by URN. */
export interface ReloadPlan {
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
  /** Those of both versions that differ. */
  readonly changed: ReadonlySet<string>;
  /** Those that are the same, and depend on one that is not. */
  readonly dependent: ReadonlySet<string>;
}

/** Finds out which resources must be created anew, and which are no longer there. */
export function planReload({ previous, next, isSame, hasRead }: PlanOptions): ReloadPlan {
  const [before, after] = [new Set(previous.urns), new Set(next.urns)];
  const added = new Set(next.urns.filter((urn) => !before.has(urn)));
  const removed = new Set(previous.urns.filter((urn) => !after.has(urn)));
  const kept = next.urns.filter((urn) => before.has(urn));
  const changed = new Set(kept.filter((urn) => !isSame(urn)));

  const users = new Map<string, Set<string>>();
  const connect = (urn: string, needed: string) => {
    const known = users.get(needed);
    if (known === undefined) users.set(needed, new Set([urn]));
    else known.add(urn);
  };
  for (const urn of kept) {
    for (const { dependenciesOf } of [previous, next]) {
      for (const needed of dependenciesOf(urn)) connect(urn, needed);
    }
  }
  const different = [...added, ...removed, ...changed];
  for (const urn of kept) {
    for (const other of different) if (other !== urn && hasRead(urn, other)) connect(urn, other);
  }

  const dependent = new Set<string>();
  const reached = [...different];
  for (let urn = reached.pop(); urn !== undefined; urn = reached.pop()) {
    for (const user of users.get(urn) ?? []) {
      if (changed.has(user) || dependent.has(user)) continue;
      dependent.add(user);
      reached.push(user);
    }
  }
  return { added, removed, changed, dependent };
}
