/** What an Sql.Connection offers to the other kinds of this module, and to other modules. */
import type { Context, SqlTransaction, SqlTransactions } from "../../contract/author.ts";
import { executionError } from "./public_error.ts";
import type { Database, Session, TransactionSession } from "./database.ts";

/** The `api` of a connection. */
export interface SqlConnection extends SqlTransactions {
  readonly database: Database;
  /** The transaction that an execution is part of, or the database itself. */
  sessionOf(execution: Context): Session;
  /**
   * Runs `work` in a transaction that the executions below `execution` join. Within another
   * transaction it joins that one: if `work` fails, all of it is rolled back.
   */
  transaction<T>(execution: Context, work: () => Promise<T>): Promise<T>;
  /** What wants the result of an execution in its transaction; not of executions below it. */
  recorderOf(execution: Context): Recorder | undefined;
}

/** Records a result in the transaction that it comes from. */
export type Recorder = (transaction: SqlTransaction, result: unknown) => Promise<void>;

/** The value of an execution that names its recorder. */
const RECORDER = "sql.recorder";

/** A transaction that has not ended. */
interface OpenTransaction {
  readonly session: TransactionSession;
  readonly committed: (() => void)[];
}

/** Creates the api of an open database. */
export function createApi(database: Database, identity: string | undefined): SqlConnection {
  // By the execution that began it, so that neither scripts nor other apps can reach a transaction.
  const transactions = new WeakMap<Context, OpenTransaction>();

  const recorders = new Map<string, Recorder>();
  let recordings = 0;

  function toTransaction(
    { session, committed }: OpenTransaction,
    signal?: AbortSignal,
  ): SqlTransaction {
    return {
      async run(text, values) {
        return (await session.run({ text }, values, { maxRows: Infinity, signal })).rows;
      },
      afterCommit: (done) => void committed.push(done),
    };
  }

  function find(execution: Context): OpenTransaction | undefined {
    for (let at: Context | undefined = execution; at !== undefined; at = at.parent) {
      const transaction = transactions.get(at);
      if (transaction !== undefined) return transaction;
    }
    return undefined;
  }

  return {
    database,
    identity,
    dialect: database.dialect,
    sessionOf: (execution) => find(execution)?.session ?? database,
    transactionOf(execution): SqlTransaction | undefined {
      const found = find(execution);
      return found && toTransaction(found, execution.signal);
    },
    async write(work) {
      const committed: (() => void)[] = [];
      try {
        const result = await database.transaction((session) =>
          work(toTransaction({ session, committed }))
        );
        for (const done of committed) done();
        return result;
      } catch (error) {
        throw executionError("", error);
      }
    },
    recording(record) {
      const id = String(++recordings);
      recorders.set(id, record);
      return { values: { [RECORDER]: id }, end: () => void recorders.delete(id) };
    },
    recorderOf(execution) {
      if (recorders.size === 0) return undefined;
      const { values, parent } = execution;
      const id = values[RECORDER];
      return typeof id === "string" && parent?.values[RECORDER] !== id
        ? recorders.get(id)
        : undefined;
    },
    async transaction(execution, work) {
      const outer = find(execution);
      if (outer !== undefined) return await outer.session.join(work);
      const committed: (() => void)[] = [];
      const result = await database.transaction((session) => {
        transactions.set(execution, { session, committed });
        return work();
      });
      for (const done of committed) done();
      return result;
    },
  };
}
