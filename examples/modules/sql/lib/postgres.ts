import postgres from "postgres";
import type { Database, Session } from "./db.ts";

export function openPostgres(url: string, max: number): Database {
  const sql = postgres(url, { max, onnotice: () => undefined });
  let count = 0;
  const sessionOn = (on: postgres.Sql | postgres.TransactionSql): Session => ({
    async run(texts, values, signal) {
      count++;
      signal?.throwIfAborted();
      const text = texts.reduce((left, right, index) => `${left}$${index}${right}`);
      const query = on.unsafe(text, [...values] as never[], { prepare: true });
      const cancel = () => query.cancel();
      signal?.addEventListener("abort", cancel, { once: true });
      try {
        const rows = await query;
        return { rows: rows.map((row) => ({ ...row })), changed: rows.count };
      } finally {
        signal?.removeEventListener("abort", cancel);
      }
    },
  });
  return {
    ...sessionOn(sql),
    transaction: <T>(work: (session: Session) => Promise<T>) =>
      sql.begin((transaction) => work(sessionOn(transaction))) as Promise<T>,
    stats: () => ({ driver: "postgres", count }),
    close: () => sql.end({ timeout: 5 }),
  };
}
