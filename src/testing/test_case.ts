/** Test cases as their files describe them. */
import type { Origin } from "../contract/errors.ts";
import type { Path } from "../contract/resource.ts";

/** The kind of a test case. */
export const TEST_CASE = "Test.Case";

/** What files with test cases are called. */
export const CASE_FILE: RegExp = /\.test\.ya?ml$/;

/** The fields of a `Test.Case`, validated and with their defaults. */
export interface CaseFields {
  readonly app: string;
  readonly env: Readonly<Record<string, string | number | boolean>>;
  readonly mock: Readonly<Record<string, Mock>> & { readonly Clock?: { readonly now: string } };
  readonly serve: boolean;
  readonly seed?: number;
  readonly timeout: string | number;
  readonly steps: readonly Step[];
  readonly expect: readonly string[];
}

/** What a resource is replaced by. */
export interface Mock {
  readonly returns?: unknown;
  readonly throws?: {
    readonly code: string;
    readonly message?: string;
    readonly status?: number;
    readonly data?: unknown;
  };
}

/** One step: it has one of `execute`, `http`, `advance` and `waitFor`. */
export interface Step {
  readonly name?: string;
  readonly execute?: string;
  readonly input?: unknown;
  readonly http?: HttpStep;
  readonly advance?: string | number;
  readonly waitFor?: string;
}

/** A request. */
export interface HttpStep {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A test case of a file. */
export interface TestCase {
  readonly name: string;
  /** URL of the file. */
  readonly file: string;
  readonly fields: CaseFields;
  /** The place of the case, or of a field of it. */
  originAt(path: Path, anchor?: "key"): Origin | undefined;
}

/** The key of `mock` that is the clock, not a resource. */
export const CLOCK = "Clock";
