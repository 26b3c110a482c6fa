/** Mistakes in requests to the inspector, and errors of the app as its API shows them. */
import { type DiglyError, isDiglyError, messageOf } from "../contract/errors.ts";
import { codeFrame } from "../diagnostics/code_frame.ts";
import { paintFor } from "../diagnostics/style.ts";
import type { ApiError } from "./api.ts";
import type { Redact } from "./capture.ts";
import type { Places } from "./places.ts";

/** A request that cannot be answered. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly help: string | undefined;

  constructor(status: number, code: string, message: string, help?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.help = help;
  }
}

/** Creates the error of something that does not exist. */
export function notFound(message: string, help?: string): RequestProblem {
  return new RequestProblem(404, "NOT_FOUND", message, help);
}

/** Creates the error of a request that cannot be understood. */
export function badRequest(message: string, help?: string): RequestProblem {
  return new RequestProblem(400, "BAD_REQUEST", message, help);
}

/** Describes an error with its place and code frame. */
export function describeError(thrown: unknown, redact: Redact, places: Places): ApiError {
  if (thrown instanceof RequestProblem) {
    const { code, message, help } = thrown;
    return { code, message, ...(help === undefined ? {} : { help }) };
  }
  if (!isDiglyError(thrown)) {
    return { code: "ERR_EXECUTION_FAILED", message: redact(messageOf(thrown)) };
  }
  const { code, message, help, origin } = thrown satisfies DiglyError;
  const described: ApiError = redact({ code, message, ...(help === undefined ? {} : { help }) });
  if (origin === undefined) return described;
  const frame = codeFrame(origin, paintFor(false), redact);
  return {
    ...described,
    place: places.of(origin),
    ...(frame.length === 0 ? {} : { frame: frame.join("\n") }),
  };
}
