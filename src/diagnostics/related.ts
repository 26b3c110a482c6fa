/** The places that a problem involves beside its own. */
import type { Warning } from "../contract/diagnostics.ts";
import { type DiglyError, isDiglyError, type Related } from "../contract/errors.ts";

/**
 * The other locations related to a problem, including the template instances that led to it. A
 * template that generates itself gives the same one at each level: it is listed once.
 */
export function relatedOf(problem: DiglyError | Warning): readonly Related[] {
  const all = isDiglyError(problem) ? problem.related : problem.origin?.through ?? [];
  return all.filter((one, index) => !isSame(one, all[index - 1]));
}

function isSame(one: Related, other: Related | undefined): boolean {
  return one.message === other?.message && one.origin.file === other.origin.file &&
    one.origin.line === other.origin.line && one.origin.column === other.origin.column;
}
