/**
 * Where the stages report what they find. A boot stops at the first error;
 * `check` goes on and collects (decision D-1).
 */
import type { DiglyError, Origin } from "./errors.ts";

/** Something worth saying that stops nothing. */
export interface Warning {
  /** `WARN_…`, stable, for tools. */
  readonly code: string;
  readonly message: string;
  readonly origin?: Origin | undefined;
  readonly help?: string | undefined;
}

/** Takes the errors and warnings of the stages. */
export interface Diagnostics {
  /** Reports an error. Throws it where the first error ends the work. */
  error(error: DiglyError): void;
  warning(warning: Warning): void;
}

/**
 * Tells errors and warnings that generated resources share, because the mistake is in their
 * template: true for one at the same place and in the same `words` as one before.
 */
export function createRepeats(): (problem: Warning | DiglyError, words?: string) => boolean {
  const seen = new Set<string>();
  return ({ origin, message }, words = message) => {
    if (origin?.through === undefined) return false;
    const key = `${origin.file}:${origin.line}:${origin.column} ${words}`;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  };
}
