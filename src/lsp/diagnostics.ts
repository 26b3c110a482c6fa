/** The problems of a check as an editor shows them. */
import type { Origin } from "../contract/errors.ts";
import { shortened } from "../diagnostics/shortened.ts";
import { relatedOf } from "../diagnostics/related.ts";
import type { Analysis, Finding } from "./analysis.ts";
import { type Diagnostic, type Location, type Range, SEVERITY } from "./protocol.ts";
import { suggestionsIn } from "./suggestions.ts";

/** Codes of errors that may only follow from a module that is missing. */
const FOLLOWING = new Set([
  "ERR_CONTROLLER_NOT_FOUND",
  "ERR_TEMPLATE_NOT_FOUND",
  "ERR_RESOURCE_NOT_FOUND",
  "ERR_REFERENCE_UNRESOLVED",
  "ERR_MODULE_MISSING",
]);

/** Options of {@link diagnosticsOf}. */
export interface DiagnosticOptions {
  /** The URI of a file, as the client writes it. */
  readonly uriOf: (file: string) => string;
  /** Where problems without a place of their own are shown. */
  readonly fallback: string;
  /** The address of the folder with the page of errors. */
  readonly docs: string;
}

/** The diagnostics of an analysis, by URI. */
export function diagnosticsOf(
  { findings, redact, isPartial }: Analysis,
  { uriOf, fallback, docs }: DiagnosticOptions,
): Map<string, Diagnostic[]> {
  const byUri = new Map<string, Diagnostic[]>();
  const shown = (text: string) => shortened(redact(text));
  for (const finding of findings) {
    const { problem } = finding;
    if (isPartial && FOLLOWING.has(problem.code)) continue;
    const { origin, help } = problem;
    const isHere = origin !== undefined && !/^[a-z][a-z0-9+.-]+:/.test(origin.file);
    const uri = isHere ? uriOf(origin.file) : fallback;
    const message = shown(problem.message);
    const shownHelp = help === undefined ? undefined : shown(help);
    const related = relatedOf(problem).filter(({ origin }) =>
      !/^[a-z][a-z0-9+.-]+:/.test(origin.file)
    );
    const diagnostic: Diagnostic = {
      range: isHere ? rangeOf(origin) : START,
      severity: severityOf(finding, isPartial),
      code: problem.code,
      ...(problem.code.startsWith("ERR_")
        ? { codeDescription: { href: `${docs}errors.md#${problem.code.toLowerCase()}` } }
        : {}),
      source: "digly",
      message: shownHelp === undefined ? message : `${message}\n${shownHelp}`,
      ...(related.length === 0 ? {} : {
        relatedInformation: related.map(({ message, origin }) => ({
          message: shown(message),
          location: locationOf(origin, uriOf),
        })),
      }),
      data: { help: shownHelp, suggestions: suggestionsIn(`${message}\n${shownHelp ?? ""}`) },
    };
    const known = byUri.get(uri);
    if (known === undefined) byUri.set(uri, [diagnostic]);
    else known.push(diagnostic);
  }
  return byUri;
}

const START: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };

/** What was not fetched is not a mistake. */
function severityOf({ severity, problem }: Finding, isPartial: boolean): number {
  const isUnfetched = isPartial && problem.message.includes("not fetched while editing");
  return isUnfetched ? SEVERITY.information : SEVERITY[severity];
}

/** The range that a code frame underlines. */
export function rangeOf({ line, column, length }: Origin): Range {
  const [row, start] = [line - 1, column - 1];
  return {
    start: { line: row, character: start },
    end: { line: row, character: start + Math.max(length, 1) },
  };
}

/** The place of an origin. */
export function locationOf(origin: Origin, uriOf: (file: string) => string): Location {
  return { uri: uriOf(origin.file), range: rangeOf(origin) };
}
