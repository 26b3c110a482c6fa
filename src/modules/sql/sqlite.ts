/** SQLite by way of `node:sqlite`, which Node, Deno, Bun and the executable have. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { importSqlite, openHandle, whileBusy } from "../shared/sqlite.ts";
import type {
  Database,
  OpenOptions,
  Outcome,
  RunOptions,
  Statement,
  TransactionSession,
} from "./database.ts";
import { createLock } from "./lock.ts";
import { timedOut, tooManyRows } from "./sql_error.ts";
import { isLocked, sqliteError } from "./sqlite_error.ts";
import { exactRow, type SqliteValue, toSqlite } from "./values.ts";
import { runTransaction } from "./transaction_session.ts";

/** The instructions of SQLite that lead to another row, or back from somewhere else. */
const LOOPS: ReadonlySet<unknown> = new Set(
  ["Next", "Prev", "SorterNext", "VNext", "RowSetRead", "Yield", "Return", "Program"],
);

/** A prepared statement, and whether it only reads. */
interface Prepared {
  readonly statement: StatementSync;
  readonly reads: boolean;
  /** True if it gives at most one row, whatever its values are. */
  readonly isSingle: boolean;
  /** True for INSERT, UPDATE and DELETE: of others the driver reports the changes of an earlier one. */
  readonly counts: boolean;
  /** True once integers are read as BigInts, which is slower, and exact beyond 2^53. */
  readsBigInts: boolean;
}

/** Opens the database in a file, or one in memory for the path `:memory:`. */
export async function openSqlite(path: string, options: OpenOptions): Promise<Database> {
  const isFile = path !== ":memory:";
  const writer = await openDatabase(path, options.timeoutMs);
  // With a write-ahead log, readers see the last commit while a transaction is open. Memory has one
  // connection, so everybody waits for a transaction there.
  const reader = isFile ? await openDatabase(path, options.timeoutMs) : writer;
  const lock = createLock();
  const cache = new Map<DatabaseSync, Map<string, Prepared>>([[writer, new Map()]]);
  if (isFile) cache.set(reader, new Map());
  let queries = 0;

  const late = () => timedOut(options.timeoutMs);

  function prepared(handle: DatabaseSync, text: string): Prepared {
    const statements = cache.get(handle)!;
    let found = statements.get(text);
    if (found === undefined) statements.set(text, found = prepare(handle, text));
    return found;
  }

  function runOn(
    handle: DatabaseSync,
    { text }: Statement,
    values: readonly unknown[],
    { maxRows }: RunOptions,
  ): Outcome {
    queries++;
    try {
      const found = prepared(handle, text);
      const rows = readRows(found, values.map(toSqlite), maxRows);
      return { rows, changed: found.counts ? changesOf(handle) : 0 };
    } catch (error) {
      // A statement that has failed reports that error once more when it is run again.
      cache.get(handle)!.delete(text);
      throw sqliteError(error);
    }
  }

  function changesOf(handle: DatabaseSync): number {
    const { statement } = prepared(handle, "SELECT changes() AS n");
    return Number(statement.get()!["n"]);
  }

  /** Runs a statement that has to wait for others. */
  async function later(
    run: () => Outcome,
    needsLock: boolean,
    { signal }: RunOptions,
  ): Promise<Outcome> {
    const release = needsLock ? await lock.acquire(options.timeoutMs, late) : undefined;
    try {
      return await whileLocked(options.timeoutMs, () => {
        signal?.throwIfAborted();
        return run();
      });
    } finally {
      release?.();
    }
  }

  async function begin(waits: boolean): Promise<void> {
    const timeoutMs = waits ? 0 : options.timeoutMs;
    await whileLocked(timeoutMs, () => writer.exec("BEGIN IMMEDIATE"));
  }

  async function inTransaction<T>(
    work: (session: TransactionSession) => Promise<T>,
    waits: boolean,
  ): Promise<T> {
    const release = await lock.acquire(waits ? 0 : options.timeoutMs, late);
    try {
      await begin(waits);
      return await runTransaction({
        session: {
          run: (statement, values, run) =>
            settled(() => {
              run.signal?.throwIfAborted();
              return runOn(writer, statement, values, run);
            }),
          script: (text) => settled(() => guard(() => writer.exec(text), text)),
        },
        commit: () => whileLocked(options.timeoutMs, () => writer.exec("COMMIT")),
        rollback: () =>
          settled(() => {
            try {
              writer.exec("ROLLBACK");
            } catch {
              // Some errors, such as a full disk, have rolled it back already.
            }
          }),
      }, work);
    } finally {
      release();
    }
  }

  return {
    dialect: "sqlite",
    run(statement, values, run) {
      const { reads } = guard(() => prepared(reader, statement.text), statement.text);
      const once = () => runOn(reads ? reader : writer, statement, values, run);
      const needsLock = !reads || !isFile;
      if (!needsLock || lock.isFree) {
        try {
          return once();
        } catch (error) {
          if (!isLocked(error)) throw error;
        }
      }
      return later(once, needsLock, run);
    },
    ping: () => settled(() => guard(() => void prepared(reader, "SELECT 1").statement.get())),
    prepare: ({ text }) => settled(() => guard(() => void prepared(reader, text), text)),
    transaction: (work) => inTransaction(work, false),
    migration: (work) => inTransaction(work, true),
    stats: () => ({ queries, statements: cache.get(reader)!.size }),
    close: () =>
      settled(() => {
        if (isFile) reader.close();
        writer.close();
      }),
  };
}

