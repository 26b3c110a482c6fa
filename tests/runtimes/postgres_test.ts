/** Runs an app on PostgreSQL in every form: its errors, and a connection that is lost. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import postgres from "postgres";
import { startPostgres } from "../servers/postgres.ts";
import { type Form, formsWithSqlite, start, tempApp } from "./forms.ts";

const server = await startPostgres();
after(async () => {
  if (typeof server !== "string") await server.remove();
});

const APP = `name: App
imports: [digly:sql, digly:http]
---
kind: Sql.Connection
metadata: { name: Main }
url: "\${{ env.DATABASE_URL }}"
pool: 1
migrations: ./migrations
---
kind: Sql.Query
metadata: { name: Add }
connection: Sql.Connection.Main
text: INSERT INTO users VALUES (\${{ input.id }}, \${{ input.team }}) RETURNING id
returns: one
---
kind: Sql.Query
metadata: { name: Backend }
connection: Sql.Connection.Main
text: SELECT pg_backend_pid() AS pid, \${{ input.list }}::int[] AS list
returns: one
---
kind: Http.Server
metadata: { name: Main }
port: 0
---
kind: Http.Route
metadata: { name: Add }
request: { method: POST, path: /users }
handler: { name: Sql.Query.Add, inputs: "\${{ request.body }}" }
---
kind: Http.Route
metadata: { name: Backend }
request: { path: /backend }
handler: { name: Sql.Query.Backend, inputs: { list: [1, 2] } }
`;

const MIGRATION = `CREATE TABLE teams (id int PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, team int REFERENCES teams);
`;

/** Makes an empty database; gives its URL. */
async function createDatabase(url: string, name: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  await sql.unsafe(`CREATE DATABASE ${name}`);
  await sql.end();
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

async function check(form: Form, url: string): Promise<void> {
  const cwd = tempApp({ "runtime.yaml": APP, "migrations/1_users.sql": MIGRATION });
  const app = start(form, ["runtime.yaml", "--log-format", "text"], {
    cwd,
    env: { DATABASE_URL: url },
  });
  const [, address] = await app.waitFor(/Listening on (http\S+)/);
  const add = async (user: unknown) => {
    const response = await fetch(`${address}/users`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(user),
    });
    return [response.status, await response.text()];
  };
  const big = "9007199254740993";
  assert.deepEqual(await add({ id: big, team: null }), [200, `{"id":"${big}"}`]);
  const [taken, takenBody] = await add({ id: big, team: null });
  assert.equal(taken, 409);
  assert.match(String(takenBody), /Sql\.UniqueViolation/);
  const [missing, missingBody] = await add({ id: 1, team: 7 });
  assert.equal(missing, 409);
  assert.match(String(missingBody), /Sql\.ForeignKeyViolation/);
  assert.equal((await add({ id: "one", team: null }))[0], 500);
  await app.waitFor(/invalid input syntax for type bigint/);

  const backend = async () => {
    const response = await fetch(`${address}/backend`);
    return { status: response.status, body: await response.json() };
  };
  const before = await backend();
  assert.deepEqual(before.body.list, [1, 2]);
  const sql = postgres(url, { max: 1 });
  await sql`SELECT pg_terminate_backend(${before.body.pid}::int)`;
  await sql.end();
  // The first query may still meet the lost connection, and the app opens another.
  const end = Date.now() + 60_000;
  let again = await backend();
  while (again.status !== 200 && Date.now() < end) again = await backend();
  assert.equal(again.status, 200);
  assert.notEqual(again.body.pid, before.body.pid);
  app.kill("SIGTERM");
  const { code, stderr } = await app.exited;
  assert.equal(code, 0, stderr);
}

describe("PostgreSQL", { skip: typeof server === "string" ? server : false }, () => {
  const { url } = server as Exclude<typeof server, string>;
  for (const [index, form] of formsWithSqlite.entries()) {
    test(form.name, async () => await check(form, await createDatabase(url, `app${index}`)));
  }
});
