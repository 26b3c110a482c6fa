/** What modules may say and do, in every form: names, versions, controllers, codes, values, metrics. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertCode, chooseForm, type Form, forms, run, start, tempApp } from "./forms.ts";

const connection = (version: number) =>
  `import { fail } from "digly/module";
const seconds = [];
export async function create({ kind, metadata: { name }, url }, ctx) {
  const queries = ctx.metrics.counter("queries_total", "Queries, by outcome", ["outcome"]);
  const validate = await ctx.validator({
    type: "object",
    properties: { rows: { type: "integer", default: ${version} } },
  }, { defaults: true });
  return {
    init: () => ctx.emitResourceEvent("Sql.Connection", name, "Opened"),
    execute(input) {
      queries.inc({ outcome: input.fail ?? "ok" });
      if (input.fail === "declared") {
        throw fail("Sql.UniqueViolation", { problem: "Taken", data: { by: "ada " + url } });
      }
      if (input.fail === "misspelt") throw fail("Sql.UniqeViolation", { problem: "Taken" });
      if (input.fail === "plain") throw fail("ERR_EXECUTION_FAILED", { problem: "It is stuck" });
      if (input.fail === "token") {
        const token = ctx.secret({ token: "tok-8765-4321" });
        throw fail("Sql.UniqueViolation", { problem: "The token is " + token.token, data: token });
      }
      const { value } = validate(input);
      const all = ctx.getResources("Sql.Connection").map(({ metadata }) => metadata.name);
      return { kind, url, all, rows: value.rows, given: Object.keys(input), version: ${version} };
    },
  };
}
`;

const sql = (version: number) => ({
  [`sql-${version}/module.yaml`]: `name: Sql
version: ${version}.0.0
requires: { digly: ">=0.1" }
definitions: [connection.yaml]
---
kind: Sql.Connection
metadata: { name: Shared }
url: shared by the users of Sql
---
kind: TemplateDefinition
metadata: { name: Pair }
schema: { type: object, required: [id], properties: { id: { type: string } } }
resources:
  - for: side in ["left", "right"]
    kind: Sql.Connection
    metadata: { name: "\${{ id + '-' + side }}" }
    url: "\${{ Sql.Connection.Shared.url + ', ' + side }}"
`,
  [`sql-${version}/connection.yaml`]: `kind: Runtime.Definition
metadata: { name: Connection, resourceKind: Connection }
controllers: [./connection.js]
events: [Opened]
errors: { UniqueViolation: { status: 409, description: The name is taken. } }
schema:
  type: object
  required: [url]
  properties: { url: { type: string } }
  additionalProperties: false
`,
  [`sql-${version}/connection.js`]: connection(version),
});

const app = {
  ...sql(1),
  ...sql(2),
  "runtime.yaml": `name: App
imports: [./sql-1, { from: ./sql-2, as: Warehouse }, ./vault, digly:http, digly:javascript]
---
kind: Sql.Connection
metadata: { name: Main }
url: main
---
kind: Warehouse.Connection
metadata: { name: Main }
url: "\${{ Vault.Entry.Db.user }}"
---
kind: Warehouse.Pair
metadata: { name: Two }
id: two
---
kind: Vault.Entry
metadata: { name: Db }
path: db
---
kind: JavaScript.Script
metadata: { name: Calls }
code: |
  const main = (calls, ctx) => Promise.all(calls.map(async ([urn, input]) => {
    try {
      return await ctx.execute(urn, input);
    } catch ({ code, details }) {
      return [code, details.data ?? null, details.chain ?? null];
    }
  }));
---
kind: Http.Server
metadata: { name: Main }
port: 0
metrics: true
---
kind: Http.Route
metadata: { name: Query }
request: { path: /query/:fail }
handler: { name: Warehouse.Connection.Main, inputs: { fail: "\${{ request.params.fail }}" } }
`,
  "vault/module.yaml": "name: Vault\ndefinitions: [entry.yaml]\n",
  "vault/entry.yaml": `kind: Runtime.Definition
metadata: { name: Entry, resourceKind: Entry }
controllers: [{ runtime: [node, bun, deno], entrypoint: ./entry.js }]
value: true
sensitive: true
schema: { type: object, properties: { path: { type: string } }, additionalProperties: false }
`,
  "vault/entry.js": `export async function value({ path }, ctx) {
  if (path !== "db") throw ctx.problem(["path"], "is not in the vault", { help: "Write db" });
  return await Promise.resolve({ user: "user-of-the-vault", password: "pw-of-the-vault" });
}
`,
};

/** What executing a resource prints, read as JSON. */
async function json(form: Form, cwd: string, urn: string, input: unknown): Promise<unknown> {
  const args = ["exec", ".", urn, "--input", JSON.stringify(input)];
  const ended = await run(form, args, { cwd });
  assertCode(ended, 0);
  return JSON.parse(ended.stdout);
}

