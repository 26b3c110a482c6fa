/** How tests ended. */
import type { LogRecord } from "../contract/log.ts";

/** The result of one test. */
export interface TestResult {
  /** The name of the test, with those of the suites around it. */
  readonly name: string;
  /** URL of the file. */
  readonly file: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly durationMs: number;
  /** What went wrong; a `DiglyError` has its place. */
  readonly failures: readonly unknown[];
  /** Log lines of the app, for a test that failed. */
  readonly logs: readonly LogRecord[];
  /** Removes the sensitive values of the app. */
  readonly redact: (text: string) => string;
}
