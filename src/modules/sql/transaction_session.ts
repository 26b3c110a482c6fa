/** The rules of a transaction that hold for every database. */
import type {
  Outcome,
  RunOptions,
  ScriptSession,
  Statement,
  TransactionSession,
} from "./database.ts";
import { SqlError } from "./sql_error.ts";

/** How a driver ends a transaction that it has begun. */
export interface TransactionSteps {
  readonly session: ScriptSession;
  commit(): Promise<void>;
  /** Never rejects: what cannot be rolled back is closed. */
  rollback(): Promise<void>;
}

/**
 * Runs `work` in a transaction. One failed statement fails the whole, whether or not its error is
 * caught: PostgreSQL runs nothing more after it, and SQLite is to behave alike.
 */
export async function runTransaction<T>(
  { session, commit, rollback }: TransactionSteps,
  work: (session: TransactionSession) => Promise<T>,
): Promise<T> {
  let failure: { readonly error: unknown } | undefined;
  let hasEnded = false;

  async function guarded<R>(run: () => R | Promise<R>): Promise<R> {
    if (hasEnded) throw new SqlError("other", "its transaction has ended");
    if (failure !== undefined) throw failure.error;
    try {
      return await run();
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  }

  const guardedSession: TransactionSession = {
    run: (
      statement: Statement,
      values: readonly unknown[],
      options: RunOptions,
    ): Promise<Outcome> => guarded(() => session.run(statement, values, options)),
    script: (text) => guarded(() => session.script(text)),
    join: guarded,
  };
  try {
    const result = await work(guardedSession);
    hasEnded = true;
    if (failure !== undefined) throw failure.error;
    await commit();
    return result;
  } catch (error) {
    hasEnded = true;
    await rollback();
    throw error;
  }
}
