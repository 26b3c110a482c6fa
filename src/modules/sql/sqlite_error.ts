/** The errors of SQLite, by their extended result codes (https://sqlite.org/rescode.html). */
import { findNamed } from "./mistake.ts";
import { SqlError, unavailable } from "./sql_error.ts";

const BUSY = 5;
const LOCKED = 6;

/** Primary codes of a database that cannot be used at the moment. */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [BUSY, "another process has locked the database"],
  [LOCKED, "another connection has locked the database"],
  [8, "the database is read-only"],
  [10, "the file of the database cannot be read or written"],
  [11, "the file of the database is damaged"],
  [13, "the disk is full"],
  [14, "the file of the database cannot be opened"],
  [26, "the file is not a database"],
]);

/** What the driver throws. Deno leaves out the result code where several statements are run at once. */
interface DriverError extends Error {
  readonly code?: string;
  readonly errcode?: number;
}

/** Result codes by the texts of SQLite, for errors without a code. */
const BY_MESSAGE: readonly (readonly [RegExp, number])[] = [
  [/^database is locked/, BUSY],
  [/^database (table|schema) is locked/, LOCKED],
  [/^attempt to write a readonly database/, 8],
  [/^disk I\/O error/, 10],
  [/^database disk image is malformed/, 11],
  [/^database or disk is full/, 13],
  [/^unable to open database file/, 14],
  [/^file is not a database/, 26],
  [/^UNIQUE constraint failed/, 2067],
  [/^FOREIGN KEY constraint failed/, 787],
  [/^(CHECK|NOT NULL) constraint failed/, 19],
];

/** The extended result code of what the driver threw; undefined for anything else. */
function resultCode(error: DriverError): number | undefined {
  if (error.errcode !== undefined) return error.errcode;
  if (error.code !== "ERR_SQLITE_ERROR") return undefined;
  return BY_MESSAGE.find(([text]) => text.test(error.message))?.[1] ?? 1;
}

/** Translates what the driver threw for a statement; anything else is returned as it is. */
export function sqliteError(error: unknown, text = ""): unknown {
  if (!(error instanceof Error) || error instanceof SqlError) return error;
  const code = resultCode(error);
  if (code === undefined) return error;
  const primary = code & 0xff;
  const reason = UNAVAILABLE.get(primary);
  if (reason !== undefined) return unavailable(reason, error, [BUSY, LOCKED].includes(primary));
  const { message } = error;
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

/** True for a database that another connection has locked. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof SqlError) || error.kind !== "unavailable") return false;
  const { cause } = error.details;
  const code = cause instanceof Error ? resultCode(cause) : undefined;
  return code !== undefined && [BUSY, LOCKED].includes(code & 0xff);
}

/** `UNIQUE constraint failed: users.email, users.team` names the table and its columns. */
function placeIn(message: string): { readonly table?: string; readonly columns?: string[] } {
  const names = /constraint failed: (.+)$/.exec(message)?.[1]?.split(", ");
  if (names === undefined || !names.every((name) => name.includes("."))) return {};
  return {
    table: names[0]!.slice(0, names[0]!.indexOf(".")),
    columns: names.map((name) => name.slice(name.indexOf(".") + 1)),
  };
}
