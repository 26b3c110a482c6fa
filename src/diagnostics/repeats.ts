/** Reports the mistakes of templates once, however many resources the templates generate. */
import type { Diagnostics, Warning } from "../contract/diagnostics.ts";
import type { DiglyError } from "../contract/errors.ts";

/** Diagnostics that compare problems by `words` instead of their messages, if these are given. */
export interface DistinctDiagnostics extends Diagnostics {
  error(error: DiglyError, words?: string): void;
  warning(warning: Warning, words?: string): void;
}

/**
 * Omits repeated problems of generated resources, whose cause is in the template: those with the
 * same origin and the same words as an earlier one.
 */
export function withoutRepeats(diagnostics: Diagnostics): DistinctDiagnostics {
  const seen = new Set<string>();

  function isRepeated({ origin }: Warning | DiglyError, words: string): boolean {
    if (origin?.through === undefined) return false;
    const key = `${origin.file}:${origin.line}:${origin.column} ${words}`;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  }

  return {
    error(error, words = error.message) {
      if (!isRepeated(error, words)) diagnostics.error(error);
    },
    warning(warning, words = warning.message) {
      if (!isRepeated(warning, words)) diagnostics.warning(warning);
    },
  };
}
