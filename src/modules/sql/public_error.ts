/** The errors of the module's codes, which callers and clients of a server see. */
import {
  type DiglyError,
  fail,
  formatUrn,
  type Origin,
  type RuntimeResource,
} from "../../contract/author.ts";
import { isSqlError, type SqlError } from "./sql_error.ts";
import { describeTarget, type Target } from "./url.ts";

/** Translates what a driver threw while `urn` was executed; anything else stays as it is. */
export function executionError(urn: string, error: unknown): unknown {
  if (!isSqlError(error)) return error;
  return codedError(error) ?? fail(
    "ERR_EXECUTION_FAILED",
    { urn, problem: error.message, chain: [urn] },
    { cause: error, help: error.details.help },
  );
}

/** The error of a connection whose database cannot be used. */
export function unusable(
  { kind, metadata: { name } }: RuntimeResource,
  target: Target,
  cause: SqlError,
  origin: Origin | undefined,
): DiglyError {
  const urn = formatUrn(kind, name);
  const problem = `${urn}: ${describeTarget(target)} cannot be used: ${cause.message}`;
  return fail("Sql.Unavailable", { problem }, { cause, origin, help: cause.details.help });
}

/** The error with a code, whose message and data may reach clients. */
function codedError(error: SqlError): DiglyError | undefined {
  const { kind, details: { table, columns } } = error;
  const data = {
    ...(table === undefined ? {} : { table }),
    ...(columns === undefined ? {} : { columns }),
  };
  switch (kind) {
    case "unique":
      return fail("Sql.UniqueViolation", {
        problem: columns === undefined
          ? "A row with the same values exists"
          : `A row with the same ${columns.join(" and ")} exists`,
        data,
      }, { cause: error });
    case "foreignKey":
      return fail("Sql.ForeignKeyViolation", {
        problem: "A row refers to one that does not exist, or is still referred to",
        data,
      }, { cause: error });
    case "unavailable":
      return fail("Sql.Unavailable", { problem: "The database is not available" }, {
        cause: error,
      });
    case "timeout":
      return fail("Sql.Timeout", { problem: error.message }, { cause: error });
  }
  return undefined;
}
