/** The table or column that a mistaken name probably means. */
import type { DatabaseSync } from "node:sqlite";
import { didYouMean } from "../../contract/author.ts";
import { isSqlError, SqlError } from "./sql_error.ts";

const TABLES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')";
const COLUMNS = `SELECT DISTINCT column.name FROM sqlite_schema AS schema
  JOIN pragma_table_info(schema.name) AS column WHERE schema.type IN ('table', 'view')`;

/** Adds the nearest name to the error of a statement that names a table or a column that is not there. */
export function withNearestName(error: unknown, handle: DatabaseSync): unknown {
  if (!isSqlError(error, "syntax") || error.details.help !== undefined) return error;
  const [, type, name] = /^no such (table|column): (?:\w+\.)?(\w+)/.exec(error.message) ??
    /^table \S+ has no (column) named (\w+)/.exec(error.message) ?? [];
  if (type === undefined || name === undefined) return error;
  const rows = handle.prepare(type === "table" ? TABLES : COLUMNS).all();
  const help = didYouMean(name, rows.map((row) => String(row["name"])));
  return new SqlError("syntax", error.message, { ...error.details, help });
}
