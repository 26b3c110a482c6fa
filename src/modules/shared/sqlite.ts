/** SQLite by way of `node:sqlite`, which Node, Deno, Bun and the executable have. */
import process from "node:process";
import type { DatabaseSync } from "node:sqlite";

const BUSY = 5;
const LOCKED = 6;

/** How long to wait before a database that another process has locked is tried again. */
const FIRST_RETRY_MS = 2;
const LONGEST_RETRY_MS = 50;

/** Imports the driver. Node before 24 warns that it is experimental, which users cannot change. */
export async function importSqlite(): Promise<typeof DatabaseSync> {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return (await import("node:sqlite")).DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** The result code of what the driver threw (https://sqlite.org/rescode.html); undefined for others. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode, message } = error as DriverError;
  if (errcode !== undefined) return errcode;
  if (code !== "ERR_SQLITE_ERROR") return undefined;
  return BY_MESSAGE.find(([text]) => text.test(message))?.[1] ?? 1;
}

/** True for a database that another connection has locked. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && [BUSY, LOCKED].includes(code & 0xff);
}

/**
 * Repeats what fails because another process has locked the database, for at most `timeoutMs`; 0 is
 * without end. `isLocked` is for errors that were translated.
 */
export async function whileBusy<T>(
  timeoutMs: number,
  run: () => T,
  isLocked: (error: unknown) => boolean = isBusy,
): Promise<T> {
  const end = timeoutMs === 0 ? Infinity : Date.now() + timeoutMs;
  for (let wait = FIRST_RETRY_MS;; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
    try {
      return run();
    } catch (error) {
      if (!isLocked(error) || Date.now() + wait > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/**
 * Opens the database in a file, or one in memory for the path `:memory:`, and sets it up. Readers
 * see the last commit while a transaction is open.
 */
export async function openHandle(
  Sqlite: typeof DatabaseSync,
  path: string,
  timeoutMs: number,
  setUp: (handle: DatabaseSync) => void,
): Promise<DatabaseSync> {
  const handle = new Sqlite(path);
  try {
    // Waiting within SQLite would block the whole program: see `whileBusy`.
    handle.exec("PRAGMA busy_timeout = 0");
    // Processes that open a new file at once get in each other's way here.
    if (path !== ":memory:") {
      await whileBusy(timeoutMs, () => handle.exec("PRAGMA journal_mode = WAL"));
    }
    await whileBusy(timeoutMs, () => setUp(handle));
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** Runs `work` in a transaction, so that nobody writes between its steps. */
export function runExclusively<T>(handle: DatabaseSync, work: () => T): T {
  handle.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    handle.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      handle.exec("ROLLBACK");
    } catch { /* Some errors, such as a full disk, have rolled it back already. */ }
    throw error;
  }
}

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
