/** Errors as JSON, to send them to another process. */
import {
  DiglyError,
  type ErrorCode,
  type ErrorDetails,
  fail,
  isDiglyError,
  messageOf,
  type Origin,
  type Related,
} from "./errors.ts";
import { plain } from "./plain.ts";
import { redactForAll } from "./redactors.ts";
import { isPlainObject } from "./wrong_argument.ts";

/**
 * An error as JSON: what {@link errorToJSON} gives.
 *
 * @example
 * const { code, message }: ErrorJson = errorToJSON(error);
 */
export interface ErrorJson {
  readonly name: string;
  readonly message: string;
  /** Present for a `DiglyError`. */
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly help?: string;
  readonly origin?: Origin;
  readonly related?: readonly Related[];
  readonly cause?: ErrorJson;
}

/** How many causes are kept, one below the other. */
const MOST_CAUSES = 8;
/** How many related places are kept. */
const MOST_RELATED = 100;

/**
 * An error as JSON: its code, message, details with the chain, help, places and causes, without its
 * stack. Sensitive values of the apps in this process are replaced by `[redacted]`.
 *
 * @example
 * connection.send(JSON.stringify(errorToJSON(error)));
 */
export function errorToJSON(error: unknown): ErrorJson {
  return redactForAll(plain(describe(error, MOST_CAUSES)) as ErrorJson);
}

function describe(error: unknown, causes: number): ErrorJson {
  const cause = error instanceof Error && error.cause !== undefined && causes > 0
    ? { cause: describe(error.cause, causes - 1) }
    : {};
  const message = messageOf(error);
  if (!isDiglyError(error)) {
    return { name: error instanceof Error ? String(error.name) : "Error", message, ...cause };
  }
  const { code, details, help, origin, related } = error;
  return {
    name: "DiglyError",
    message,
    code,
    details: details as Readonly<Record<string, unknown>>,
    ...(help === undefined ? {} : { help }),
    ...(origin === undefined ? {} : { origin: bare(origin) }),
    ...(related.length === 0 ? {} : {
      related: related.slice(0, MOST_RELATED).map((place) => (
        { message: place.message, origin: bare(place.origin) }
      )),
    }),
    ...cause,
  };
}

/** The related places of an error include those that led to its origin. */
function bare({ through: _, ...origin }: Origin): Origin {
  return origin;
}

/**
 * The error that {@link errorToJSON} described, also one with a code that this version does not know.
 * Throws `ERR_USAGE` for JSON that does not describe an error with a code.
 *
 * @example
 * throw errorFromJSON(JSON.parse(received));
 */
export function errorFromJSON(json: unknown): DiglyError {
  const { code, message } = isPlainObject(json) ? json as Partial<ErrorJson> : {};
  if (typeof code !== "string" || !/^[A-Za-z_][\w.]*$/.test(code) || typeof message !== "string") {
    throw fail("ERR_USAGE", {
      problem: "The JSON does not describe an error: it needs `code` and `message`",
    }, {
      help: "Pass what errorToJSON has given",
    });
  }
  return revive(json as Partial<ErrorJson>, MOST_CAUSES) as DiglyError;
}

function revive(json: Partial<ErrorJson>, causes: number): Error {
  const { name, code, details, help, origin, related } = json;
  const message = String(json.message ?? "");
  const cause = isPlainObject(json.cause) && causes > 0
    ? revive(json.cause as Partial<ErrorJson>, causes - 1)
    : undefined;
  if (typeof code !== "string") {
    const error = new Error(message, cause === undefined ? undefined : { cause });
    error.name = String(name ?? "Error");
    return error;
  }
  return new DiglyError(
    code as ErrorCode,
    message,
    (isPlainObject(details) ? details : {}) as ErrorDetails[ErrorCode],
    {
      origin: originIn(origin),
      help: typeof help === "string" ? help : undefined,
      related: relatedIn(related),
      cause,
    },
  );
}

function relatedIn(related: unknown): Related[] {
  if (!Array.isArray(related)) return [];
  return related.slice(0, MOST_RELATED).flatMap((place: unknown) => {
    const { message, origin } = (place ?? {}) as Partial<Related>;
    const known = originIn(origin);
    return typeof message === "string" && known !== undefined ? [{ message, origin: known }] : [];
  });
}

function originIn(origin: unknown): Origin | undefined {
  const { file, line, column, length, path, excerpt } = (origin ?? {}) as Partial<Origin>;
  if (typeof file !== "string" || typeof path !== "string") return undefined;
  if (!isInteger(line) || !isInteger(column) || !isInteger(length)) return undefined;
  const place = { file, line, column, length, path };
  const isExcerpt = excerpt !== undefined && isInteger(excerpt.firstLine) &&
    Array.isArray(excerpt.lines) && excerpt.lines.every((text) => typeof text === "string");
  return isExcerpt ? { ...place, excerpt } : place;
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
