/** Errors of databases, distinguished by what the user can do about them. */

/** The reason why a statement failed. */
export type SqlErrorKind =
  | "unique"
  | "foreignKey"
  | "unavailable"
  | "timeout"
  | "syntax"
  | "rows"
  | "other";

/** Additional information of a {@link SqlError}. */
export interface SqlErrorDetails {
  /** The place of a mistake in the text of the statement, in UTF-16 code units. */
  readonly offset?: number | undefined;
  readonly table?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly help?: string | undefined;
  /** For `unavailable`: true if it may pass by itself. */
  readonly isTransient?: boolean;
  readonly cause?: unknown;
}

/** A failed statement, the same for every driver. */
export class SqlError extends Error {
  readonly kind: SqlErrorKind;
  readonly details: SqlErrorDetails;

  constructor(kind: SqlErrorKind, message: string, details: SqlErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "SqlError";
    this.kind = kind;
    this.details = details;
  }
}

/** True for an error of one of these kinds. */
export function isSqlError(error: unknown, ...kinds: readonly SqlErrorKind[]): error is SqlError {
  return error instanceof SqlError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** The error for more rows than a query may give. */
export function tooManyRows(maxRows: number): SqlError {
  return new SqlError("rows", `it gives more than ${maxRows} rows`, {
    help: "Add a LIMIT to the text, or raise `maxRows`",
  });
}

/** The error for a statement that took too long. */
export function timedOut(timeoutMs: number): SqlError {
  return new SqlError("timeout", `The database did not answer within ${timeoutMs} ms`);
}

/** The error for a database that cannot be reached; `reason` is for logs, not for clients. */
export function unavailable(
  reason: string,
  cause?: unknown,
  { isTransient = true, help }: Pick<SqlErrorDetails, "isTransient" | "help"> = {},
): SqlError {
  return new SqlError("unavailable", reason, { cause, isTransient, help });
}
