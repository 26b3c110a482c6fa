/** Suggests names. */

/**
 * The candidate closest to `name` by edit distance, ignoring case, or `undefined`
 * when none is close: at most a third of the longer text may differ, or one letter of a short one.
 * Names that have no letter in common are never close.
 *
 * @example
 * nearest("tabel", ["table", "view"]); // "table"
 * nearest("index", ["table", "view"]); // undefined
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  const wanted = name.toLowerCase();
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (Math.abs(candidate.length - name.length) > allowed) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    const isClose = distance <= allowed && distance < Math.max(name.length, candidate.length);
    if (isClose && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** How far a name may be from a known field to count as a misspelling of it. */
const FIELD_DISTANCE = 2;

/**
 * The field that an unknown one was meant to be: two edits away at most, ignoring case. Names
 * that have no letter in common are never taken for each other.
 */
export function nearestField(name: string, fields: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = FIELD_DISTANCE + 1;
  const wanted = name.toLowerCase();
  for (const field of fields) {
    if (Math.abs(field.length - name.length) > FIELD_DISTANCE) continue;
    const distance = editDistance(wanted, field.toLowerCase());
    if (distance >= bestDistance || distance >= Math.max(field.length, name.length)) continue;
    best = field;
    bestDistance = distance;
  }
  return best;
}

/**
 * The member that an unknown one is a misspelling of: one edit away, ignoring case. Code has other
 * names beside the known ones, so only what is nearly the same counts.
 */
export function nearestMember(name: string, members: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  for (const member of members) {
    if (Math.abs(member.length - name.length) > 1) continue;
    if (editDistance(wanted, member.toLowerCase()) <= 1) return member;
  }
  return undefined;
}

/**
 * `Did you mean "x"?` for the nearest candidate, or `undefined`.
 *
 * @example
 * const help = didYouMean("tabel", ["table", "view"]); // 'Did you mean "table"?'
 */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(name, candidates);
  return found === undefined ? undefined : `Did you mean "${found}"?`;
}

/**
 * `Did you mean "Kind.Name"?` for a URN that names nothing: the nearest one, or those with this
 * name where only the kind was left out.
 */
export function didYouMeanUrn(urn: string, urns: Iterable<string>): string | undefined {
  const all = [...urns];
  const near = didYouMean(urn, all);
  if (near !== undefined) return near;
  const wanted = urn.slice(urn.lastIndexOf(".") + 1).toLowerCase();
  const sameName = all.filter((other) => other.toLowerCase().endsWith(`.${wanted}`));
  if (sameName.length === 0 || sameName.length > MOST_NAMES) return undefined;
  return `Did you mean ${sameName.map((other) => `"${other}"`).join(" or ")}?`;
}

/** More resources than that are of no help. */
const MOST_NAMES = 3;

/** The time grows with both lengths, and nobody misspells a name of a thousand characters. */
const MOST_COMPARISONS = 1_000_000;

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  if (a.length * b.length > MOST_COMPARISONS) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      // Every row has an entry for each position in `b`.
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        // The row before the last one has as many entries.
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last.at(-1) ?? 0;
}
