/** Dependencies between resources, in every form of the program. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertCode, chooseForm, type Form, forms, run, tempApp } from "./forms.ts";

const FILES = {
  "sql/module.yaml": "name: Sql\ndefinitions: [connection.yaml, query.yaml]\n",
  "sql/connection.yaml": `kind: Runtime.Definition
metadata: { name: Connection, resourceKind: Connection }
concurrentInit: true
controllers: [{ runtime: node, entrypoint: ./connection.mjs }]
schema: { type: object, properties: { rows: { type: array } } }
`,
  "sql/connection.mjs": `export const create = ({ metadata: { name }, rows }, ctx) => {
  let open = false;
  return {
    async init() {
      await new Promise((resolve) => setTimeout(resolve, 5));
      open = true;
      ctx.log.info("open");
    },
    start: () => ctx.log.info("start"),
    api: { select: () => open ? rows : "closed" },
    execute: () => name,
    teardown: () => ctx.log.info("closed"),
  };
};
`,
  "sql/query.yaml": `kind: Runtime.Definition
metadata: { name: Query, resourceKind: Query }
controllers: [{ runtime: node, entrypoint: ./query.mjs }]
schema:
  type: object
  properties:
    connection:
      type: string
      format: digly-urn
      digly:kind: Sql.Connection
      digly:ready: true
    after: { type: string, format: digly-urn, digly:ready: true }
`,
  "sql/query.mjs": `export const create = ({ connection }, ctx) => {
  const api = connection && ctx.use(connection);
  return {
    async init() {
      if (connection) ctx.log.info("executed " + await ctx.execute(connection));
    },
    execute: () => api.select(),
    teardown: () => ctx.log.info("closed"),
  };
};
`,
};

const query = (name: string, fields: string) =>
  `---\nkind: Sql.Query\nmetadata: { name: ${name} }\n${fields}\n`;
const APP = `name: App\nimports: [./sql]\n${query("All", "connection: Sql.Connection.Main")}---
kind: Sql.Connection
metadata: { name: Other }
---
kind: Sql.Connection
metadata: { name: Main }
rows: [1, 2]
`;

const JOBS = {
  "jobs/module.yaml": "name: Jobs\ndefinitions: [job.yaml]\n",
  "jobs/job.yaml": `kind: Runtime.Definition
metadata: { name: Job, resourceKind: Job }
resources: [steps.*.run]
controllers: [{ runtime: node, entrypoint: ./job.mjs }]
schema:
  type: object
  properties:
    steps: { type: array, items: { type: object, properties: { run: { type: object } } } }
`,
  "jobs/job.mjs": `export const create = ({ steps }, ctx) => {
  const urns = steps.map((_, index) => ctx.child(["steps", index, "run"]));
  return {
    async execute(input, { execute }) {
      for (const urn of urns) input = await execute(urn, input);
      return input;
    },
  };
};
`,
  "runtime.yaml": `name: App
imports: [./jobs, digly:javascript]
---
kind: TemplateDefinition
metadata: { name: Greeter }
schema: { properties: { word: { type: string } } }
resources:
  - kind: Jobs.Job
    metadata: { name: "\${{ word }}" }
    steps:
      - run: { kind: JavaScript.Script, code: "function main(name) { return name.trim(); }" }
      - run:
          kind: JavaScript.Script
          metadata: { name: "Say\${{ word }}" }
          code: 'function main(name) { return "Hello " + name; }'
---
kind: App.Greeter
metadata: { name: g }
word: Hello
---
kind: JavaScript.Script
metadata: { name: Each }
code: |
  const main = (urns, { execute }) => Promise.all(urns.map((urn) => execute(urn, " Ada ")));
`,
};

for (const form of forms) {
  describe(form.name, () => {
    test("inline resources are resources of their own, with their own places", async () => {
      const cwd = tempApp(JOBS);
      const urns = JSON.stringify([
        "Jobs.Job.Hello",
        "JavaScript.Script.Jobs:Job:Hello:steps:0:run",
        "JavaScript.Script.SayHello",
      ]);
      const args = ["exec", ".", "JavaScript.Script.Each", "--input", urns];
      const executed = await run(form, args, { cwd });
      assert.equal(executed.stdout, '["Hello Ada","Ada","Hello  Ada "]\n', executed.stderr);
    });

    test("a resource is ready before those that name it, and torn down after them", async () => {
      const cwd = tempApp({ ...FILES, "runtime.yaml": APP });
      const { code, stdout, stderr } = await run(form, ["exec", ".", "Sql.Query.All"], { cwd });
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "[1,2]\n");
      const lines = stderr.split("\n").flatMap((line) => {
        const { resource, owner = resource, message, msg = message } = line.startsWith("{")
          ? JSON.parse(line)
          : {};
        return msg === undefined ? [] : [`${owner} ${msg}`];
      });
      assert.deepEqual(lines, [
        "Sql.Connection.Main open",
        "Sql.Query.All executed Main",
        "Sql.Connection.Other open",
        "Sql.Connection.Main start",
        "Sql.Connection.Other start",
        "Sql.Connection.Other closed",
        "Sql.Query.All closed",
        "Sql.Connection.Main closed",
      ]);
    });
  });
}

/** A test of what the core does, in a form that the title chooses. */
function testInOneForm(title: string, body: (form: Form) => Promise<void>): void {
  const form = chooseForm(title);
  test(`${title} (${form.name})`, () => body(form));
}

testInOneForm("expand shows inline resources", async (form) => {
  const expanded = await run(form, ["expand", "."], { cwd: tempApp(JOBS) });
  assert.match(expanded.stdout, /^ {2}name: Jobs:Job:Hello:steps:0:run$/m);
});

testInOneForm("an error of an inline resource is at its own place", async (form) => {
  const broken = JOBS["runtime.yaml"].replace('return "Hello " +', 'return "Hello " + +;');
  const cwd = tempApp({ ...JOBS, "runtime.yaml": broken });
  const ended = await run(form, ["check", "."], { cwd });
  assertCode(ended, 1);
  assert.match(ended.stderr, /JavaScript\.Script\.SayHello[^\n]*\n\s*--> runtime\.yaml:15:/);
});

const WRONG = APP + query("A", "after: Sql.Query.B") + query("B", "after: Sql.Query.A") +
  query("C", "connection: Sql.Query.All");

testInOneForm("a cycle and a wrong kind are errors of check", async (form) => {
  const cwd = tempApp({ ...FILES, "runtime.yaml": WRONG });
  const ended = await run(form, ["check", "."], { cwd });
  assertCode(ended, 1);
  assert.match(
    ended.stderr,
    /\[ERR_REFERENCE_CYCLE\][^\n]*Sql\.Query\.A → Sql\.Query\.B → Sql\.Query\.A\n\s*--> runtime\.yaml:17:8/,
  );
  assert.match(ended.stderr, /also: runtime\.yaml:21:8/);
  assert.match(
    ended.stderr,
    /Sql\.Query\.C: `connection` must name a resource of the kind Sql\.Connection\n\s*--> runtime\.yaml:25:13/,
  );
  assert.match(ended.stderr, /\n2 errors\n$/);
});

testInOneForm("a wrong kind is an error of the boot", async (form) => {
  const cwd = tempApp({ ...FILES, "runtime.yaml": WRONG });
  const ended = await run(form, ["."], { cwd });
  assertCode(ended, 1);
  assert.match(ended.stderr, /runtime\.yaml:25:13/);
});
