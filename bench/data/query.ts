/** The app of query.yaml written by hand, on the runtime's own server, with Ajv and the same drivers. */
import { DatabaseSync } from "node:sqlite";
import process from "node:process";
import { Ajv } from "ajv";
import { Hono } from "hono";
import postgres from "postgres";
import { listen } from "../http/listen.ts";

const url = process.env["DATABASE_URL"]!;
const isValid = new Ajv().compile({ type: "object", properties: { id: { type: "integer" } } });

const TEXT = "SELECT id, name, email FROM users WHERE id =";

function finder(): (id: number) => unknown {
  if (url.startsWith("sqlite:")) {
    const db = new DatabaseSync(url.slice("sqlite:".length));
    db.exec("PRAGMA journal_mode = WAL");
    const statement = db.prepare(`${TEXT} ?`);
    return (id) => statement.get(id);
  }
  const sql = postgres(url, { max: 10 });
  return async (id) => (await sql.unsafe(`${TEXT} $1`, [id], { prepare: true }))[0];
}

const find = finder();
const app = new Hono();
app.get("/hello", (c) => c.json({ hello: "world" }));
app.get("/users/:id", async (c) => {
  const params = { id: Number(c.req.param("id")) };
  if (!isValid(params)) return c.json({ error: "the id is invalid" }, 400);
  return c.json(await find(params.id) ?? null);
});

listen(app.fetch);
