/** Renders errors in the fields of a log record, where they are plain data. */
import {
  DiglyError,
  type ErrorCode,
  type ErrorContext,
  type ErrorDetails,
} from "../contract/errors.ts";
import { renderError, type RenderOptions } from "./report.ts";
import { locationInUserCode } from "./stack.ts";

/** An error as plain data; it may have further fields. */
export interface LoggedError extends ErrorContext {
  readonly name?: unknown;
  readonly message: unknown;
  readonly stack: string;
  readonly code?: unknown;
  readonly details?: unknown;
}

/** True for an error that was converted to plain data. */
export function isLoggedError(value: unknown): value is LoggedError {
  return typeof value === "object" && value !== null && "message" in value && "stack" in value &&
    typeof value.stack === "string";
}

/**
 * The lines of an error below its log record: location, code frame, causes and help. Its message
 * is left out if the record already contains it.
 */
export function errorLines(
  logged: LoggedError,
  message: string,
  options: RenderOptions,
): readonly string[] {
  if (!isCoded(logged)) {
    const place = locationInUserCode(revive(logged));
    if (options.verbose) return logged.stack.split("\n").map((line) => `  ${line}`);
    return place === undefined ? [] : [`  at ${place.file}:${place.line}:${place.column}`];
  }
  const error = new DiglyError(
    logged.code as ErrorCode,
    String(logged.message),
    (logged.details ?? {}) as ErrorDetails[ErrorCode],
    { ...logged, cause: isLoggedError(logged.cause) ? revive(logged.cause) : logged.cause },
  );
  error.stack = logged.stack;
  const lines = renderError(error, options).trimEnd().split("\n");
  const titleLines = error.message.split("\n").length;
  return message.includes(error.message)
    ? lines.slice(titleLines)
    : lines.map((line, index) => index < titleLines ? `  ${line}` : line);
}

/** True for a `DiglyError`. */
export function isCoded(logged: LoggedError): boolean {
  return logged.name === "DiglyError" && typeof logged.code === "string";
}

/** True for a stack without code of the app. */
function isOwnStack(logged: LoggedError): boolean {
  return locationInUserCode(revive(logged)) === undefined;
}

function revive({ name, message, stack, cause }: LoggedError): Error {
  const error = new Error(
    String(message),
    isLoggedError(cause) ? { cause: revive(cause) } : undefined,
  );
  error.name = String(name ?? "Error");
  error.stack = stack;
  return error;
}

/**
 * The error without the source excerpts, which only text output needs. The stack of an error with a
 * code leads into Digly, not to the mistake, and so does that of its cause unless code of the app is
 * in it: they are included only if `stacks` is set.
 */
export function errorAsData(logged: LoggedError, stacks: boolean, isCause = false): unknown {
  const { origin, related, cause, stack, ...rest } = logged;
  const isShown = stacks || (!isCoded(logged) && !(isCause && isOwnStack(logged)));
  const bare = (place: typeof origin) => place && { ...place, excerpt: undefined };
  return {
    ...rest,
    ...(cause === undefined
      ? {}
      : { cause: isLoggedError(cause) ? errorAsData(cause, stacks, true) : cause }),
    ...(isShown ? { stack } : {}),
    ...(origin === undefined ? {} : { origin: bare(origin) }),
    ...(related === undefined || related.length === 0 ? {} : {
      related: related.map((one) => ({ ...one, origin: bare(one.origin) })),
    }),
  };
}
