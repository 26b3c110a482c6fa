/** What the drivers have in common: a database, its sessions and its statements. */

/** A statement whose values are `$1`, `$2`, … for PostgreSQL and `?1`, `?2`, … for SQLite. */
export interface Statement {
  readonly text: string;
}

/** One row, by column. */
export type Row = Readonly<Record<string, unknown>>;

/** What a statement did. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** How many rows were inserted, updated or deleted. */
  readonly changed: number;
}

/** How to run a statement. */
export interface RunOptions {
  /** More rows than this are an error of kind `rows`, and are not kept. */
  readonly maxRows: number;
  /** Aborts the statement; read only where the statement has to wait. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs statements, on its own or in a transaction. */
export interface Session {
  /** Gives the outcome at once where nothing has to be waited for, such as a file of SQLite. */
  run(
    statement: Statement,
    values: readonly unknown[],
    options: RunOptions,
  ): Outcome | Promise<Outcome>;
}

/** A session that also runs texts of several statements, for migrations. */
export interface ScriptSession extends Session {
  script(text: string): Promise<void>;
}

/** A session in a transaction. */
export interface TransactionSession extends ScriptSession {
  /** Runs `work` as a part of the transaction, which fails if `work` does. */
  join<T>(work: () => Promise<T>): Promise<T>;
}

/** An open database. */
export interface Database extends Session {
  readonly dialect: Dialect;
  /** Resolves if the database answers. */
  ping(): Promise<void>;
  /** Prepares a statement without running it. */
  prepare(statement: Statement): Promise<void>;
  /** Runs `work` in a transaction, which is rolled back if `work` or one of its statements fails. */
  transaction<T>(work: (session: TransactionSession) => Promise<T>): Promise<T>;
  /** The same, while no other process runs migrations of this database. */
  migration<T>(work: (session: TransactionSession) => Promise<T>): Promise<T>;
  /** Numbers for snapshots. */
  stats(): Record<string, number>;
  close(): Promise<void>;
}

export type Dialect = "sqlite" | "postgres";

/** What opening a database takes. */
export interface OpenOptions {
  /** The maximum number of connections. */
  readonly pool: number;
  /** How long a statement may take, waiting for a connection included; 0 for any time. */
  readonly timeoutMs: number;
  /** Called when a connection to the server is lost. */
  readonly onLost: () => void;
}
