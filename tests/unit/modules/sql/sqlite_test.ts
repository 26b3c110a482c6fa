/** SQLite in particular: files, locks and disks. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bootApp } from "../../../../testing.ts";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import {
  ADD,
  bootSql,
  failure,
  folder,
  migrations,
  NAMES,
  query,
  transaction,
  USERS,
} from "./sql_app.ts";

test("a file that cannot be opened, or is not a database, fails the boot", async () => {
  const missing = await failure(bootSql(`sqlite:${folder}/nowhere/a.db`, ""));
  assert.equal(missing.code, "Sql.Unavailable");
  assert.match(missing.error.message, /cannot be opened/);
  const { help, origin } = missing.error as DiglyError;
  assert.match(help!, /^Create its folder, which the app must be allowed to write to$/);
  assert.equal(origin?.line, 6);
  writeFileSync(
    join(folder, "text.db"),
    "This is not a database, but it is long enough.".repeat(9),
  );
  const text = await failure(bootSql(`sqlite:${folder}/text.db`, ""));
  assert.match(text.error.message, /is not a database/);
});

test("a lock of another process is waited for, and no longer than the timeout", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  const path = join(folder, "locked.db");
  await using app = await bootSql(`sqlite:${path}`, ADD + NAMES, {
    fields: `migrations: ${USERS}\ntimeout: 1s`,
  });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const { code } = await failure(app.execute("Sql.Query.Add", { id: 3, name: "Cy" }));
  assert.equal(code, "Sql.Unavailable");
  assert.equal(
    (await app.execute("Sql.Query.Names") as unknown[]).length,
    2,
    "readers do not wait",
  );
  const added = app.execute("Sql.Query.Add", { id: 3, name: "Cy" });
  setTimeout(() => other.exec("ROLLBACK"), 100);
  assert.deepEqual(await added, { changed: 1 });
  other.close();
});

test("what a statement writes that had to wait is committed, and what follows it", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  const path = join(folder, "waited.db");
  const text =
    "INSERT INTO users (id, name) VALUES (${{ input }}, 'user ' || ${{ input }}) RETURNING id";
  await using app = await bootSql(`sqlite:${path}`, query("Add", text), {
    fields: `migrations: ${USERS}`,
  });
  const other = new DatabaseSync(path);
  const count = () => Number(other.prepare("SELECT count(*) AS n FROM users").get()!["n"]);
  const before = count();
  other.exec("BEGIN IMMEDIATE");
  const added = app.execute("Sql.Query.Add", 7);
  setTimeout(() => other.exec("COMMIT"), 50);
  assert.deepEqual(await added, [{ id: 7 }]);
  assert.deepEqual(await app.execute("Sql.Query.Add", 8), [{ id: 8 }]);
  assert.equal(count(), before + 2);
  other.close();
});

test("a full disk fails the transaction, not the app", async () => {
  await using app = await bootSql(
    "sqlite::memory:",
    [
      query("Limit", "PRAGMA max_page_count = 4"),
      query("Fill", "INSERT INTO t VALUES (zeroblob(${{ input }}))", "returns: exec"),
      query("Count", "SELECT count(*) AS n FROM t", "returns: one"),
      transaction(
        "Both",
        'await ctx.execute("Sql.Query.Fill", 1);' +
          'await ctx.execute("Sql.Query.Fill", 100000);',
      ),
    ].join(""),
    { fields: `migrations: ${migrations({ "1.sql": "CREATE TABLE t (b blob)" })}` },
  );
  await app.execute("Sql.Query.Limit");
  const { code, error } = await failure(app.execute("Sql.Transaction.Both"));
  assert.equal(code, "Sql.Unavailable");
  assert.match((error.cause as Error).message, /the disk is full/);
  assert.deepEqual(await app.execute("Sql.Query.Count"), { n: 0 });
  assert.deepEqual(await app.execute("Sql.Query.Fill", 1), { changed: 1 });
});

test("a relative path is relative to the manifest", async () => {
  const app = join(folder, "relative");
  mkdirSync(app);
  writeFileSync(
    join(app, "runtime.yaml"),
    "name: A\nimports: [digly:sql]\n---\nkind: Sql.Connection\nmetadata: { name: Main }\nurl: sqlite:./data.db\n",
  );
  await (await bootApp({ path: app })).stop();
  assert.ok(existsSync(join(app, "data.db")));
});
