/** The JSON Schema of what a statement of SQLite gives, as far as its tables say it. */
import type { DatabaseSync } from "node:sqlite";
import type { QueryFields } from "./fields.ts";
import { withNearestName } from "./nearest_name.ts";
import { hasAggregate, mayHaveNoRow, orNull, resultOf, type Schema } from "./rows.ts";
import { statementsOf } from "./script.ts";
import { sqliteError } from "./sqlite_error.ts";

/** A column of a result, as the driver describes it. */
interface Column {
  readonly name: string;
  /** The column of a table that its values come from. */
  readonly column: string | null;
  readonly table: string | null;
  /** The type that the table declares. */
  readonly type: string | null;
}

/**
 * The result of a statement, which is prepared and not run. What is not certain is left open: a value
 * that comes from an expression, an outer join, a view or a subquery may be of any type. Throws an
 * `SqlError` for a mistake in it.
 */
export function resultSchema(
  text: string,
  returns: QueryFields["returns"],
  handle: DatabaseSync,
): Schema {
  const columns = columnsOf(text, handle);
  const bare = statementsOf(text, "sqlite").map((statement) => statement.bare).join("; ");
  const isPlain = isPlainStatement(bare, handle);
  return resultOf(
    columns.map((column) => ({
      name: column.name,
      schema: isPlain ? valueSchema(column, handle) : {},
    })),
    returns,
    isPlain && mayHaveNoRow(bare),
  );
}

function columnsOf(text: string, handle: DatabaseSync): readonly Column[] {
  try {
    // The types of Node do not know all columns that it gives.
    return handle.prepare(text).columns() as unknown as readonly Column[];
  } catch (error) {
    throw withNearestName(sqliteError(error, text), handle);
  }
}

/** True if each value is that of one row of a table: no aggregate, outer join, subquery or view. */
function isPlainStatement(bare: string, handle: DatabaseSync): boolean {
  if ((bare.match(/\b(?:SELECT|VALUES)\b/gi) ?? []).length > 1) return false;
  if (/\b(?:LEFT|RIGHT|FULL|OUTER|WITH)\b/i.test(bare) || hasAggregate(bare)) return false;
  const words = new Set(bare.toLowerCase().match(/\w+/g));
  return handle.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").all()
    .every(({ name }) => !words.has(String(name).toLowerCase()));
}

function valueSchema({ table, column, type }: Column, handle: DatabaseSync): Schema {
  const own = typeOf(type);
  if (own === undefined || table === null || column === null) return {};
  const found = handle.prepare(
    `SELECT "notnull" AS required, pk FROM pragma_table_info(?1) WHERE name = ?2`,
  ).get(table, column);
  // The primary key that SQLite numbers its rows with is never null.
  const isRowId = found?.["pk"] === 1 && /^integer$/i.test(type ?? "");
  if (found?.["required"] === 1 || isRowId) return own;
  return orNull(own);
}

/** The type of a column by its affinity (https://sqlite.org/datatype3.html). */
function typeOf(declared: string | null): Schema | undefined {
  if (declared === null) return undefined;
  if (/int/i.test(declared)) return { type: "integer" };
  if (/char|clob|text/i.test(declared)) return { type: "string" };
  if (/real|floa|doub/i.test(declared)) return { type: "number" };
  return undefined;
}
