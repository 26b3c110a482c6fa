/** Which errors another execution may not have. */
import { isDiglyError, type ModuleCreateContext } from "../../contract/author.ts";

/** The runtime's codes of mistakes in the app or in the input. */
const MISTAKES = new Set([
  "ERR_INPUT_INVALID",
  "ERR_LIMIT_EXCEEDED",
  "ERR_MODULE_MISSING",
  "ERR_RESOURCE_NOT_FOUND",
  "ERR_SCHEMA_VALIDATION",
]);
/** What a policy itself refuses. */
const REFUSALS = new Set(["Resilience.Open", "Resilience.Overloaded"]);
/** Statuses of clients that may try again: Request Timeout, Too Early and Too Many Requests. */
const REPEATABLE = new Set([408, 425, 429]);

/** True unless the error says that the caller or the app has made a mistake. */
export function isFailure(
  error: unknown,
  urn: string,
  describe: ModuleCreateContext["describe"],
): boolean {
  if (!isDiglyError(error)) return true;
  const { code } = error;
  // Of aborted executions, only those that were too slow say something about the resource.
  if (code === "ERR_ABORTED") return (error.details as { isLate?: boolean }).isLate === true;
  if (MISTAKES.has(code) || REFUSALS.has(code)) return false;
  const { status, data } = error.details as {
    readonly status?: unknown;
    readonly data?: { readonly status?: unknown } | null;
  };
  // The status of an upstream is more than that of the error, which is 502.
  const known = [data?.status, status, describe(urn)?.errors[code]?.status]
    .find((one) => typeof one === "number");
  return known === undefined || known < 400 || known >= 500 || REPEATABLE.has(known);
}

/** True for what a policy itself refuses, which says nothing about the resource. */
export function isRefusal(error: unknown): boolean {
  return isDiglyError(error) && REFUSALS.has(error.code);
}

/** True if a code is one of a list, in which `Sql.*` is every code that starts with `Sql.`. */
export function isListed(code: string, list: readonly string[]): boolean {
  return list.some((one) => one.endsWith(".*") ? code.startsWith(one.slice(0, -1)) : one === code);
}
