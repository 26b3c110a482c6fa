/** What an Sql.Connection offers to the other kinds of this module. */
import type { Context } from "../../contract/author.ts";
import type { Database, Session, TransactionSession } from "./database.ts";

/** The `api` of a connection. */
export interface SqlConnection {
  readonly database: Database;
  /** The transaction that an execution is part of, or the database itself. */
  sessionOf(execution: Context): Session;
  /**
   * Runs `work` in a transaction that the executions below `execution` join. Within another
   * transaction it joins that one: if `work` fails, all of it is rolled back.
   */
  transaction<T>(execution: Context, work: () => Promise<T>): Promise<T>;
}

/** Creates the api of an open database. */
export function createApi(database: Database): SqlConnection {
  // By the execution that began it, so that neither scripts nor other apps can reach a transaction.
  const sessions = new WeakMap<Context, TransactionSession>();

  function find(execution: Context): TransactionSession | undefined {
    for (let at: Context | undefined = execution; at !== undefined; at = at.parent) {
      const session = sessions.get(at);
      if (session !== undefined) return session;
    }
    return undefined;
  }

  return {
    database,
    sessionOf: (execution) => find(execution) ?? database,
    transaction(execution, work) {
      const outer = find(execution);
      if (outer !== undefined) return outer.join(work);
      return database.transaction((session) => {
        sessions.set(execution, session);
        return work();
      });
    },
  };
}
