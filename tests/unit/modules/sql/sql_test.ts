/** One contract for SQLite and PostgreSQL. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { startPostgres } from "../../../servers/postgres.ts";
import {
  ADD,
  ADD_TWO,
  bootSql,
  failure,
  folder,
  migrations,
  NAMES,
  query,
  transaction,
  USERS,
} from "./sql_app.ts";

const server = await startPostgres();
after(async () => {
  if (typeof server !== "string") await server.remove();
});

let count = 0;
const EXACT = 9007199254740993n;

const databases: readonly (readonly [string, () => string])[] = [
  ["SQLite in memory", () => "sqlite::memory:"],
  ["SQLite in a file", () => `sqlite:${join(folder, `${++count}.db`)}`],
  ["PostgreSQL", () => {
    if (typeof server === "string") throw new Error(server);
    return server.url;
  }],
];

for (const [title, newUrl] of databases) {
  const isPostgres = title === "PostgreSQL";
  const skip = isPostgres && typeof server === "string" ? server : false;

  describe(title, { skip }, () => {
    /** Boots with an empty database and the tables of `USERS`. */
    async function boot(resources: string, fields = "") {
      const url = newUrl();
      if (isPostgres) {
        await using app = await bootSql(
          url,
          [
            query("A", "DROP SCHEMA public CASCADE"),
            query("B", "CREATE SCHEMA public"),
          ].join(""),
        );
        await app.execute("Sql.Query.A");
        await app.execute("Sql.Query.B");
      }
      return await bootSql(url, resources, { fields: `migrations: ${USERS}\n${fields}` });
    }

    test("gives rows, one row or null, and the number of changes", async () => {
      await using app = await boot([
        NAMES,
        ADD,
        query("Find", "SELECT * FROM users WHERE id = ${{ input }}", "returns: one"),
        query("Rename", "UPDATE users SET name = name || '!'", "returns: exec"),
        query("Insert", "INSERT INTO users VALUES (${{ input }}, 'New') RETURNING id, name"),
      ].join(""));
      assert.deepEqual(await app.execute("Sql.Query.Names"), [{ name: "Ada" }, { name: "Bob" }]);
      assert.deepEqual(await app.execute("Sql.Query.Find", 2), { id: 2, name: "Bob" });
      assert.equal(await app.execute("Sql.Query.Find", 99), null);
      assert.deepEqual(await app.execute("Sql.Query.Add", { id: 3, name: "Cy" }), { changed: 1 });
      assert.deepEqual(await app.execute("Sql.Query.Rename"), { changed: 3 });
      assert.deepEqual(await app.execute("Sql.Query.Insert", 7), [{ id: 7, name: "New" }]);
    });

    test("binds every value, also those that are known at the start", async () => {
      await using app = await boot([
        NAMES,
        ADD,
        "---\nkind: Variable\nmetadata: { name: Evil }\nvalue: \"x' OR 'a'='a\"\n",
        query("Known", "SELECT * FROM users WHERE name = ${{ Variable.Evil }}"),
        query("Like", "SELECT name FROM users WHERE name LIKE '%' || ${{ input }} || '%'"),
      ].join(""));
      const evil = "'); DROP TABLE users; --";
      assert.deepEqual(await app.execute("Sql.Query.Add", { id: 3, name: evil }), { changed: 1 });
      assert.deepEqual(await app.execute("Sql.Query.Known"), []);
      assert.deepEqual(await app.execute("Sql.Query.Like", "DROP"), [{ name: evil }]);
      assert.deepEqual(await app.execute("Sql.Query.Like", "' OR 1=1 --"), []);
      // A `text` that is an expression is a value, too: nobody can send a statement.
      const { code } = await failure(boot(query("Whole", "${{ input }}")));
      assert.equal(code, "Sql.Syntax");
    });

    test("keeps types: integers of any size, nothing, lists, maps, bytes", async () => {
      const cast = (type: string) => isPostgres ? `::${type}` : "";
      await using app = await boot([
        ADD,
        query("Big", "SELECT id FROM users WHERE id > 1000", "returns: one"),
        query(
          "Nothing",
          `SELECT \${{ input.missing }}${cast("text")} AS a, \${{ input.b }}${cast("text")} AS b`,
        ),
        query("Json", `SELECT \${{ input }}${cast("json")} AS j`, "returns: one"),
        query(
          "Bytes",
          isPostgres ? "SELECT '\\x0102'::bytea AS b" : "SELECT x'0102' AS b",
          "returns: one",
        ),
        query("Ids", "SELECT id FROM users ORDER BY id"),
        query("Negative", `SELECT \${{ input }}${cast("bigint")} AS n`, "returns: one"),
      ].join(""));
      assert.deepEqual(await app.execute("Sql.Query.Ids"), [{ id: 1 }, { id: 2 }]);
      await app.execute("Sql.Query.Add", { id: EXACT, name: "Big" });
      const ids = [{ id: 1 }, { id: 2 }, { id: EXACT }];
      assert.deepEqual(await app.execute("Sql.Query.Ids"), ids);
      assert.deepEqual(await app.execute("Sql.Query.Ids"), ids);
      assert.deepEqual(await app.execute("Sql.Query.Big"), { id: EXACT });
      assert.deepEqual(await app.execute("Sql.Query.Negative", -5), { n: -5 });
      assert.deepEqual(await app.execute("Sql.Query.Negative", -EXACT), { n: -EXACT });
      assert.deepEqual(await app.execute("Sql.Query.Bytes"), { b: new Uint8Array([1, 2]) });
      const { j } = await app.execute("Sql.Query.Json", { a: [1, "x"] }) as { j: unknown };
      assert.deepEqual(typeof j === "string" ? JSON.parse(j) : j, { a: [1, "x"] });
    });

    test("limits rows, and refuses several where one is expected", async () => {
      await using app = await boot([
        query("Two", "SELECT id FROM users", "maxRows: 1"),
        query("Enough", "SELECT id FROM users", "maxRows: 2"),
        query("One", "SELECT id FROM users", "returns: one"),
      ].join(""));
      await assert.rejects(app.execute("Sql.Query.Two"), /gives more than 1 rows/);
      await assert.rejects(app.execute("Sql.Query.One"), /gives more than one row/);
      // The connection is usable at once.
      for (let round = 0; round < 5; round++) {
        const both = [
          app.execute("Sql.Query.Two").catch(() => "failed"),
          app.execute("Sql.Query.Enough"),
        ];
        assert.deepEqual(await Promise.all(both), ["failed", [{ id: 1 }, { id: 2 }]]);
      }
    });

    test("checks input and result", async () => {
      await using app = await boot([
        query(
          "In",
          "SELECT id FROM users WHERE id = ${{ input.id }}",
          "inputSchema: { id: integer }",
        ),
        query(
          "Out",
          "SELECT id FROM users",
          "outputSchema: { type: array, items: { required: [name] } }",
        ),
        query("Big", `SELECT ${EXACT} AS n`, "returns: one\noutputSchema: { n: integer }"),
        query(
          "None",
          "SELECT id FROM users WHERE id = 0",
          "returns: one\noutputSchema: { id: integer }",
        ),
      ].join(""));
      await assert.rejects(app.execute("Sql.Query.In", { id: "1" }), { code: "ERR_INPUT_INVALID" });
      await assert.rejects(app.execute("Sql.Query.Out"), { code: "ERR_SCHEMA_VALIDATION" });
      assert.deepEqual(await app.execute("Sql.Query.Big"), { n: EXACT });
      assert.equal(await app.execute("Sql.Query.None"), null);
    });

    test("violations have codes, with the table and the columns", async () => {
      await using app = await boot(
        ADD + query("Post", "INSERT INTO posts VALUES (1, ${{ input }})", "returns: exec"),
      );
      const unique = await failure(app.execute("Sql.Query.Add", { id: 9, name: "Ada" }));
      assert.equal(unique.code, "Sql.UniqueViolation");
      assert.equal(unique.error.message, "A row with the same name exists");
      assert.deepEqual(
        (unique.error as unknown as { details: { data: unknown; status: number } }).details,
        {
          problem: unique.error.message,
          data: { table: "users", columns: ["name"] },
          status: 409,
        },
      );
      const { code } = await failure(app.execute("Sql.Query.Post", 99));
      assert.equal(code, "Sql.ForeignKeyViolation");
    });

    test("a transaction is joined by what is below it, and rolled back as a whole", async () => {
      await using app = await boot([
        ADD,
        NAMES,
        ADD_TWO,
        transaction(
          "Outer",
          'await ctx.execute("Sql.Query.Add", { id: 20, name: "Di" });' +
            'await ctx.execute("Sql.Transaction.AddTwo", input);',
        ),
        transaction(
          "Swallow",
          'await ctx.execute("Sql.Query.Add", { id: 20, name: "Di" });' +
            'try { await ctx.execute("Sql.Transaction.AddTwo", input); } catch {}',
        ),
        transaction(
          "Own",
          'await ctx.execute("Sql.Query.Add", { id: 20, name: "Di" });' +
            'throw ctx.fail("Order.Bad", "No", { status: 422 });',
        ),
        transaction(
          "Late",
          'setTimeout(() => ctx.execute("Sql.Query.Add", { id: 30, name: "Ed" })' +
            '.then(() => globalThis.late = "added", (e) => globalThis.late = e.message), 50);',
        ),
      ].join(""));
      const names = async () =>
        (await app.execute("Sql.Query.Names") as { name: string }[])
          .map(({ name }) => name).join();
      assert.equal(
        (await failure(app.execute("Sql.Transaction.AddTwo", "Ada"))).code,
        "Sql.UniqueViolation",
      );
      assert.equal(
        (await failure(app.execute("Sql.Transaction.Outer", "Ada"))).code,
        "Sql.UniqueViolation",
      );
      assert.equal(
        (await failure(app.execute("Sql.Transaction.Swallow", "Ada"))).code,
        "Sql.UniqueViolation",
      );
      assert.equal((await failure(app.execute("Sql.Transaction.Own", "Ada"))).code, "Order.Bad");
      assert.equal(await names(), "Ada,Bob");
      await app.execute("Sql.Transaction.Late");
      const shared = globalThis as { late?: string };
      while (shared.late === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.match(shared.late, /its transaction has ended/);
      delete shared.late;
      await app.execute("Sql.Transaction.Outer", "Ed");
      assert.equal(await names(), "Ada,Bob,Cy,Ed,Di");
      assert.equal(await app.execute("Sql.Query.Names", {}) !== undefined, true);
    });

    test("what is outside of a transaction does not join it", async () => {
      await using app = await boot([
        ADD,
        NAMES,
        transaction(
          "Slow",
          'await ctx.execute("Sql.Query.Add", { id: 10, name: "Cy" });' +
            'await new Promise((resolve) => globalThis.inTransaction(resolve)); throw new Error("no");',
        ),
      ].join(""));
      let end!: () => void;
      const inserted = new Promise<void>((resolve) => {
        (globalThis as { inTransaction?: (end: () => void) => void }).inTransaction = (resume) => {
          end = resume;
          resolve();
        };
      });
      const slow = app.execute("Sql.Transaction.Slow").catch((error: Error) => error.message);
      await inserted;
      const during = app.execute("Sql.Query.Names");
      // A database in memory has one connection, so its queries wait for the transaction.
      if (title !== "SQLite in memory") await during;
      const added = app.execute("Sql.Query.Add", { id: 11, name: "Di" });
      end();
      assert.deepEqual(await during, [{ name: "Ada" }, { name: "Bob" }]);
      assert.deepEqual(await added, { changed: 1 });
      assert.match(String(await slow), /no/);
      assert.deepEqual(await app.execute("Sql.Query.Names"), [
        { name: "Ada" },
        { name: "Bob" },
        { name: "Di" },
      ]);
    });

    test("transactions at the same time follow each other", async () => {
      await using app = await boot([
        query("Read", "SELECT name FROM users WHERE id = 1", "returns: one"),
        query("Write", "UPDATE users SET name = ${{ input }} WHERE id = 1", "returns: exec"),
        query("Lock", isPostgres ? "SELECT id FROM users WHERE id = 1 FOR UPDATE" : "SELECT 1"),
        transaction(
          "Append",
          'await ctx.execute("Sql.Query.Lock");' +
            'const { name } = await ctx.execute("Sql.Query.Read");' +
            'await ctx.execute("Sql.Query.Write", name + input);',
        ),
      ].join(""));
      await Promise.all(
        ["b", "b", "b", "b", "b"].map((x) => app.execute("Sql.Transaction.Append", x)),
      );
      assert.deepEqual(await app.execute("Sql.Query.Read"), { name: "Adabbbbb" });
    });

    test("a mistake in SQL fails the boot, at its line", async () => {
      const text = "|\n  SELECT id,\n    nope\n  FROM users WHERE id = ${{ input }}";
      const { code, error } = await failure(
        boot(
          `---\nkind: Sql.Query\nmetadata: { name: Bad }\nconnection: Sql.Connection.Main\ntext: ${text}\n`,
        ),
      );
      assert.equal(code, "Sql.Syntax");
      assert.match(error.message, /^Sql\.Query\.Bad: .*nope/);
      const { origin } = error as unknown as {
        origin: { excerpt: { firstLine: number; lines: string[] }; line: number; column: number };
      };
      assert.equal(origin.excerpt.lines[origin.line - origin.excerpt.firstLine], "    nope");
      assert.equal(origin.column, 5);
      for (const wrong of ["SELEC 1", "SELECT 1 FROM nowhere", "SELECT nofunction(1)"]) {
        assert.equal((await failure(boot(query("Bad", wrong)))).code, "Sql.Syntax", wrong);
      }
    });

    test("migrations are applied once, in order, and must not change", async () => {
      const url = newUrl();
      const unique = `m${++count}`;
      const path = migrations({
        "10_b.sql": `INSERT INTO ${unique} VALUES (2);`,
        "9_a.sql": `CREATE TABLE ${unique} (id bigint);\r\nINSERT INTO ${unique} VALUES (1);`,
        "notes.txt": "not SQL",
      });
      const resource = `---
kind: Sql.Migrations
metadata: { name: Schema }
connection: Sql.Connection.Main
files: ${path}
`;
      const boot = () =>
        bootSql(url, resource + query("Ids", `SELECT id FROM ${unique} ORDER BY id`));
      const isMemory = url === "sqlite::memory:";
      {
        // Two at once, of which one applies the files.
        const apps = await Promise.all(isMemory ? [boot()] : [boot(), boot()]);
        for (const app of apps) {
          assert.deepEqual(await app.execute("Sql.Query.Ids"), [{ id: 1 }, { id: 2 }]);
          const applied = await app.execute("Sql.Migrations.Schema") as { name: string }[];
          const own = applied.map(({ name }) => name).filter((name) => name !== "1_users.sql");
          assert.ok(own.join().includes("9_a.sql,10_b.sql"), own.join());
          await app.stop();
        }
      }
      if (isMemory) return;
      writeFileSync(
        join(path, "9_a.sql"),
        `CREATE TABLE ${unique} (id bigint);\nINSERT INTO ${unique} VALUES (1);`,
      );
      await (await boot()).stop(); // Only the ends of lines are different.
      writeFileSync(join(path, "11_c.sql"), `INSERT INTO ${unique} VALUES (3);\nSELECT nope;`);
      const failed = await failure(boot());
      assert.equal(failed.code, "Sql.Migration");
      assert.match(failed.error.message, /^Sql\.Migrations\.Schema: 11_c\.sql failed: .*nope/);
      const { origin } = failed.error as unknown as { origin: { file: string; line: number } };
      assert.deepEqual([origin.file, origin.line], [join(path, "11_c.sql"), 2]);
      writeFileSync(join(path, "11_c.sql"), "COMMIT;");
      assert.match((await failure(boot())).error.message, /begins or ends a transaction/);
      rmSync(join(path, "11_c.sql"));
      writeFileSync(join(path, "9_b.sql"), "SELECT 1");
      assert.match((await failure(boot())).error.message, /9_b\.sql comes before 10_b\.sql/);
      rmSync(join(path, "9_b.sql"));
      writeFileSync(join(path, "9_a.sql"), "SELECT 1");
      assert.match((await failure(boot())).error.message, /9_a\.sql was changed/);
    });

    test("an execution that is aborted ends, and the connection stays usable", async () => {
      const slow = isPostgres
        ? "SELECT pg_sleep(20)"
        : "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 10) SELECT n FROM c";
      await using app = await boot(query("Slow", slow) + NAMES);
      const signal = AbortSignal.timeout(100);
      const result = await app.execute("Sql.Query.Slow", null, { signal }).then(
        () => "done",
        () => "aborted",
      );
      assert.equal(result, isPostgres ? "aborted" : "done");
      const aborted = AbortSignal.abort();
      await assert.rejects(app.execute("Sql.Query.Names", null, { signal: aborted }));
      assert.equal((await app.execute("Sql.Query.Names") as unknown[]).length, 2);
    });
  });
}
