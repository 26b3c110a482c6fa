/** The errors of code in WebAssembly, which are the same on every host. */
import { type CodeLimits, formatCodeLimit } from "../contract/code_limits.ts";
import { type DiglyError, fail, type Origin, type Related } from "../contract/errors.ts";
import type { Exhausted } from "./budget.ts";

/** A resource whose controller is in WebAssembly. */
export interface Subject {
  readonly urn: string;
  readonly limits: CodeLimits;
  /** Where the resource is declared. */
  readonly origin: () => Origin | undefined;
  /** Where its controller is listed. */
  readonly controller: () => Related;
}

/** The codes of code that is not trusted. */
export type CodeErrorCode =
  | "ERR_CODE_MEMORY"
  | "ERR_CODE_TIME"
  | "ERR_CODE_FUEL"
  | "ERR_CODE_TRAP"
  | "ERR_CODE_RESULT";

/** An error of the code of a resource, at the place of the resource. */
export function codeError(
  code: CodeErrorCode,
  problem: string,
  { urn, origin, controller }: Subject,
  context: { readonly help?: string | undefined; readonly cause?: unknown } = {},
): DiglyError {
  return fail(code, { urn, problem }, {
    origin: origin(),
    related: [controller()],
    ...context,
  });
}

/** The error of code that has used up its fuel or its time. */
export function exhaustedError(reason: Exhausted, subject: Subject): DiglyError {
  const { urn, limits } = subject;
  switch (reason) {
    case "deadline":
      return fail("ERR_ABORTED", {
        problem: `${urn} was aborted: its deadline has passed`,
        isLate: true,
      });
    case "time":
      return codeError(
        "ERR_CODE_TIME",
        `computes longer than its limit of ${formatCodeLimit("time", limits.time)}`,
        subject,
        {
          help: "Look for a loop without an end, or raise `time` in the `limits` of the controller",
        },
      );
    case "fuel":
      return codeError(
        "ERR_CODE_FUEL",
        `takes more instructions than its limit of ${formatCodeLimit("fuel", limits.fuel)}`,
        subject,
        {
          help: "Look for a loop without an end, or raise `fuel` in the `limits` of the controller",
        },
      );
  }
}

/** The error of code that could not get more memory. */
export function memoryError(subject: Subject, cause?: unknown): DiglyError {
  const limit = formatCodeLimit("memory", subject.limits.memory);
  return codeError("ERR_CODE_MEMORY", `needs more memory than its limit of ${limit}`, subject, {
    help: "Raise `memory` in the `limits` of the controller, or process less at a time",
    cause,
  });
}

/** The messages of V8 and JavaScriptCore for traps, in our words. */
const TRAPS: readonly (readonly [RegExp, string])[] = [
  [/call stack|stack overflow/i, "its calls nest too deeply"],
  [/unreachable/i, "it reached code that must not be reached, as after a panic"],
  [/zero/i, "it divided by zero"],
  [/\btable\b|indirect|null function|signature/i, "it called a function that does not exist"],
  [/out of bounds memory|memory access|data segment/i, "it used memory out of its bounds"],
  [/unrepresentable|overflow|trunc/i, "a number was too large for its type"],
];

/** The error of code that has trapped. */
export function trapError(thrown: unknown, subject: Subject): DiglyError {
  const message = thrown instanceof Error ? thrown.message : "";
  const reason = TRAPS.find(([pattern]) => pattern.test(message))?.[1];
  const problem = reason === undefined ? "trapped" : `trapped: ${reason}`;
  return codeError("ERR_CODE_TRAP", problem, subject, { cause: thrown });
}

/** The error of code that has given up with a message of its own. */
export function panicError(message: string, subject: Subject): DiglyError {
  return codeError("ERR_CODE_TRAP", `panicked: ${message}`, subject);
}
