/** PostgreSQL in particular: types, and a server that is slow or lost. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { renderError } from "../../../../src/cli/report.ts";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { createConnection } from "../../../../src/modules/sql/postgres_connection.ts";
import { PASSWORD, startPostgres } from "../../../servers/postgres.ts";
import { bootSql, failure, migrations, query, transaction } from "./sql_app.ts";

const server = await startPostgres();
after(async () => {
  if (typeof server !== "string") await server.remove();
});

describe("PostgreSQL as a server", { skip: typeof server === "string" ? server : false }, () => {
  const postgres = server as Exclude<typeof server, string>;

  test("lists are arrays where the parameter is one; dates and times are text", async () => {
    await using app = await bootSql(
      postgres.url,
      [
        query("Any", "SELECT n FROM generate_series(1, 9) AS n WHERE n = ANY(${{ input }})"),
        query("Nested", "SELECT ${{ input }}::text[] AS list", "returns: one"),
        query(
          "Times",
          "SELECT '2026-01-02'::date AS d, '2026-01-02 03:04:05.123456'::timestamp AS t, " +
            "'2026-01-02 03:04:05.123456+00'::timestamptz AS z, 1.10::numeric AS n, true AS b",
          "returns: one",
        ),
      ].join(""),
    );
    assert.deepEqual(await app.execute("Sql.Query.Any", [2, 3]), [{ n: 2 }, { n: 3 }]);
    const list = ['a"b', "c\\d", null, "e,f"];
    assert.deepEqual(await app.execute("Sql.Query.Nested", list), { list });
    assert.deepEqual(await app.execute("Sql.Query.Times"), {
      d: "2026-01-02",
      t: "2026-01-02T03:04:05.123456",
      z: "2026-01-02T03:04:05.123456Z",
      n: "1.10",
      b: true,
    });
  });

  test("a slow statement ends with the timeout of the connection", async () => {
    await using app = await bootSql(
      postgres.url,
      query("Sleep", "SELECT pg_sleep(${{ input }})") +
        query("One", "SELECT 1 AS n", "returns: one"),
      { fields: "timeout: 2s\npool: 1" },
    );
    assert.equal((await failure(app.execute("Sql.Query.Sleep", 30))).code, "Sql.Timeout");
    assert.deepEqual(await app.execute("Sql.Query.One"), { n: 1 });
  });

  test("the rows of an aborted statement go to nobody else", async () => {
    await using app = await bootSql(
      postgres.url,
      query("Sleep", "SELECT pg_sleep(0.5)") +
        query("Theirs", "SELECT 'theirs' AS owner", "returns: one") +
        query("Mine", "SELECT 'mine' AS owner", "returns: one"),
      { fields: "pool: 1" },
    );
    const abort = new AbortController();
    const sleeping = app.execute("Sql.Query.Sleep");
    const aborted = app.execute("Sql.Query.Theirs", null, { signal: abort.signal });
    const mine = app.execute("Sql.Query.Mine");
    setTimeout(() => abort.abort(), 100);
    await assert.rejects(aborted);
    assert.deepEqual(await mine, { owner: "mine" });
    await sleeping;
    assert.deepEqual(await app.execute("Sql.Query.Mine"), { owner: "mine" });
  });

  test("a connection is usable whose first statement was aborted while it connected", async () => {
    const { url } = postgres;
    const connection = createConnection({ url, timeoutMs: 5_000, onLost() {}, onEnd() {} });
    const abort = new AbortController();
    const first = connection.run("SELECT 1 AS n", [], { maxRows: 1, signal: abort.signal });
    const second = connection.run("SELECT 2 AS n", [], { maxRows: 1 });
    setTimeout(() => abort.abort(), 1);
    await assert.rejects(first);
    assert.deepEqual((await second).rows, [{ n: 2 }]);
    // One that has only just begun on an open connection.
    const early = new AbortController();
    const asleep = connection.run("SELECT pg_sleep(60)", [], { maxRows: 1, signal: early.signal });
    early.abort();
    await assert.rejects(asleep, { name: "AbortError" });
    assert.deepEqual((await connection.run("SELECT 3 AS n", [], { maxRows: 1 })).rows, [{ n: 3 }]);
    await connection.close();
  });

  test("a wrong type is an error of the execution", async () => {
    await using app = await bootSql(
      postgres.url,
      query("Int", "SELECT ${{ input }}::int AS n", "returns: one"),
    );
    await assert.rejects(
      app.execute("Sql.Query.Int", "abc"),
      /invalid input syntax for type integer/,
    );
    assert.deepEqual(await app.execute("Sql.Query.Int", "7"), { n: 7 });
  });

  test("a connection that is lost is opened again; a transaction on it fails", async () => {
    const url = postgres.url;
    await using app = await bootSql(
      url,
      [
        query("Add", "INSERT INTO lost VALUES (1)", "returns: exec"),
        query("Count", "SELECT count(*)::int AS n FROM lost", "returns: one"),
        query("Sleep", "SELECT pg_sleep(60)"),
        transaction(
          "Both",
          'await ctx.execute("Sql.Query.Add");' +
            "await new Promise((resolve) => globalThis.afterKill = resolve);" +
            'await ctx.execute("Sql.Query.Add");',
        ),
      ].join(""),
      { fields: `migrations: ${migrations({ "lost.sql": "CREATE TABLE lost (id int)" })}` },
    );
    await using killer = await bootSql(
      url,
      query(
        "Kill",
        "SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity " +
          "WHERE application_name = 'digly' AND pid <> pg_backend_pid()",
        "returns: one",
      ) +
        query(
          "Busy",
          "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'digly' " +
            "AND pid <> pg_backend_pid() AND (state = 'idle in transaction' OR query LIKE '%sleep%' " +
            "AND state = 'active')",
          "returns: one",
        ),
    );
    const shared = globalThis as { afterKill?: () => void };
    // Idle, in the middle of a statement, and in the middle of a transaction.
    for (const urn of ["Sql.Query.Count", "Sql.Query.Sleep", "Sql.Transaction.Both"]) {
      const running = app.execute(urn).then(() => "done", (error) => error.code);
      while (urn !== "Sql.Query.Count") {
        const { n } = await killer.execute("Sql.Query.Busy") as { n: number };
        if (n > 0 && (urn === "Sql.Query.Sleep" || shared.afterKill !== undefined)) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await killer.execute("Sql.Query.Kill");
      shared.afterKill?.();
      const wanted = urn === "Sql.Query.Count" ? ["done", "Sql.Unavailable"] : ["Sql.Unavailable"];
      assert.ok(wanted.includes(await running), urn);
      // A query that is sent before the loss is noticed fails, too.
      const count = () => app.execute("Sql.Query.Count");
      const counted = await count().catch(() => count()).catch(() => count());
      assert.deepEqual(counted, { n: 0 }, urn);
    }
  });

  test("a server that is lost is reported by /readyz, and found again", async () => {
    await using app = await bootSql(
      postgres.url,
      query("One", "SELECT 1 AS n", "returns: one") +
        "---\nkind: Http.Server\nmetadata: { name: Main }\nport: 0\nhealth: true\n" +
        "---\nkind: Http.Route\nmetadata: { name: One }\nrequest: { path: /one }\nhandler: Sql.Query.One\n",
      { fields: "timeout: 2s" },
    );
    const listening = app.events.find(({ event }) => event === "Http.Server.Listening")!;
    const { url } = listening.payload as { url: string };
    const get = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, await response.text()] as const;
    };
    const until = async (path: string, status: number) => {
      for (let round = 0; round < 200; round++) {
        if ((await get(path))[0] === status) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.fail(`${path} did not answer ${status}`);
    };
    assert.deepEqual(await get("/one"), [200, '{"n":1}']);
    assert.equal((await get("/readyz"))[0], 200);
    await postgres.stop();
    try {
      await until("/readyz", 503);
      const [status, body] = await get("/one");
      assert.equal(status, 503);
      const { error } = JSON.parse(body);
      assert.equal(error.code, "Sql.Unavailable");
      assert.equal(error.message, "The database is not available");
    } finally {
      await postgres.start();
    }
    await until("/readyz", 200);
    assert.deepEqual(await get("/one"), [200, '{"n":1}']);
    assert.ok(app.logs.some(({ message }) => /^Lost PostgreSQL at 127\.0\.0\.1/.test(message)));
    assert.ok(!JSON.stringify(app.logs).includes(PASSWORD));
  });

  test("a server that refuses is waited for until the timeout; no message has the password", async () => {
    const url = postgres.url.replace(`:${postgres.port}/`, ":1/");
    const { code, error } = await failure(bootSql(url, "", { fields: "timeout: 600ms" }));
    assert.equal(code, "Sql.Unavailable");
    assert.equal(
      error.message,
      "Sql.Connection.Main: PostgreSQL at 127.0.0.1:1/postgres cannot be used: the connection was refused",
    );
    const shown = renderError(error as DiglyError, { color: false, verbose: true, cwd: "/" });
    assert.ok(!shown.includes(PASSWORD) && !shown.includes(encodeURIComponent(PASSWORD)), shown);
  });

  test("a database that does not exist fails the boot at once", async () => {
    const { error } = await failure(bootSql(postgres.url.replace("/postgres", "/nope"), ""));
    const { message, help, origin } = error as DiglyError;
    assert.match(message, /database "nope" does not exist/);
    assert.equal(help, "Create the database, or correct its name in `url`");
    assert.equal(origin?.line, 6);
  });

  test("a server without TLS fails the boot of a URL that requires it at once", async () => {
    const { error } = await failure(bootSql(`${postgres.url}?sslmode=require`, ""));
    const { message, help } = error as DiglyError;
    assert.match(message, /cannot be used: the server does not use TLS, which `sslmode` requires$/);
    assert.match(help!, /^Turn TLS on in the server .*, or remove `sslmode` from `url`$/);
  });
});
