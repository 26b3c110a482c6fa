/** `digly check --connect`: what PostgreSQL says about queries. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { embedded } from "../../../../src/generated/embedded.ts";
import { startPostgres } from "../../../servers/postgres.ts";
import { commandLine } from "../../cli/command.ts";
import { bootSql, migrations, query } from "./sql_app.ts";

const server = await startPostgres();
after(async () => {
  if (typeof server !== "string") await server.remove();
});

const USERS = `CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL, age int, price numeric NOT NULL,
    tags text[] NOT NULL, feels mood[] NOT NULL, feel mood NOT NULL, data jsonb NOT NULL);
  CREATE VIEW adults AS SELECT id FROM people WHERE age > 17;`;

const QUERIES = [
  query("People", "SELECT * FROM people"),
  query("Count", "SELECT count(*) AS n, max(price) AS most FROM people", "returns: one"),
  query(
    "Pairs",
    "SELECT a.id, b.name FROM people a LEFT JOIN people b ON b.id = a.age",
    "returns: one",
  ),
  query("Add", "INSERT INTO people (id) VALUES (${{ input.id }}) RETURNING id", "returns: one"),
  query("View", "SELECT * FROM adults"),
  query("Mistake", "SELECT nmae\nFROM people WHERE id = ${{ input.id }}"),
  // Its table is made by the queue itself.
  query("Messages", "SELECT count(*) FROM digly_messages_of_somebody"),
].join("");

/** Routes whose bodies are expressions over the results of queries. */
function routes(cases: readonly (readonly [query: string, expression: string])[]): string {
  return cases.map(([name, expression], index) =>
    `---
kind: Http.Route
metadata: { name: R${index} }
request: { path: /${index} }
handler: Sql.Query.${name}
response: { body: ${JSON.stringify(`\${{ ${expression} }}`)} }
`
  ).join("");
}

/** Checks an app with these routes; gives the exit code, and the first line of each problem. */
async function check(
  url: string,
  args: readonly string[],
  routes = "",
  migration = USERS,
): Promise<{ readonly code: number; readonly problems: readonly string[] }> {
  const { run, platform } = commandLine({
    imports: ["digly:sql", "digly:http"],
    resources: `kind: Sql.Connection
metadata: { name: Main }
url: ${JSON.stringify(url)}
migrations: ./migrations
${QUERIES}---
kind: Http.Server
metadata: { name: Main }
${routes}`,
    files: { "/app/migrations/1_people.sql": migration },
    builtins: embedded,
  });
  const code = await run("check", ...args, ".");
  const problems = platform.stderrText().match(/^(?:error|warning)\[.*|^No problems/gm) ?? [];
  return { code, problems };
}

test("a migration that ends its transaction is an error without a server, too", async () => {
  const { code, problems } = await check(
    "postgres://127.0.0.1:1/none",
    [],
    "",
    "SELECT 1; COMMIT;",
  );
  assert.equal(code, 1);
  assert.deepEqual(problems, [
    "error[Sql.Migration]: Sql.Connection.Main: 1_people.sql begins or ends a transaction",
  ]);
});

describe("check --connect", { skip: typeof server === "string" ? server : false }, () => {
  const { url } = server as Exclude<typeof server, string>;

  test("until it is used, and until migrations are applied, nothing is known", async () => {
    for (const args of [[], ["--connect"]]) {
      const { code, problems } = await check(url, args, routes([["People", "result[0].nmae"]]));
      assert.deepEqual([code, problems], [0, ["No problems"]]);
    }
  });

  test("mistakes in queries and expressions are found, with the types of columns", async () => {
    // Applies the migration.
    await (await bootSql(url, "", {
      fields: `migrations: ${migrations({ "1_people.sql": USERS })}`,
    }))
      .stop();
    const used = routes([
      ["People", "result[0].nmae"],
      ["People", "result[0].name + 1"],
      ["People", "result[0].tags + 2"],
      ["People", "result[0].feels + 3"],
      ["People", "result[0].price + 4"],
      ["People", "result[0].age + 5"],
      ["Count", "result.n + 'a'"],
      // These are right.
      ["People", "result[0].id + 1"],
      ["People", "result[0].data.anything"],
      ["People", "result[0].feel == 'ok' ? 1 : 2"],
      ["Count", "result.n + 1"],
      ["Pairs", "result == null ? '' : string(result.id)"],
      ["Add", "result.id + 1"],
      ["View", "result[0].id + 1"],
    ]);
    const { code, problems } = await check(url, ["--connect"], used);
    assert.equal(code, 1);
    assert.deepEqual(problems, [
      'error[Sql.Syntax]: Sql.Query.Mistake: column "nmae" does not exist',
      'error[ERR_EXPRESSION_TYPE]: result[0] has no field "nmae"',
      'error[ERR_EXPRESSION_TYPE]: "+" does not take a string and an integer',
      'error[ERR_EXPRESSION_TYPE]: "+" does not take a list and an integer',
      'error[ERR_EXPRESSION_TYPE]: "+" does not take a list and an integer',
      'error[ERR_EXPRESSION_TYPE]: "+" does not take a string and an integer',
      "warning[WARN_EXPRESSION_TYPE]: Http.Route.R5: result[0].age may be null",
      'error[ERR_EXPRESSION_TYPE]: "+" does not take an integer and a string',
    ]);
  });

  test("a server that does not answer is one error", async () => {
    const { code, problems } = await check("postgres://127.0.0.1:1/none", ["--connect"]);
    assert.equal(code, 1);
    assert.deepEqual(problems, [
      "error[Sql.Unavailable]: Sql.Connection.Main: PostgreSQL at 127.0.0.1:1/none cannot be used: " +
      "the connection was refused",
    ]);
  });
});
