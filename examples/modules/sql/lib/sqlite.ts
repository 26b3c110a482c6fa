import type { Database, Session } from "./db.ts";

interface Statement {
  all(...values: unknown[]): Record<string, unknown>[];
  run(...values: unknown[]): { changes: number | bigint };
}
interface Handle {
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  close(): void;
}

/** Bun has bun:sqlite, Deno and Node 22.13 have node:sqlite. */
async function openHandle(path: string): Promise<Handle> {
  const isBun = "Bun" in globalThis;
  const module = await import(isBun ? "bun:sqlite" : "node:sqlite");
  const Open = isBun ? module.Database : module.DatabaseSync;
  return new Open(path) as Handle;
}

export async function openSqlite(path: string): Promise<Database> {
  const handle = await openHandle(path);
  const statements = new Map<string, Statement>();
  let count = 0;
  let last: Promise<unknown> = Promise.resolve(); // one handle: transactions queue up

  const session: Session = {
    // deno-lint-ignore require-await -- what SQLite throws rejects
    async run(texts, values, signal) {
      signal?.throwIfAborted();
      count++;
      const text = texts.join("?");
      const statement = statements.get(text) ?? handle.prepare(text);
      statements.set(text, statement);
      const bound = values.map((value) => typeof value === "boolean" ? Number(value) : value);
      if (/^\s*(select|with|values|pragma)|\breturning\b/i.test(text)) {
        const rows = statement.all(...bound).map((row) => ({ ...row }));
        return { rows, changed: rows.length };
      }
      return { rows: [], changed: Number(statement.run(...bound).changes) };
    },
  };
  return {
    run(texts, values, signal) {
      const result = last.then(() => session.run(texts, values, signal));
      last = result.catch(() => undefined);
      return result;
    },
    transaction(work) {
      const result = last.then(async () => {
        handle.exec("begin");
        try {
          const result = await work(session);
          handle.exec("commit");
          return result;
        } catch (error) {
          handle.exec("rollback");
          throw error;
        }
      });
      last = result.catch(() => undefined);
      return result;
    },
    stats: () => ({ driver: "sqlite", statements: statements.size, count }),
    close: () => handle.close(),
  };
}
