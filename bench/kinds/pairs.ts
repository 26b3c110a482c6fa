/** What the cases of kinds_bench.ts have in common. */
/** How many calls are under way at once where the other end is another process. */
export const AT_ONCE = 50;

/** The row that queries find, and the value of keys and messages. */
export const USER = { id: 42, name: "user 42", email: "user42@example.com" };

/** What a key is read and written with. */
export const ENTRY: { key: string; value: typeof USER } = { key: "a", value: USER };

/** One kind and what a person would write instead. */
export interface Pair {
  readonly title: string;
  readonly digly: () => unknown;
  readonly byHand: () => unknown;
  /** Calls of one round. */
  readonly calls: number;
  readonly atOnce?: number;
}

/** Pairs, and how to stop what they use. */
export interface Opened {
  readonly pairs: readonly Pair[];
  close(): Promise<unknown>;
}

/** A connection, a query on it, and a transaction of that query. */
export function query(url: string): string {
  return `---
kind: Sql.Connection
metadata: { name: Main }
url: ${JSON.stringify(url)}
---
kind: Sql.Query
metadata: { name: Find }
connection: Sql.Connection.Main
text: SELECT id, name, email FROM users WHERE id = \${{ input.id }}
returns: one
---
kind: Sql.Transaction
metadata: { name: Find }
connection: Sql.Connection.Main
execute: Sql.Query.Find
`;
}

/** A store, and a read and a write of it. */
export function store(url: string): string {
  return `---
kind: Kv.Store
metadata: { name: Main }
url: ${JSON.stringify(url)}
---
kind: Kv.Get
metadata: { name: Get }
store: Kv.Store.Main
key: "\${{ input.key }}"
---
kind: Kv.Set
metadata: { name: Set }
store: Kv.Store.Main
key: "\${{ input.key }}"
value: "\${{ input.value }}"
`;
}

/** A queue that nobody works on. */
export function queue(url: string): string {
  return `---
kind: Queue.Queue
metadata: { name: Main }
url: ${JSON.stringify(url)}
---
kind: Queue.Publish
metadata: { name: Main }
queue: Queue.Queue.Main
`;
}
