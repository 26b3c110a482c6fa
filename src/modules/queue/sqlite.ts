/** Messages in a SQLite file, by way of `node:sqlite`. */
import type { DatabaseSync, StatementResultingChanges } from "node:sqlite";
import type { Clock, SqlTransaction } from "../../contract/author.ts";
import {
  importSqlite,
  isBusy,
  openHandle,
  resultCode,
  runExclusively,
  whileBusy,
} from "../shared/sqlite.ts";
import {
  type Backend,
  type Delivery,
  newLease,
  type NewMessage,
  notesText,
  parseNotes,
  StoreUnavailable,
} from "./backend.ts";
import { createBatch } from "./batch.ts";

/** How often to look whether another process has changed the file: SQLite does not notify others. */
const LOOK_MS = 200;
/** How many messages are written in one transaction. */
const BATCH = 500;
const SCHEMA = `CREATE TABLE IF NOT EXISTS digly_queue (
    id integer PRIMARY KEY AUTOINCREMENT, queue text NOT NULL, body text NOT NULL,
    published integer NOT NULL, due integer NOT NULL, attempt integer NOT NULL DEFAULT 0,
    lease text, dead integer NOT NULL DEFAULT 0, notes text
  );
  CREATE INDEX IF NOT EXISTS digly_queue_due ON digly_queue (queue, dead, due, id)`;

/** Who waits for messages in this process, by the path of the file. */
const listenersOf = new Map<string, Set<() => void>>();

/** Opens the file, or a database in memory for `:memory:`. */
export async function openSqlite(
  path: string,
  queue: string,
  { timeoutMs, clock }: { readonly timeoutMs: number; readonly clock: Clock },
): Promise<Backend> {
  const db = await open(path, timeoutMs);
  const isFile = path !== ":memory:";
  const listeners = isFile ? sharedListeners(path) : new Set<() => void>();
  const own = new Set<() => void>();
  const prepared = prepare(db);
  let looking: ReturnType<typeof setInterval> | undefined;
  let lastVersion: unknown;

  /** Runs `work` in a transaction as soon as nobody else writes to the file. */
  async function write<T>(
    work: (now: number) => T,
    runIn: (db: DatabaseSync, work: () => T) => T = runExclusively,
  ): Promise<T> {
    try {
      return await whileBusy(timeoutMs, () => runIn(db, () => work(clock.now())));
    } catch (error) {
      throw unavailable(error);
    }
  }

  function read<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      try {
        resolve(work());
      } catch (error) {
        reject(unavailable(error));
      }
    });
  }

  function wake(): void {
    for (const listener of [...listeners]) listener();
  }

  function look(): void {
    try {
      const { data_version } = prepared.version.get() ?? {};
      if (data_version === lastVersion) return;
      lastVersion = data_version;
    } catch { /* What uses the file next reports the error. */ }
    for (const listener of [...own]) listener();
  }

  const publish = createBatch(BATCH, async (messages: readonly NewMessage[]) => {
    const ids = await write(
      (now) =>
        messages.map(({ body, delayMs, notes }) =>
          String(
            prepared.add.get(queue, body, now, Math.ceil(now + delayMs), notesText(notes))?.["id"],
          )
        ),
      runDurably,
    );
    wake();
    return ids;
  });

  /** Changes a message in the next transaction; false if it is not claimed any more. */
  const change = createBatch(
    BATCH,
    (changes: readonly ((now: number) => StatementResultingChanges)[]) =>
      write((now) => changes.map((run) => run(now).changes > 0)),
  );

  /** The same for a message that others may then claim. */
  async function requeue(run: (now: number) => StatementResultingChanges): Promise<boolean> {
    const isDone = await change(run);
    wake();
    return isDone;
  }

  return {
    publish,
    ...(isFile ? { publishIn: publishInTransaction } : {}),
    claim: (limit, leaseMs) =>
      write((now) => {
        const lease = newLease();
        const rows = prepared.claim.all(lease, now + leaseMs, queue, now, limit);
        return rows.map((row): Delivery => ({
          id: String(row["id"]),
          body: String(row["body"]),
          notes: parseNotes(row["notes"]),
          attempt: Number(row["attempt"]),
          published: Number(row["published"]),
          lease,
        })).sort((a, b) => Number(a.id) - Number(b.id));
      }),
    untilDue: () =>
      read(() => {
        const { due = null } = prepared.next.get(queue) ?? {};
        return due === null ? undefined : Math.max(0, Number(due) - clock.now());
      }),
    renew: (deliveries, leaseMs) =>
      write((now) =>
        new Set(
          deliveries.filter(({ id, lease }) =>
            prepared.renew.run(now + leaseMs, id, lease).changes > 0
          ).map(({ id }) => id),
        )
      ),
    remove: ({ id, lease }) => change(() => prepared.remove.run(id, lease)),
    retry: ({ id, lease }, delayMs, notes) =>
      requeue((now) => prepared.retry.run(Math.ceil(now + delayMs), notesText(notes), id, lease)),
    release: ({ id, lease }) => requeue((now) => prepared.release.run(now, id, lease)),
    bury: ({ id, lease }, notes) => change(() => prepared.bury.run(notesText(notes), id, lease)),
    counts: () =>
      read(() => {
        const now = clock.now();
        const row = prepared.counts.get(now, queue) ?? {};
        const count = (name: string) => Number(row[name] ?? 0);
        return {
          ready: count("ready"),
          delayed: count("delayed"),
          active: count("active"),
          dead: count("dead"),
          oldestMs: row["oldest"] === null ? 0 : now - count("oldest"),
        };
      }),
    listen(listener) {
      listeners.add(listener);
      own.add(listener);
      if (isFile && looking === undefined) {
        looking = setInterval(look, LOOK_MS);
        (looking as { unref?: () => void }).unref?.();
      }
      return () => {
        listeners.delete(listener);
        own.delete(listener);
        if (own.size > 0) return;
        clearInterval(looking);
        looking = undefined;
      };
    },
    ping: () => read(() => void prepared.version.get()),
    close: () => new Promise((resolve) => resolve(db.close())),
  };

  async function publishInTransaction(
    transaction: SqlTransaction,
    { body, delayMs, notes }: NewMessage,
  ): Promise<string> {
    const now = clock.now();
    const due = Math.ceil(now + delayMs);
    const rows = await transaction.run(ADD, [queue, body, now, due, notesText(notes)]);
    transaction.afterCommit(wake);
    return String(rows[0]?.["id"]);
  }
}

