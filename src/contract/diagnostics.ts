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
