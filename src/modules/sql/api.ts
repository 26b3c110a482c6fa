/** What an Sql.Connection offers to the other kinds of this module, and to other modules. */
import type { Context, SqlTransaction, SqlTransactions } from "../../contract/author.ts";
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
}

/** A transaction that has not ended. */
interface OpenTransaction {
  readonly session: TransactionSession;
  readonly committed: (() => void)[];
}

/** Creates the api of an open database. */
export function createApi(database: Database, identity: string | undefined): SqlConnection {
  // By the execution that began it, so that neither scripts nor other apps can reach a transaction.
  const transactions = new WeakMap<Context, OpenTransaction>();

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
    sessionOf: (execution) => find(execution)?.session ?? database,
    transactionOf(execution): SqlTransaction | undefined {
      const found = find(execution);
      if (found === undefined) return undefined;
      const { session, committed } = found;
      return {
        async run(text, values) {
          const options = { maxRows: Infinity, signal: execution.signal };
          return (await session.run({ text }, values, options)).rows;
        },
        afterCommit: (done) => void committed.push(done),
      };
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
