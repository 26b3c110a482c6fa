/** Statements of SQLite: what kind they are, and their rows. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { tooManyRows } from "./sql_error.ts";
import { exactRow, type SqliteValue } from "./values.ts";

/** The instructions of SQLite that lead to another row, or back from somewhere else. */
const LOOPS: ReadonlySet<unknown> = new Set(
  ["Next", "Prev", "SorterNext", "VNext", "RowSetRead", "Yield", "Return", "Program"],
);

/** A prepared statement, and whether it only reads. */
export interface Prepared {
  readonly statement: StatementSync;
  readonly reads: boolean;
  /** True if its rows are read one by one, so that too many of them take no memory. */
  readonly streams: boolean;
  /** True for INSERT, UPDATE and DELETE: of others the driver reports the changes of an earlier one. */
  readonly counts: boolean;
  /** True once integers are read as BigInts, which is slower, and exact beyond 2^53. */
  readsBigInts: boolean;
}

/** Prepares a statement. */
export function prepare(handle: DatabaseSync, text: string): Prepared {
  const statement = handle.prepare(text);
  const word = firstWord(text);
  // Its program says whether a statement opens a transaction for writing.
  const program = word === "EXPLAIN" ? [] : handle.prepare(`EXPLAIN ${text}`).all();
  const writes = program.some(({ opcode, p2 }) => opcode === "Transaction" && p2 !== 0);
  const reads = !writes && ["SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA"].includes(word);
  const isSingle = program.length > 0 && !program.some(({ opcode }) => LOOPS.has(opcode)) &&
    program.filter(({ opcode }) => opcode === "ResultRow").length < 2;
  const counts = writes && ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"].includes(word);
  // Only what has no effect can be repeated when an integer turns out to be beyond 2^53.
  const readsBigInts = !reads || !reportsErrorsOfRows(handle);
  statement.setReadBigInts(readsBigInts);
  // An iterator that fails leaves what it has written uncommitted on Node, and says nothing on Deno.
  const streams = reads && !isSingle && reportsErrorsOfRows(handle);
  return { statement, reads, streams, counts, readsBigInts };
}

let areErrorsOfRowsReported: boolean | undefined;

/** True if an iterator throws, for an integer beyond 2^53 here; that of Deno ends instead. */
function reportsErrorsOfRows(handle: DatabaseSync): boolean {
  if (areErrorsOfRowsReported !== undefined) return areErrorsOfRowsReported;
  const rows = handle.prepare(`SELECT ${2n ** 53n + 1n}`).iterate();
  try {
    rows.next();
    areErrorsOfRowsReported = false;
  } catch {
    areErrorsOfRowsReported = true;
  } finally {
    rows.return?.();
  }
  return areErrorsOfRowsReported;
}

/** The word that SQL text begins with, after comments, in capitals. */
function firstWord(text: string): string {
  const [, word = ""] = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(\w*)/.exec(text) ?? [];
  return word.toUpperCase();
}

/** Runs a statement, and reads at most `maxRows` rows; more are an error. */
export function readRows(
  prepared: Prepared,
  bound: readonly SqliteValue[],
  maxRows: number,
): Record<string, unknown>[] {
  if (prepared.readsBigInts) return rowsOf(prepared, bound, maxRows).map(exactRow);
  try {
    return rowsOf(prepared, bound, maxRows);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "ERR_OUT_OF_RANGE") throw error;
    prepared.statement.setReadBigInts(prepared.readsBigInts = true);
    return readRows(prepared, bound, maxRows);
  }
}

/** Rows as plain objects: those of the driver have no prototype. */
function rowsOf(
  { statement, streams }: Prepared,
  bound: readonly SqliteValue[],
  maxRows: number,
): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  // Faster than an iterator, but reads any number of rows.
  if (!streams) {
    for (const row of statement.all(...bound)) rows.push({ ...row });
    if (rows.length > maxRows) throw tooManyRows(maxRows);
    return rows;
  }
  const found: Iterator<Record<string, unknown>> = statement.iterate(...bound);
  try {
    for (;;) {
      const { done, value } = found.next();
      if (done === true) return rows;
      if (rows.length === maxRows) throw tooManyRows(maxRows);
      rows.push({ ...value });
    }
  } finally {
    // Otherwise a statement that has failed would keep its view of the database.
    found.return?.();
  }
}
