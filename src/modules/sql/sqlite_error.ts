/** The errors of SQLite, by their extended result codes (https://sqlite.org/rescode.html). */
import { isBusy, resultCode } from "../shared/sqlite.ts";
import { findNamed } from "./mistake.ts";
import { isSqlError, SqlError, unavailable } from "./sql_error.ts";

/** Primary codes of a database that cannot be used at the moment. */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [5, "another process has locked the database"],
  [6, "another connection has locked the database"],
  [8, "the database is read-only"],
  [10, "the file of the database cannot be read or written"],
  [11, "the file of the database is damaged"],
  [13, "the disk is full"],
  [14, "the file of the database cannot be opened"],
  [26, "the file is not a database"],
]);

/** What to do about some of them. */
const HELP: ReadonlyMap<number, string> = new Map([
  [8, "Let the app write to the file and its folder"],
  [13, "Make space on the disk of the database"],
  [14, "Create its folder, which the app must be allowed to write to"],
  [26, "Correct the path in `url`, or move the file away"],
]);

/** Translates what the driver threw for a statement; anything else is returned as it is. */
export function sqliteError(error: unknown, text = ""): unknown {
  if (!(error instanceof Error) || error instanceof SqlError) return error;
  const code = resultCode(error);
  if (code === undefined) return error;
  const reason = UNAVAILABLE.get(code & 0xff);
  if (reason !== undefined) {
    return unavailable(reason, error, {
      isTransient: isBusy(error),
      help: HELP.get(code & 0xff),
    });
  }
  // Deno adds the whole text to the message.
  const message = error.message.replace(/ in [^]* at offset \d+$/, "");
  switch (code) {
    case 2067: // SQLITE_CONSTRAINT_UNIQUE
    case 1555: // SQLITE_CONSTRAINT_PRIMARYKEY
    case 2579: // SQLITE_CONSTRAINT_ROWID
      return new SqlError("unique", message, { ...placeIn(message), cause: error });
    case 787: // SQLITE_CONSTRAINT_FOREIGNKEY
      return new SqlError("foreignKey", message, { cause: error });
    case 1: // SQLITE_ERROR
      return new SqlError("syntax", message, { offset: findNamed(message, text), cause: error });
  }
  return new SqlError("other", message, { cause: error });
}

/** True for the error of a database that another connection has locked. */
export function isLocked(error: unknown): boolean {
  return isSqlError(error, "unavailable") && isBusy(error.details.cause);
}

/** `UNIQUE constraint failed: users.email, users.team` names the table and its columns. */
function placeIn(message: string): { readonly table?: string; readonly columns?: string[] } {
  const names = /constraint failed: (.+)$/.exec(message)?.[1]?.split(", ");
  if (names === undefined || !names.every((name) => name.includes("."))) return {};
  return {
    table: names[0]?.replace(/\..*$/s, "") ?? "",
    columns: names.map((name) => name.slice(name.indexOf(".") + 1)),
  };
}