for (const form of forms) {
  describe(form.name, () => {
    const cwd = tempApp(app);

    test("two versions of a module live together under two names", async () => {
      const calls = [
        ["Sql.Connection.Main", {}],
        ["Warehouse.Connection.two-left", {}],
        ["Warehouse.Connection.Main", { fail: "declared" }],
        ["Warehouse.Connection.Main", { fail: "plain" }],
      ];
      assert.deepEqual(await json(form, cwd, "JavaScript.Script.Calls", calls), [
        {
          kind: "Sql.Connection",
          url: "main",
          all: ["Shared", "Main"],
          rows: 1,
          given: [],
          version: 1,
        },
        {
          kind: "Warehouse.Connection",
          url: "shared by the users of Sql, left",
          all: ["Shared", "Main", "two-left", "two-right"],
          rows: 2,
          given: [],
          version: 2,
        },
        ["Warehouse.UniqueViolation", { by: "ada user-of-the-vault" }, null],
        ["ERR_EXECUTION_FAILED", null, ["JavaScript.Script.Calls", "Warehouse.Connection.Main"]],
      ]);
    });

    test("clients see codes, not secrets, and /metrics has those of modules", async () => {
      const server = start(form, ["run", "."], { cwd });
      try {
        const [, url] = await server.waitFor(/Listening on (http:\/\/[\w.]+:\d+)/);
        const declared = await fetch(`${url}/query/declared`);
        assert.equal(declared.status, 409);
        const body = await declared.text();
        assert.match(body, /"Warehouse\.UniqueViolation"/);
        assert.doesNotMatch(body, /user-of-the-vault/);
        const token = await (await fetch(`${url}/query/token`)).text();
        assert.match(token, /The token is \[redacted\]/);
        assert.doesNotMatch(token, /tok-8765/);
        assert.equal((await fetch(`${url}/query/misspelt`)).status, 500);
        const metrics = await (await fetch(`${url}/metrics`)).text();
        assert.match(metrics, /^# TYPE digly_warehouse_queries_total counter$/m);
        assert.match(metrics, /^digly_warehouse_queries_total\{outcome="declared"\} 1$/m);
        assert.match(metrics, /^digly_http_requests_total\{.*status="409"\} 2$/m);
        assert.match(metrics, /^digly_executions_total\{kind="Warehouse.Connection".*"\} 3$/m);
      } finally {
        server.kill("SIGTERM");
        await server.exited;
      }
      assert.doesNotMatch(server.stdout() + server.stderr(), /tok-8765|-of-the-vault/);
    });

    test("a published module imports functions of digly/module without installing it", async () => {
      const other = tempApp({
        "runtime.yaml":
          "name: App\nimports: [published]\n---\nkind: P.Thing\nmetadata: { name: A }\n",
        "node_modules/published/package.json": '{ "name": "published", "type": "module" }',
        "node_modules/published/module.yaml": "name: P\ndefinitions: [thing.yaml]\n",
        "node_modules/published/thing.yaml":
          "kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\n" +
          "controllers: [./thing.js]\n",
        "node_modules/published/thing.js":
          'import { urnOf } from "./urn.js";\nexport const execute = (name) => urnOf(name);\n',
        "node_modules/published/urn.js":
          'import { formatUrn } from "digly/module";\nexport const urnOf = (name) => formatUrn("P.Thing", name);\n',
      });
      assert.equal(await json(form, other, "P.Thing.A", null), "P.Thing.A");
    });
  });
}

/** A test of what the core does, in one form. */
function testInOneForm(title: string, body: (form: Form) => Promise<void>): void {
  const form = chooseForm(title);
  test(`${title} (${form.name})`, () => body(form));
}

testInOneForm("check accepts two versions of a module", async (form) => {
  const checked = await run(form, ["check", "."], { cwd: tempApp(app) });
  assert.deepEqual([checked.code, checked.stderr.trim()], [0, "No problems in 12 resources"]);
});

testInOneForm("a kind of a renamed module has its name in the app", async (form) => {
  const args = ["kinds", ".", "Warehouse.Connection", "--format", "json"];
  const { kind, module, errors, runtimes } = JSON.parse(
    (await run(form, args, { cwd: tempApp(app) })).stdout,
  );
  assert.deepEqual([kind, module, runtimes], ["Warehouse.Connection", "Warehouse", ["any"]]);
  assert.deepEqual(errors, {
    "Warehouse.UniqueViolation": { status: 409, description: "The name is taken." },
  });
});

testInOneForm("an error of a renamed module has its name in the app", async (form) => {
  const page = await run(form, ["kinds", ".", "--errors"], { cwd: tempApp(app) });
  assert.match(page.stdout, /^### Warehouse\.UniqueViolation\n\nThe name is taken\./m);
});

testInOneForm("the schema for editors has the name of a renamed module", async (form) => {
  const schema = await run(form, ["schema", "."], { cwd: tempApp(app) });
  assert.match(schema.stdout, /Warehouse\.Connection/);
});

testInOneForm(
  "a code that no definition declares is an error with the nearest one",
  async (form) => {
    const args = ["exec", ".", "Warehouse.Connection.Main", "--input", '{"fail":"misspelt"}'];
    const ended = await run(form, args, { cwd: tempApp(app) });
    assertCode(ended, 1);
    assert.match(
      ended.stderr,
      /with the code "Warehouse\.UniqeViolation", which Warehouse does not declare/,
    );
    assert.match(ended.stderr, /help: Did you mean "Warehouse\.UniqueViolation"\?/);
  },
);

testInOneForm("a value that a vault does not have is an error at the field", async (form) => {
  const cwd = tempApp({
    ...app,
    "runtime.yaml": app["runtime.yaml"].replace("path: db", "path: nowhere"),
  });
  assertCode(await run(form, ["check", "."], { cwd }), 0);
  const ended = await run(form, ["run", "."], { cwd });
  assertCode(ended, 1);
  assert.match(
    ended.stderr,
    /ERR_REFERENCE_UNRESOLVED\]: Vault\.Entry\.Db has no value: is not in the vault/,
  );
  assert.match(ended.stderr, /--> runtime\.yaml:18:7/);
  assert.match(ended.stderr, /help: Write db/);
});

for (const verb of ["check", "run"]) {
  testInOneForm(`${verb} refuses a module for another version of Digly`, async (form) => {
    const cwd = tempApp({
      "runtime.yaml": "name: App\nimports: [./m]\n",
      "m/module.yaml": 'name: M\nrequires: { digly: ">=99" }\nfutureKey: 1\n',
    });
    const ended = await run(form, [verb, "."], { cwd });
    assertCode(ended, 1);
    assert.match(
      ended.stderr,
      /ERR_RUNTIME_MISMATCH\]: The module M requires Digly >=99, and this is/,
    );
    assert.match(ended.stderr, /--> m\/module\.yaml:2:20/);
    assert.doesNotMatch(ended.stderr, /futureKey\W+in/);
  });
}