/** What is done at once, as a promise. */
function settled<T>(run: () => T): Promise<T> {
  return new Promise((resolve) => resolve(run()));
}

function guard<T>(run: () => T, text?: string): T {
  try {
    return run();
  } catch (error) {
    throw sqliteError(error, text);
  }
}

function prepare(handle: DatabaseSync, text: string): Prepared {
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
  const readsBigInts = !reads || !reportsLargeIntegers(handle);
  statement.setReadBigInts(readsBigInts);
  return { statement, reads, isSingle, counts, readsBigInts };
}

let areLargeIntegersReported: boolean | undefined;

/** True if the driver throws for an integer beyond 2^53; that of Deno gives no rows instead. */
function reportsLargeIntegers(handle: DatabaseSync): boolean {
  if (areLargeIntegersReported !== undefined) return areLargeIntegersReported;
  try {
    handle.prepare(`SELECT ${2n ** 53n + 1n}`).iterate().next();
    areLargeIntegersReported = false;
  } catch {
    areLargeIntegersReported = true;
  }
  return areLargeIntegersReported;
}

/** The word that SQL text begins with, after comments, in capitals. */
function firstWord(text: string): string {
  return /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(\w*)/.exec(text)![1]!.toUpperCase();
}

function readRows(
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
  { statement, isSingle }: Prepared,
  bound: readonly SqliteValue[],
  maxRows: number,
): Record<string, unknown>[] {
  // Faster than an iterator, but it would read any number of rows.
  if (isSingle) return statement.all(...bound).map((row) => ({ ...row }));
  const rows: Record<string, unknown>[] = [];
  const found: Iterator<Record<string, unknown>> = statement.iterate(...bound);
  for (;;) {
    const { done, value } = found.next();
    if (done === true) return rows;
    if (rows.length === maxRows) {
      found.return?.();
      throw tooManyRows(maxRows);
    }
    rows.push({ ...value });
  }
}

/** Repeats what fails because another process has locked the database. */
function whileLocked<T>(timeoutMs: number, run: () => T): Promise<T> {
  return whileBusy(timeoutMs, () => guard(run), isLocked);
}

/** Opens a connection; throws an `SqlError`. */
async function openDatabase(path: string, timeoutMs: number): Promise<DatabaseSync> {
  try {
    const Sqlite = await importSqlite();
    return await openHandle(Sqlite, path, timeoutMs, (handle) => {
      handle.exec("PRAGMA foreign_keys = ON");
    });
  } catch (error) {
    throw sqliteError(error);
  }
}
