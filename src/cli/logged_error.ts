/** Errors among the fields of a log record: plain data, shown as errors are shown elsewhere. */
import {
  DiglyError,
  type ErrorCode,
  type ErrorContext,
  type ErrorDetails,
} from "../contract/errors.ts";
import { renderError, type RenderOptions } from "./report.ts";
import { placeInUserCode } from "./stack.ts";

/** An error that became plain data; what else it has depends on its class. */
export interface LoggedError extends ErrorContext {
  readonly name?: unknown;
  readonly message: unknown;
  readonly stack: string;
  readonly code?: unknown;
  readonly details?: unknown;
}

/** True for what an error among the fields of a record has become. */
export function isLoggedError(value: unknown): value is LoggedError {
  return typeof value === "object" && value !== null && "message" in value && "stack" in value &&
    typeof value.stack === "string";
}

/**
 * The lines that follow a record's own: the place, the frame, causes and help of an error. Its
 * message is left out where the record has it already.
 */
export function errorLines(
  logged: LoggedError,
  message: string,
  options: RenderOptions,
): readonly string[] {
  if (!isCoded(logged)) {
    const place = placeInUserCode(revive(logged));
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

/** True for an error of Digly: it says by itself what it is about. */
export function isCoded(logged: LoggedError): boolean {
  return logged.name === "DiglyError" && typeof logged.code === "string";
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

/** The error for programs: the lines around its places are for people. */
export function withoutExcerpts(logged: LoggedError): unknown {
  const { origin, related, ...rest } = logged;
  const bare = (place: typeof origin) => place && { ...place, excerpt: undefined };
  return {
    ...rest,
    ...(origin === undefined ? {} : { origin: bare(origin) }),
    ...(related === undefined || related.length === 0 ? {} : {
      related: related.map((one) => ({ ...one, origin: bare(one.origin) })),
    }),
  };
}
