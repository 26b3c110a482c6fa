/**
 * Receives the errors and warnings of the stages. A boot stops at the first error;
 * `check` continues and collects.
 */
import type { DiglyError, Origin } from "./errors.ts";

/** A problem that does not stop the boot. */
export interface Warning {
  /** `WARN_…`, stable, for tools. */
  readonly code: string;
  readonly message: string;
  readonly origin?: Origin | undefined;
  readonly help?: string | undefined;
}

/** Receives the errors and warnings of the stages. */
export interface Diagnostics {
  /** Reports an error. Throws it if the first error ends the work. */
  error(error: DiglyError): void;
  warning(warning: Warning): void;
}
