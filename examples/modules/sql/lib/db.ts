/** Databases behind one interface. */
export interface Rows {
  readonly rows: readonly Record<string, unknown>[];
  readonly changed: number;
}

/** Runs statements. There is one value between each two texts. */
export interface Session {
  run(texts: readonly string[], values: readonly unknown[], signal?: AbortSignal): Promise<Rows>;
}

export interface Database extends Session {
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  stats(): Record<string, unknown>;
  close(): void | Promise<void>;
}

export async function openDatabase(url: string, pool: number): Promise<Database> {
  const sqlite = "sqlite:";
  return url.startsWith(sqlite)
    ? (await import("./sqlite.ts")).openSqlite(url.slice(sqlite.length))
    : (await import("./postgres.ts")).openPostgres(url, pool);
}