function sharedListeners(path: string): Set<() => void> {
  let listeners = listenersOf.get(path);
  if (listeners === undefined) listenersOf.set(path, listeners = new Set());
  return listeners;
}

/** Translates what the driver threw; anything else is returned as it is. */
function unavailable(error: unknown): unknown {
  if (resultCode(error) === undefined) return error;
  return new StoreUnavailable((error as Error).message, {
    isTransient: isBusy(error),
    cause: error,
  });
}

const ADD = `INSERT INTO digly_queue (queue, body, published, due, notes)
  VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id`;

function prepare(db: DatabaseSync) {
  return {
    add: db.prepare(ADD),
    claim: db.prepare(`UPDATE digly_queue SET lease = ?1, due = ?2, attempt = attempt + 1
      WHERE id IN (SELECT id FROM digly_queue
        WHERE queue = ?3 AND dead = 0 AND due <= ?4 ORDER BY due, id LIMIT ?5)
      RETURNING id, body, published, attempt, notes`),
    next: db.prepare("SELECT min(due) AS due FROM digly_queue WHERE queue = ?1 AND dead = 0"),
    renew: db.prepare("UPDATE digly_queue SET due = ?1 WHERE id = ?2 AND lease = ?3"),
    remove: db.prepare("DELETE FROM digly_queue WHERE id = ?1 AND lease = ?2"),
    retry: db.prepare(
      "UPDATE digly_queue SET due = ?1, notes = ?2, lease = NULL WHERE id = ?3 AND lease = ?4",
    ),
    release: db.prepare(`UPDATE digly_queue SET due = ?1, attempt = attempt - 1, lease = NULL
      WHERE id = ?2 AND lease = ?3`),
    bury: db.prepare(
      "UPDATE digly_queue SET dead = 1, notes = ?1, lease = NULL WHERE id = ?2 AND lease = ?3",
    ),
    counts: db.prepare(`SELECT
        sum(dead = 0 AND due <= ?1) AS ready,
        sum(dead = 0 AND due > ?1 AND lease IS NULL) AS delayed,
        sum(dead = 0 AND due > ?1 AND lease IS NOT NULL) AS active,
        sum(dead) AS dead,
        min(CASE WHEN dead = 0 AND due <= ?1 THEN published END) AS oldest
      FROM digly_queue WHERE queue = ?2`),
    version: db.prepare("PRAGMA data_version"),
  };
}

/**
 * Runs `work` in a transaction that outlives a loss of power. Other transactions need not wait for
 * the disk: a claim or a removal that is lost leads to another delivery.
 */
function runDurably<T>(db: DatabaseSync, work: () => T): T {
  db.exec("PRAGMA synchronous = FULL");
  try {
    return runExclusively(db, work);
  } finally {
    db.exec("PRAGMA synchronous = NORMAL");
  }
}

async function open(path: string, timeoutMs: number): Promise<DatabaseSync> {
  try {
    return await openHandle(await importSqlite(), path, timeoutMs, (db) => {
      runExclusively(db, () => db.exec(SCHEMA));
      db.exec("PRAGMA synchronous = NORMAL");
    });
  } catch (error) {
    throw unavailable(error);
  }
}
