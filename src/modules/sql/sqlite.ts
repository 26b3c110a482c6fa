/** SQLite by way of `node:sqlite`, which Node, Deno, Bun and the executable have. */
import type { DatabaseSync } from "node:sqlite";
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
import { withNearestName } from "./nearest_name.ts";
import { timedOut } from "./sql_error.ts";
import { isLocked, sqliteError } from "./sqlite_error.ts";
import { prepare, type Prepared, readRows } from "./sqlite_statement.ts";
import { toSqlite } from "./values.ts";
import { runTransaction } from "./transaction_session.ts";

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
    // Each handle got its statements when it was opened.
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
      cache.get(handle)?.delete(text);
      throw sqliteError(error);
    }
  }

  function changesOf(handle: DatabaseSync): number {
    const { statement } = prepared(handle, "SELECT changes() AS n");
    return Number(statement.get()?.["n"]);
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
    prepare: ({ text }) =>
      settled(() => {
        try {
          prepared(reader, text);
        } catch (error) {
          throw withNearestName(sqliteError(error, text), reader);
        }
      }),
    transaction: (work) => inTransaction(work, false),
    migration: (work) => inTransaction(work, true),
    stats: () => ({ queries, statements: cache.get(reader)?.size ?? 0 }),
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
