/** PostgreSQL by way of the package `postgres`, with a pool of connections. */
import type { Database, OpenOptions, RunOptions, TransactionSession } from "./database.ts";
import { type Connection, createConnection } from "./postgres_connection.ts";
import { timedOut, unavailable } from "./sql_error.ts";
import { runTransaction } from "./transaction_session.ts";

/** The advisory lock of migrations: one number that everybody who runs them must use. */
const MIGRATION_LOCK = 0x6469676c79; // "digly"

const NO_LIMIT: RunOptions = { maxRows: Infinity };

/** A connection of the pool. */
interface Member {
  readonly connection: Connection;
  /** True while a transaction has it for itself. */
  isLeased: boolean;
  /** Called when it is lost while it is leased. */
  lost: (() => void) | undefined;
}

/** Opens a database; its connections are opened when they are needed. */
export function openPostgres(url: string, { pool, timeoutMs, onLost }: OpenOptions): Database {
  let queries = 0;
  const members: Member[] = Array.from({ length: pool }, () => {
    const member: Member = {
      isLeased: false,
      lost: undefined,
      connection: createConnection({
        url,
        timeoutMs,
        onLost: () => {
          member.lost?.();
          onLost();
        },
        onEnd: serve,
      }),
    };
    return member;
  });
  /** Transactions and statements that wait until a connection is free, in order. */
  const waiting: Waiting[] = [];

  interface Waiting {
    readonly isExclusive: boolean;
    take(member: Member): void;
  }

  /** The connection with the least to do; for a transaction, one with nothing to do. */
  function pick(isExclusive: boolean): Member | undefined {
    let best: Member | undefined;
    for (const member of members) {
      if (member.isLeased) continue;
      const { pending } = member.connection;
      if (pending === 0) return member;
      if (!isExclusive && (best === undefined || pending < best.connection.pending)) best = member;
    }
    return best;
  }

  function take(isExclusive: boolean): Promise<Member> | Member {
    const member = waiting.length === 0 ? pick(isExclusive) : undefined;
    if (member !== undefined) {
      member.isLeased = isExclusive;
      return member;
    }
    return new Promise((resolve, reject) => {
      const timer = timeoutMs === 0 ? undefined : setTimeout(() => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(timedOut(timeoutMs));
      }, timeoutMs);
      const entry: Waiting = {
        isExclusive,
        take(member) {
          clearTimeout(timer);
          member.isLeased = isExclusive;
          resolve(member);
        },
      };
      waiting.push(entry);
    });
  }

  /** Gives what has become free to those who wait. */
  function serve(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const member = pick(next.isExclusive);
      if (member === undefined) return;
      waiting.shift();
      next.take(member);
    }
  }

  /** Does work on a connection that others use, too. */
  function withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const taken = take(false);
    return taken instanceof Promise
      ? taken.then(({ connection }) => work(connection))
      : work(taken.connection);
  }

  async function inTransaction<T>(work: (session: TransactionSession) => Promise<T>): Promise<T> {
    const member = await take(true);
    const { connection } = member;
    let isLost = false;
    member.lost = () => isLost = true;
    const whileConnected = <R>(run: () => Promise<R>): Promise<R> => {
      // The driver would connect again, and run the statement outside of the transaction.
      if (isLost) return Promise.reject(unavailable("the connection was lost"));
      return run();
    };
    const control = (text: string) => connection.run(text, [], NO_LIMIT);
    try {
      await control("BEGIN");
      return await runTransaction({
        session: {
          run(statement, values, options) {
            queries++;
            return whileConnected(() => connection.run(statement.text, values, options));
          },
          script: (text) => whileConnected(() => connection.script(text)),
        },
        commit: async () => void await whileConnected(() => control("COMMIT")),
        async rollback() {
          try {
            await whileConnected(() => control("ROLLBACK"));
          } catch {
            // The server rolls back what it loses; the next user must not find this transaction.
            if (!isLost) connection.discard();
          }
        },
      }, work);
    } finally {
      member.lost = undefined;
      member.isLeased = false;
      serve();
    }
  }

  return {
    dialect: "postgres",
    run(statement, values, options) {
      queries++;
      return withConnection((connection) => connection.run(statement.text, values, options));
    },
    ping: () =>
      withConnection(async (connection) => {
        await connection.run("SELECT 1", [], NO_LIMIT);
      }),
    prepare: async ({ text }) => {
      await withConnection((connection) => connection.describe(text));
    },
    transaction: inTransaction,
    migration: (work) =>
      inTransaction(async (session) => {
        // A script has no time limit, and another runner may take long.
        await session.script(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
        return await work(session);
      }),
    stats: () => ({
      queries,
      pool,
      busy: members.filter(({ isLeased, connection }) => isLeased || connection.pending > 0).length,
      waiting: waiting.length,
    }),
    async close() {
      await Promise.all(members.map(({ connection }) => connection.close()));
    },
  };
}
