/** The places that a problem involves beside its own. */
import type { Warning } from "../contract/diagnostics.ts";
import { type DiglyError, isDiglyError, type Related } from "../contract/errors.ts";

/** The other locations related to a problem, including the template instances that led to it. */
export function relatedOf(problem: DiglyError | Warning): readonly Related[] {
  return isDiglyError(problem) ? problem.related : problem.origin?.through ?? [];
}
