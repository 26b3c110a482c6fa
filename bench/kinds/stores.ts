/** Kinds whose data is in SQLite, PostgreSQL, Redis, NATS or behind HTTP. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connect } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import postgres from "postgres";
import { bootResources } from "../boot_app.ts";
import { start } from "../http/drive.ts";
import { AT_ONCE, ENTRY, type Opened, query, queue, store, USER } from "./pairs.ts";

const FIND = "SELECT id, name, email FROM users WHERE id = ";
const CREATE_USERS = `CREATE TABLE users (id integer PRIMARY KEY, name text, email text);
  INSERT INTO users VALUES (42, 'user 42', 'user42@example.com')`;
const CREATE_MESSAGES = `CREATE TABLE messages (id integer PRIMARY KEY, body text NOT NULL)`;

export async function openSqlite(folder: string): Promise<Opened> {
  const [ours, theirs] = ["digly.db", "by_hand.db"].map((name) => join(folder, name)) as [
    string,
    string,
  ];
  for (const path of [ours, theirs]) {
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA journal_mode = WAL; ${CREATE_USERS}`);
    db.close();
  }
  const url = `sqlite:${ours}`;
  const app = await bootResources(query(url) + store(url) + queue(url));
  const db = new DatabaseSync(theirs);
  db.exec(
    `CREATE TABLE pairs (key text PRIMARY KEY, value text) WITHOUT ROWID; ${CREATE_MESSAGES}`,
  );
  const find = db.prepare(`${FIND}?`);
  const get = db.prepare("SELECT value FROM pairs WHERE key = ?");
  const set = db.prepare("INSERT OR REPLACE INTO pairs VALUES (?, ?)");
  const add = db.prepare("INSERT INTO messages (body) VALUES (?) RETURNING id");
  set.run("a", JSON.stringify(USER));
  await app.execute("Kv.Set.Set", ENTRY);
  return {
    pairs: [
      {
        title: "Sql.Query on SQLite",
        calls: 10_000,
        digly: () => app.execute("Sql.Query.Find", USER),
        byHand: () => Promise.resolve(find.get(42)),
      },
      {
        title: "Sql.Transaction of one query on SQLite",
        calls: 10_000,
        digly: () => app.execute("Sql.Transaction.Find", USER),
        byHand() {
          db.exec("BEGIN IMMEDIATE");
          const row = find.get(42);
          db.exec("COMMIT");
          return Promise.resolve(row);
        },
      },
      {
        title: "Kv.Get on SQLite",
        calls: 10_000,
        digly: () => app.execute("Kv.Get.Get", ENTRY),
        byHand: () => Promise.resolve(JSON.parse(String(get.get("a")!["value"]))),
      },
      {
        title: "Kv.Set on SQLite",
        calls: 60,
        digly: () => app.execute("Kv.Set.Set", ENTRY),
        byHand: () => Promise.resolve(set.run("a", JSON.stringify(USER))),
      },
      {
        title: "Queue.Publish on SQLite, one at a time",
        calls: 60,
        digly: () => app.execute("Queue.Publish.Main", USER),
        byHand: () => Promise.resolve(add.get(JSON.stringify(USER))),
      },
    ],
    async close() {
      await app.stop();
      db.close();
    },
  };
}

export async function openPostgres(url: string): Promise<Opened> {
  const sql = postgres(url, { max: 10, onnotice: () => {} });
  await sql.unsafe(`${CREATE_USERS}; ${CREATE_MESSAGES.replace("integer", "serial")}`);
  const app = await bootResources(query(url) + queue(url));
  const run = (text: string, value: string | number) =>
    sql.unsafe(text, [value], { prepare: true });
  return {
    pairs: [
      {
        title: "Sql.Query on PostgreSQL",
        calls: 1_000,
        atOnce: AT_ONCE,
        digly: () => app.execute("Sql.Query.Find", USER),
        byHand: () => run(`${FIND}$1`, 42),
      },
      {
        title: "Sql.Transaction of one query on PostgreSQL",
        calls: 1_000,
        atOnce: AT_ONCE,
        digly: () => app.execute("Sql.Transaction.Find", USER),
        byHand: () => sql.begin((own) => own.unsafe(`${FIND}$1`, [42], { prepare: true })),
      },
      {
        title: "Queue.Publish on PostgreSQL",
        calls: 1_000,
        atOnce: AT_ONCE,
        digly: () => app.execute("Queue.Publish.Main", USER),
        byHand: () =>
          run("INSERT INTO messages (body) VALUES ($1) RETURNING id", JSON.stringify(USER)),
      },
    ],
    async close() {
      await app.stop();
      await sql.end();
    },
  };
}

export async function openRedis(url: string): Promise<Opened> {
  const app = await bootResources(store(url));
  const redis = new Redis(url);
  await redis.set("by hand", JSON.stringify(USER));
  await app.execute("Kv.Set.Set", ENTRY);
  return {
    pairs: [
      {
        title: "Kv.Get on Redis",
        calls: 2_000,
        atOnce: AT_ONCE,
        digly: () => app.execute("Kv.Get.Get", ENTRY),
        byHand: async () => JSON.parse((await redis.get("by hand"))!),
      },
      {
        title: "Kv.Set on Redis",
        calls: 2_000,
        atOnce: AT_ONCE,
        digly: () => app.execute("Kv.Set.Set", ENTRY),
        byHand: () => redis.set("by hand", JSON.stringify(USER)),
      },
    ],
    async close() {
      await app.stop();
      await redis.quit();
    },
  };
}

export async function openNats(url: string): Promise<Opened> {
  const app = await bootResources(queue(url));
  const nats = await connect({ servers: url });
  const options = { name: "by_hand", subjects: ["by_hand"], storage: "file" };
  await nats.request("$JS.API.STREAM.CREATE.by_hand", JSON.stringify(options));
  return {
    pairs: [{
      title: "Queue.Publish on NATS",
      calls: 1_000,
      atOnce: AT_ONCE,
      digly: () => app.execute("Queue.Publish.Main", USER),
      // The answer says that the message is stored.
      byHand: async () => (await nats.request("by_hand", JSON.stringify(USER))).json(),
    }],
    async close() {
      await app.stop();
      await nats.close();
    },
  };
}

/** Opens a client of a server in another process, which is started with `node`. */
export async function openHttp(node: string): Promise<Opened> {
  const { server, port } = await start([node, "bench/http/bare.ts"]);
  const url = `http://127.0.0.1:${port}/items/1`;
  const app = await bootResources(`---
kind: HttpClient.Request
metadata: { name: Item }
url: ${url}
`);
  return {
    pairs: [{
      title: "HttpClient.Request",
      calls: 1_000,
      atOnce: AT_ONCE,
      digly: () => app.execute("HttpClient.Request.Item"),
      byHand: async () => (await fetch(url)).json(),
    }],
    async close() {
      await app.stop();
      server.kill();
    },
  };
}
