/**
 * What an `Sql.Connection` offers to other modules that write to the same database: their writes
 * can be a part of its transactions.
 */
import type { Context } from "./execution.ts";

/**
 * The `api` of an `Sql.Connection`, as far as other modules may use it.
 *
 * @example
 * const database = ctx.use<SqlTransactions>("Sql.Connection.Main");
 * const transaction = database.transactionOf(execution);
 * if (transaction === undefined) ctx.log.debug("It runs outside of a transaction");
 */
export interface SqlTransactions {
  /**
   * The same string for every connection to the same database by the same user: `sqlite:` and an
   * absolute path, or `postgres://user@host:port/database`. `undefined` for one in memory, which
   * nobody else can reach.
   */
  readonly identity: string | undefined;
  readonly dialect: "sqlite" | "postgres";
  /** The transaction that an execution is part of. */
  transactionOf(execution: Context): SqlTransaction | undefined;
  /** Runs `work` in a transaction of its own. */
  write<T>(work: (transaction: SqlTransaction) => Promise<T>): Promise<T>;
  /**
   * Gives values for the options of one execution. If that is an `Sql.Query` or `Sql.Transaction` of
   * this connection, it calls `record` with its result, in the transaction that it commits. Call
   * `end` after the execution.
   */
  recording(record: (transaction: SqlTransaction, result: unknown) => Promise<void>): {
    readonly values: Readonly<Record<string, unknown>>;
    end(): void;
  };
}

/**
 * A transaction that has not ended.
 *
 * @example
 * async function record(transaction: SqlTransaction): Promise<void> {
 *   await transaction.run("INSERT INTO events (name) VALUES ($1)", ["placed"]);
 *   transaction.afterCommit(() => void ctx.emit("Placed"));
 * }
 */
export interface SqlTransaction {
  /** Runs a statement with the values `$1`, `$2`, … in PostgreSQL and `?1`, `?2`, … in SQLite. */
  run(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Calls `done` when it has been committed. */
  afterCommit(done: () => void): void;
}

/**
 * The {@link SqlTransactions.identity} of a PostgreSQL URL.
 *
 * @example
 * postgresIdentity("postgres://ada:secret@db/shop"); // "postgres://ada@db:5432/shop"
 */
export function postgresIdentity(url: string): string {
  const { username, hostname, port, pathname } = new URL(url);
  const database = pathname === "" || pathname === "/" ? `/${username}` : pathname;
  return `postgres://${username}@${hostname}:${port || "5432"}${database}`;
}
