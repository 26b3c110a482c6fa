/** The public side of errors: what of a failed execution a client may know. */
import {
  type DiglyError,
  formatField,
  isDiglyError,
  isModuleErrorCode,
  type ModuleErrorDetails,
  type Violation,
} from "../../contract/author.ts";
import type { RequestViolation } from "./errors.ts";

/** What a client sees of an error. */
export interface PublicError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly violations?: readonly RequestViolation[] | undefined;
  readonly data?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What a client sees of an error that is not its own. */
const INTERNAL: PublicError = {
  status: 500,
  code: "INTERNAL_ERROR",
  message: "The request could not be answered",
};

/** The public side of anything thrown; all that is not meant for clients is one and the same. */
export function publicError(error: unknown): PublicError {
  if (!isDiglyError(error)) return INTERNAL;
  if (isModuleErrorCode(error.code)) return moduleError(error);
  // Other copies of the package may give less than the types say.
  const { violations, isLate, executed } = error.details as {
    readonly violations?: readonly Violation[];
    readonly isLate?: boolean;
    readonly executed?: "no" | "unknown";
  };
  switch (error.code) {
    case "ERR_INPUT_INVALID":
      return {
        status: 400,
        code: error.code,
        message: "The input is invalid",
        violations: (violations ?? []).map(({ path, message }) => (
          { in: "input", path: formatField(path), message }
        )),
      };
    case "ERR_ABORTED":
      if (isLate !== true) return INTERNAL;
      return {
        status: 504,
        code: "GATEWAY_TIMEOUT",
        message: "The request could not be answered in time",
      };
    case "ERR_UNAVAILABLE":
      // Only what was not begun may safely be tried again.
      return executed === "no"
        ? {
          status: 503,
          code: "UNAVAILABLE",
          message: "The service is not available",
          headers: { "retry-after": "1" },
        }
        : { status: 502, code: "BAD_GATEWAY", message: "The service behind this one failed" };
    default:
      return INTERNAL;
  }
}

/** An error of a module is public if the module, the script or the route gives it a status. */
function moduleError({ code, message, details }: DiglyError): PublicError {
  const { status, data } = details as ModuleErrorDetails;
  if (status === undefined || !(status >= 400 && status <= 599)) return INTERNAL;
  return { status, code, message, ...(data === undefined ? {} : { data }) };
}

/** The status of an error of the runtime, as far as its code alone says it. */
export function statusOfCode(code: string): number {
  return STATUSES[code] ?? INTERNAL.status;
}

const STATUSES: Readonly<Record<string, number>> = {
  ERR_INPUT_INVALID: 400,
  ERR_ABORTED: 504,
  ERR_UNAVAILABLE: 502,
};

/** The public side of an error that a route lists, which makes the code public. */
export function listedError(error: DiglyError): PublicError {
  const known = publicError(error);
  const { code, message, details } = error;
  if (!isModuleErrorCode(code)) return { ...known, code };
  const { data } = details as ModuleErrorDetails;
  return { status: known.status, code, message, ...(data === undefined ? {} : { data }) };
}

/** What the expressions of a route's `errors` see as `error`. */
export function errorView(error: DiglyError): Readonly<Record<string, unknown>> {
  const { status, violations = null } = publicError(error);
  const { data = null } = error.details as Partial<ModuleErrorDetails>;
  return { code: error.code, message: error.message, status, data, violations };
}
