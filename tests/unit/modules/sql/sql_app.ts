/** Apps with a database. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { isDiglyError } from "../../../../src/contract/errors.ts";
import { bootApp, type TestApp, type TestAppOptions } from "../../../../testing.ts";

/** The connection, and a script that runs code of the test's choice. */
function preamble(url: string, fields: string): string {
  return `name: Test
imports: [digly:sql, digly:javascript, digly:core, digly:http]
---
kind: Sql.Connection
metadata: { name: Main }
url: ${JSON.stringify(url)}
${fields}
`;
}

/** Boots an app with the connection `Main` and these resources. */
export function bootSql(
  url: string,
  resources: string,
  { fields = "", ...options }: { readonly fields?: string } & TestAppOptions = {},
): Promise<TestApp> {
  return bootApp({ manifest: preamble(url, fields) + resources, ...options });
}

/** A resource `Sql.Query.<name>` of the connection `Main`. */
export function query(name: string, text: string, fields = ""): string {
  return `---
kind: Sql.Query
metadata: { name: ${name} }
connection: Sql.Connection.Main
text: ${JSON.stringify(text)}
${fields}
`;
}

/** A transaction `Sql.Transaction.<name>` around a script with this code. */
export function transaction(name: string, code: string): string {
  return `---
kind: Sql.Transaction
metadata: { name: ${name} }
connection: Sql.Connection.Main
execute: JavaScript.Script.${name}
---
kind: JavaScript.Script
metadata: { name: ${name} }
code: ${JSON.stringify(`async function main(input, ctx) { ${code} }`)}
`;
}

/** A folder of this test file, which is removed after its tests. */
export const folder: string = mkdtempSync(join(tmpdir(), "digly-sql-"));
after(() => rmSync(folder, { recursive: true }));

let count = 0;

/** A folder with these migrations. */
export function migrations(files: Readonly<Record<string, string>>): string {
  const path = join(folder, `migrations-${++count}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** Migrations that make the tables `users`, with Ada and Bob, and `posts`. */
export const USERS: string = migrations({
  "1_users.sql": `CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL UNIQUE);
    CREATE TABLE posts (id bigint PRIMARY KEY, author bigint REFERENCES users (id));
    INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob');`,
});

/** Adds a user with an `id` and a `name`. */
export const ADD: string = query(
  "Add",
  "INSERT INTO users VALUES (${{ input.id }}, ${{ input.name }})",
  "returns: exec",
);
/** The names of the users. */
export const NAMES: string = query("Names", "SELECT name FROM users ORDER BY id");
/** Adds two users in a transaction; the name of the second is the input. */
export const ADD_TWO: string = transaction(
  "AddTwo",
  'await ctx.execute("Sql.Query.Add", { id: 10, name: "Cy" });' +
    'await ctx.execute("Sql.Query.Add", { id: 11, name: input }); return "done";',
);

/** The code and the message of what a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<{ code: string; error: Error }> {
  try {
    await promise;
  } catch (error) {
    assert.ok(isDiglyError(error), String(error));
    return { code: error.code, error };
  }
  throw new assert.AssertionError({ message: "It did not fail" });
}
