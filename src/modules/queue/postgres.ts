/** Messages in PostgreSQL, by way of the package `postgres`. */
import postgres from "postgres";
import type { SqlTransaction } from "../../contract/author.ts";
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
import { STATEMENTS, TABLE, TABLE_LOCK } from "./postgres_statements.ts";

const CONNECTIONS = 4;
/** Connections that are not needed are closed after so many seconds. */
const IDLE_S = 60;
const CLOSE_S = 5;
const CHANNEL = "digly_queue";
const LISTEN_RETRY_MS = 1_000;
/** How many messages are written by one statement. */
const BATCH = 500;
/** Errors that go away while a server starts, stops or is busy: connections, and these classes. */
const TRANSIENT = /^(?:CONNECT|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|08|53|57P)/;

/** Opens a queue; creates the table if it does not exist. */
export async function openPostgres(
  url: string,
  queue: string,
  timeoutMs: number,
): Promise<Backend> {
  const sql = postgres(url, {
    max: CONNECTIONS,
    idle_timeout: IDLE_S,
    max_lifetime: null,
    connect_timeout: Math.max(1, Math.ceil(timeoutMs / 1_000)),
    backoff: () => 0.1,
    onnotice: () => {},
    connection: { application_name: "digly", statement_timeout: timeoutMs },
  });
  const listeners = new Set<() => void>();
  let isListening = false;
  let isClosed = false;

  /** Settles with `work`; a server that does not answer is not waited for any longer. */
  function bounded<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new StoreUnavailable("the database does not answer", { isTransient: true })),
        timeoutMs,
      );
      work.then(resolve, (error) => reject(unavailable(error))).finally(() => clearTimeout(timer));
    });
  }

  async function run(text: string, ...values: unknown[]): Promise<readonly postgres.Row[]> {
    return await bounded(sql.unsafe(text, values as never[], { prepare: true }));
  }

  /** True if a statement has changed the message that it was for. */
  async function changes(text: string, ...values: unknown[]): Promise<boolean> {
    return (await run(text, ...values)).length > 0;
  }

  async function createTable(): Promise<void> {
    const [row] = await run("SELECT to_regclass('digly_queue') IS NOT NULL AS exists");
    if (row?.["exists"] === true) return;
    await bounded(sql.begin(async (transaction) => {
      await transaction.unsafe(`SELECT pg_advisory_xact_lock(${TABLE_LOCK})`);
      await transaction.unsafe(TABLE);
    }));
  }

  function wake(): void {
    for (const listener of [...listeners]) listener();
  }

  /** The driver listens again when the connection is lost, and calls `wake` then. */
  function listenToServer(): void {
    if (isListening || isClosed) return;
    isListening = true;
    sql.listen(CHANNEL, (name) => {
      if (name === queue) wake();
    }, wake).catch(() => {
      isListening = false;
      const timer = setTimeout(listenToServer, LISTEN_RETRY_MS);
      (timer as { unref?: () => void }).unref?.();
    });
  }

  const publish = createBatch(BATCH, async (messages: readonly NewMessage[]) => {
    const rows = messages.map(({ body, delayMs, notes }) => ({
      body,
      delay: Math.ceil(delayMs),
      notes: notesText(notes),
    }));
    const added = await run(STATEMENTS.addMany, queue, JSON.stringify(rows));
    return added.map(({ id }) => String(id));
  });

  const remove = createBatch(BATCH, async (deliveries: readonly Delivery[]) => {
    const claims = deliveries.map(({ id, lease }) => ({ id, lease }));
    const removed = await run(STATEMENTS.remove, JSON.stringify(claims));
    const ids = new Set(removed.map(({ id }) => String(id)));
    return deliveries.map(({ id }) => ids.has(id));
  });

  try {
    await createTable();
  } catch (error) {
    isClosed = true;
    void sql.end({ timeout: 0 });
    throw error;
  }
  return {
    publish,
    async publishIn(transaction: SqlTransaction, { body, delayMs, notes }: NewMessage) {
      const rows = await transaction.run(STATEMENTS.add, [
        queue,
        body,
        Math.ceil(delayMs),
        notesText(notes),
      ]);
      return String(rows[0]?.["id"]);
    },
    async claim(limit, leaseMs) {
      const lease = newLease();
      const rows = await run(STATEMENTS.claim, queue, limit, lease, Math.ceil(leaseMs));
      return rows.map((row): Delivery => ({
        id: String(row["id"]),
        body: row["body"],
        notes: parseNotes(row["notes"]),
        attempt: Number(row["attempt"]),
        published: Number(row["published"]),
        lease,
      })).sort((a, b) => Number(a.id) - Number(b.id));
    },
    async untilDue() {
      const [{ wait = null } = {}] = await run(STATEMENTS.next, queue);
      return wait === null ? undefined : Math.max(0, Number(wait));
    },
    async renew(deliveries, leaseMs) {
      const claims = deliveries.map(({ id, lease }) => ({ id, lease }));
      const rows = await run(STATEMENTS.renew, JSON.stringify(claims), Math.ceil(leaseMs));
      return new Set(rows.map(({ id }) => String(id)));
    },
    remove,
    retry: ({ id, lease }, delayMs, notes) =>
      changes(STATEMENTS.retry, id, lease, Math.ceil(delayMs), notesText(notes), queue),
    release: ({ id, lease }) => changes(STATEMENTS.release, id, lease, queue),
    bury: ({ id, lease }, notes) => changes(STATEMENTS.bury, id, lease, notesText(notes)),
    async counts() {
      const [row = {}] = await run(STATEMENTS.counts, queue);
      const count = (name: string) => Number(row[name]);
      return {
        ready: count("ready"),
        delayed: count("delayed"),
        active: count("active"),
        dead: count("dead"),
        oldestMs: count("oldest"),
      };
    },
    listen(listener) {
      listeners.add(listener);
      listenToServer();
      return () => listeners.delete(listener);
    },
    ping: async () => void await run("SELECT 1"),
    async close() {
      isClosed = true;
      await sql.end({ timeout: CLOSE_S });
    },
  };
}

function unavailable(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  const { code, message } = error as { code?: unknown; message: string };
  const isTransient = typeof code === "string" && TRANSIENT.test(code);
  const reason = message === "" ? String(code) : message;
  return new StoreUnavailable(reason, { isTransient, cause: error });
}
