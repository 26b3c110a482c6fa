/** How results of tests are written. */
import { isDiglyError } from "../../contract/errors.ts";
import type { TestResult } from "../../testing/outcome.ts";
import { renderError, type RenderOptions, unhandledError } from "../report.ts";

/** How many tests ended how. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
  readonly seed: number;
}

/** Writes results. */
export interface Reporter {
  /** Text for the result of a test, as soon as it is there. */
  result(result: TestResult): string;
  /** Text for the end. */
  end(totals: Totals): string;
}

/** What reporters need. */
export interface ReporterOptions {
  readonly rendering: RenderOptions;
  /** The path of a file as people type it. */
  readonly pathOf: (url: string) => string;
}

/** `3 passed, 1 failed`, and how many were skipped if any. */
export function closingLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

/** The failures of a test as text, as errors of the program are written. */
export function failureTexts(
  { failures, redact }: TestResult,
  rendering: RenderOptions,
): string[] {
  return failures.map((failure) =>
    renderError(isDiglyError(failure) ? failure : unhandledError(failure), { ...rendering, redact })
      .trimEnd()
  );
}

/** The text with every line indented. */
export function indent(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(spaces));
}
