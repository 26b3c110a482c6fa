/** The order in which a pass visits resources: after what they depend on, otherwise as registered. */

/** The URNs of what a resource depends on. */
export type DependenciesOf = (urn: string) => readonly string[];

/** Sorts `entries`, whose dependencies have no cycle; others than these are not added. */
export function inDependencyOrder<Entry extends { readonly urn: string }>(
  entries: readonly Entry[],
  dependenciesOf: DependenciesOf,
): readonly Entry[] {
  if (entries.every(({ urn }) => dependenciesOf(urn).length === 0)) return entries;
  const waiting = new Map(entries.map((entry) => [entry.urn, entry]));
  const sorted: Entry[] = [];
  // Without recursion, because chains may be long.
  const open: { readonly entry: Entry; readonly next: Iterator<string> }[] = [];
  const enter = (entry: Entry) => {
    waiting.delete(entry.urn);
    open.push({ entry, next: dependenciesOf(entry.urn).values() });
  };
  for (const entry of entries) {
    if (waiting.has(entry.urn)) enter(entry);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { done, value } = top.next.next();
      if (done === true) {
        sorted.push(top.entry);
        open.pop();
        continue;
      }
      const needed = waiting.get(value);
      if (needed !== undefined) enter(needed);
    }
  }
  return sorted;
}
