/** Keeps a check to one error per mistake: what is lost early is missed by everything after it. */
import type { Diagnostics } from "./diagnostics.ts";
import type { DiglyError, ErrorCode } from "./errors.ts";

/** Errors after which documents, modules or kinds are missing. */
const LOSSES: ReadonlySet<ErrorCode> = new Set([
  "ERR_MANIFEST_INVALID",
  "ERR_MANIFEST_NOT_FOUND",
  "ERR_MODULE_INVALID",
  "ERR_MODULE_NOT_FOUND",
  "ERR_INTEGRITY",
]);

/** Errors that say that something does not exist. */
const MISSING: ReadonlySet<ErrorCode> = new Set([
  "ERR_CONTROLLER_NOT_FOUND",
  "ERR_TEMPLATE_NOT_FOUND",
]);

/**
 * Passes everything on but errors that are most likely consequences: once something could not be
 * read, what refers to it is not to blame.
 */
export function withoutConsequences(diagnostics: Diagnostics): Diagnostics {
  let isIncomplete = false;
  return {
    error(error) {
      if (isIncomplete && saysMissing(error)) return;
      if (LOSSES.has(error.code)) isIncomplete = true;
      diagnostics.error(error);
    },
    warning: (warning) => diagnostics.warning(warning),
  };
}

function saysMissing({ code, details }: DiglyError): boolean {
  if (MISSING.has(code)) return true;
  if (code === "ERR_REFERENCE_UNRESOLVED") {
    return (details as { variable?: string }).variable === undefined;
  }
  return code === "ERR_SCHEMA_VALIDATION" &&
    (details as { keyword?: string }).keyword === "diglyUrn";
}
