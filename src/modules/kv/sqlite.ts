/** A store in a SQLite file, by way of `node:sqlite`. */
import type { DatabaseSync } from "node:sqlite";
import {
  importSqlite,
  openHandle,
  resultCode,
  runExclusively,
  whileBusy,
} from "../shared/sqlite.ts";
import { type Backend, incremented, mayWrite, newVersion, StoreUnavailable } from "./backend.ts";

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
  const db = await open(path, timeoutMs);
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

  async function attempt<T>(work: () => T): Promise<T> {
    try {
      return await whileBusy(timeoutMs, work);
    } catch (error) {
      throw unavailable(error);
    }
  }

  const locked = <T>(work: () => T) => attempt(() => runExclusively(db, work));

  function find(key: string): StoredRow | undefined {
    // The columns are those of the statement.
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
    stats: () => ({ keys: Number(prepared.count.get()?.["n"]) }),
    close: () => new Promise((resolve) => resolve(db.close())),
  };
}

async function open(path: string, timeoutMs: number): Promise<DatabaseSync> {
  try {
    return await openHandle(await importSqlite(), path, timeoutMs, (db) => {
      runExclusively(db, () => db.exec(SCHEMA));
    });
  } catch (error) {
    throw unavailable(error);
  }
}

/** Translates what the driver threw; anything else is returned as it is. */
function unavailable(error: unknown): unknown {
  return resultCode(error) === undefined
    ? error
    : new StoreUnavailable((error as Error).message, { cause: error });
}
