/** A store in a SQLite file, by way of `node:sqlite`. */
import process from "node:process";
import type { DatabaseSync } from "node:sqlite";
import { type Backend, incremented, mayWrite, newVersion, StoreUnavailable } from "./backend.ts";

const BUSY = [5, 6];
const RETRY_MS = 5;
const SCHEMA = `CREATE TABLE IF NOT EXISTS digly_kv (
    key text PRIMARY KEY, value text NOT NULL, version text NOT NULL, expires integer
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS digly_kv_expires ON digly_kv (expires) WHERE expires IS NOT NULL`;

interface StoredRow {
  readonly value: string;
  readonly version: string;
  readonly expires: number | null;
}

/** Opens the file, or a database in memory for `:memory:`. Values expire as `now` says. */
export async function openSqlite(
  path: string,
  timeoutMs: number,
  now: () => number,
): Promise<Backend> {
  const db = await openFile(path, timeoutMs);
  const prepared = {
    get: db.prepare(
      "SELECT value, version, expires FROM digly_kv WHERE key = ? AND (expires IS NULL OR expires > ?)",
    ),
    set: db.prepare(
      "INSERT OR REPLACE INTO digly_kv (key, value, version, expires) VALUES (?, ?, ?, ?)",
    ),
    delete: db.prepare("DELETE FROM digly_kv WHERE key = ?"),
    sweep: db.prepare("DELETE FROM digly_kv WHERE expires <= ?"),
    list: db.prepare(
      `SELECT key, value FROM digly_kv WHERE key >= ? AND key > ? AND substr(key, 1, ?) = ?
        AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ?`,
    ),
    count: db.prepare("SELECT count(*) AS n FROM digly_kv"),
  };

  const attempt = <T>(work: () => T) => whenFree(timeoutMs, work);
  /** Runs `work` in a transaction, so that nobody writes between its steps. */
  const locked = <T>(work: () => T) => attempt(() => transaction(db, work));

  function find(key: string): StoredRow | undefined {
    return prepared.get.get(key, now()) as unknown as StoredRow | undefined;
  }

  function write(key: string, value: string, expires: number | null): string {
    const version = newVersion();
    prepared.set.run(key, value, version, expires);
    return version;
  }

  const expiry = (ttlMs: number | undefined) =>
    ttlMs === undefined ? null : Math.ceil(now() + ttlMs);

  return {
    get: (key) => attempt(() => find(key)),
    set: (key, value, { ttlMs, onlyOver }) =>
      locked(() => mayWrite(find(key), onlyOver) ? write(key, value, expiry(ttlMs)) : undefined),
    delete: (key) =>
      locked(() => {
        const found = find(key);
        prepared.delete.run(key);
        return found?.value;
      }),
    increment: (key, by, ttlMs) =>
      locked(() => {
        const found = find(key);
        const sum = incremented(found?.value, by);
        write(key, String(sum), found === undefined ? expiry(ttlMs) : found.expires);
        return sum;
      }),
    list: (prefix, after, limit) =>
      attempt(() => {
        prepared.sweep.run(now());
        const length = [...prefix].length;
        const rows = prepared.list.all(prefix, after ?? "", length, prefix, now(), limit);
        return rows.map((row) => ({ key: String(row["key"]), value: String(row["value"]) }));
      }),
    stats: () => ({ keys: Number(prepared.count.get()!["n"]) }),
    close: () => new Promise((resolve) => resolve(db.close())),
  };
}

/** Runs `work` as soon as no other process has locked the file. */
async function whenFree<T>(timeoutMs: number, work: () => T): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const code = (error as { errcode?: number }).errcode;
      if (code === undefined) throw error;
      if (!BUSY.includes(code & 0xff) || Date.now() > end) {
        throw new StoreUnavailable((error as Error).message, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function transaction<T>(db: DatabaseSync, work: () => T): T {
  // Prepared, since Deno reports no result code for what `exec` runs.
  db.prepare("BEGIN IMMEDIATE").run();
  try {
    const result = work();
    db.prepare("COMMIT").run();
    return result;
  } catch (error) {
    try {
      db.exec("ROLLBACK");
    } catch { /* Some errors, such as a full disk, have rolled it back already. */ }
    throw error;
  }
}

async function openFile(path: string, timeoutMs: number): Promise<DatabaseSync> {
  const DatabaseSync = await importSqlite();
  let db: DatabaseSync | undefined;
  try {
    const opened = db = new DatabaseSync(path);
    opened.exec("PRAGMA busy_timeout = 0");
    // Processes that open a new file at once get in each other's way here.
    await whenFree(timeoutMs, () => opened.prepare("PRAGMA journal_mode = WAL").get());
    await whenFree(timeoutMs, () => transaction(opened, () => opened.exec(SCHEMA)));
    return opened;
  } catch (error) {
    db?.close();
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreUnavailable((error as Error).message, { cause: error });
  }
}

/** Node before 24 warns that the module is experimental, which is not the user's concern. */
async function importSqlite(): Promise<typeof DatabaseSync> {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return (await import("node:sqlite")).DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}
