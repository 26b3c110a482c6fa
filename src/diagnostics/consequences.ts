/** Keeps a check to one error per mistake: omits errors that follow from an earlier one. */
import type { Diagnostics, Warning } from "../contract/diagnostics.ts";
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

/** Diagnostics that hold some warnings back. */
export interface HeldDiagnostics extends Diagnostics {
  /** Reports the warnings that were held back and say more than the errors did. */
  release(): void;
}

/**
 * Omits errors that are probably consequences: once something could not be read, references to it
 * fail too. Warnings about expressions in schemas wait for the checks of these schemas, which may
 * refuse the same text.
 */
export function withoutConsequences(diagnostics: Diagnostics): HeldDiagnostics {
  let isIncomplete = false;
  const refused = new Set<string>();
  const held: Warning[] = [];
  return {
    error(error) {
      if (isIncomplete && saysMissing(error)) return;
      if (LOSSES.has(error.code)) isIncomplete = true;
      refused.add(placeOf(error));
      diagnostics.error(error);
    },
    warning(warning) {
      if (warning.code === "WARN_EXPRESSION_IN_SCHEMA") held.push(warning);
      else diagnostics.warning(warning);
    },
    release() {
      for (const warning of held.splice(0)) {
        if (!refused.has(placeOf(warning))) diagnostics.warning(warning);
      }
    },
  };
}

function placeOf({ origin }: DiglyError | Warning): string {
  return `${origin?.file}:${origin?.line}:${origin?.column}`;
}

function saysMissing(error: DiglyError): boolean {
  if (MISSING.has(error.code)) return true;
  if (hasCode(error, "ERR_REFERENCE_UNRESOLVED")) return error.details.variable === undefined;
  return hasCode(error, "ERR_SCHEMA_VALIDATION") && error.details.keyword === "diglyUrn";
}
