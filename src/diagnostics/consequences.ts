/** Keeps a check to one error per mistake: omits errors that follow from an earlier one. */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, hasCode } from "../contract/errors.ts";

/** Errors after which documents, modules or kinds are missing. */
const LOSSES: ReadonlySet<DiglyError["code"]> = new Set([
  "ERR_MANIFEST_INVALID",
  "ERR_MANIFEST_NOT_FOUND",
  "ERR_MODULE_INVALID",
  "ERR_MODULE_NOT_FOUND",
  "ERR_INTEGRITY",
]);

/** Errors about something that does not exist. */
const MISSING: ReadonlySet<DiglyError["code"]> = new Set([
  "ERR_CONTROLLER_NOT_FOUND",
  "ERR_TEMPLATE_NOT_FOUND",
]);

/**
 * Omits errors that are probably consequences: once something could not be read, references to it
 * fail too.
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

function saysMissing(error: DiglyError): boolean {
  if (MISSING.has(error.code)) return true;
  if (hasCode(error, "ERR_REFERENCE_UNRESOLVED")) return error.details.variable === undefined;
  return hasCode(error, "ERR_SCHEMA_VALIDATION") && error.details.keyword === "diglyUrn";
}
