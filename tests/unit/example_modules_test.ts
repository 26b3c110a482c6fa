/** Tests the modules in examples/modules as their authors would. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bootApp, TestClock } from "../../testing.ts";

const folder = new URL("../../examples/modules/", import.meta.url);
const at = (path: string) => new URL(path, folder);

const cron = (fields: string, code = "const main = (input) => input") => `
name: Test
imports: [${at("schedule/")}, digly:javascript]
---
kind: Schedule.Cron
metadata: { name: C }
execute: JavaScript.Script.Job
${fields}
---
kind: JavaScript.Script
metadata: { name: Job }
code: |
  ${code}
`;

test("cron executes on time, at most `runs` times, and lets the app end", async () => {
  const clock = new TestClock(Date.UTC(2026, 0, 1, 2, 59));
  await using app = await bootApp({
    manifest: cron('pattern: 0 3 * * *\ntimezone: UTC\nruns: 2\ninputs: "${{ run.scheduled }}"'),
    clock,
  });
  const state = async () => {
    const { holds, resources } = await app.kernel.takeSnapshot();
    return [holds.length, resources.find(({ kind }) => kind === "Schedule.Cron")?.snapshot];
  };
  assert.deepEqual(await state(), [
    1,
    { nextRun: "2026-01-01T03:00:00.000Z", running: 0, count: 0 },
  ]);
  await clock.advance(60_000);
  const fired = await app.waitFor("Schedule.Cron.Fired");
  assert.deepEqual(fired.payload, { scheduled: "2026-01-01T03:00:00.000Z" });
  assert.match(String(fired.traceId), /^[0-9a-f]{32}$/);
  await clock.advance(24 * 3600_000);
  await app.kernel.waitUntilIdle();
  assert.deepEqual(await state(), [0, { nextRun: null, running: 0, count: 2 }]);
});

test("cron skips what would overlap, and a stop waits for what runs", async () => {
  const clock = new TestClock();
  const app = await bootApp({
    manifest: cron(
      'pattern: "* * * * * *"',
      "const main = () => new Promise((end) => setTimeout(end, 300))",
    ),
    clock,
  });
  await clock.advance(2000);
  await app.waitFor("Schedule.Cron.Skipped");
  assert.equal((await app.stop()).exitCode, 0);
  assert.ok(app.story().includes("JavaScript.Script.Executed JavaScript.Script.Job"));
});

test("cron does nothing under exec, but can be executed", async () => {
  const clock = new TestClock();
  await using app = await bootApp({
    manifest: cron('pattern: "* * * * * *"\ninputs: "${{ run.count }}"'),
    serve: false,
    clock,
  });
  await clock.advance(5000);
  assert.equal(await app.execute("Schedule.Cron.C"), 1);
});

test("a wrong pattern and a wrong time zone are found without a boot", async () => {
  await assert.rejects(bootApp({ manifest: cron('pattern: "61 * * * *"') }), {
    code: "ERR_RESOURCE_INVALID",
    message: /`pattern` is not a cron pattern/,
  });
  await assert.rejects(bootApp({ manifest: cron("pattern: 0 3 * * *\ntimezone: Berlin") }), {
    code: "ERR_RESOURCE_INVALID",
    message: /`timezone` is not a time zone/,
  });
});

const env = { DATABASE_URL: "sqlite::memory:" };

test("a route answers with a query, whose values are bound", async () => {
  await using app = await bootApp({ path: at("sql/example/"), env, serve: false });
  const answer = await app.fetch("/users/2");
  assert.deepEqual([answer.status, await answer.json()], [200, { id: 2, name: "Bob" }]);
  const name = "'; drop table users; --";
  assert.deepEqual(await app.execute("Sql.Query.AddUser", { id: 3, name }), { changed: 1 });
  assert.deepEqual(await app.execute("Sql.Query.GetUser", { id: 3 }), { id: 3, name });
  assert.equal(await app.execute("Sql.Query.GetUser", { id: 99 }), null);
  await assert.rejects(app.execute("Sql.Query.GetUser", { id: "x" }), {
    code: "ERR_INPUT_INVALID",
    message: "The input of Sql.Query.GetUser is invalid: `id` must be an integer",
  });
  const conflict = await app.fetch("/users/1", { method: "PUT" });
  assert.equal(conflict.status, 409);
  assert.equal(
    (await conflict.json() as { error: { code: string } }).error.code,
    "Sql.UniqueViolation",
  );
});

const sql = (more: string) => `
name: Test
imports: [${at("sql/")}, digly:javascript]
---
kind: Sql.Connection
metadata: { name: Main }
url: \${{ env.DATABASE_URL }}
setup: [create table t (id integer primary key)]
---
${more}`;

test("queries join a transaction, which is rolled back when it fails", async () => {
  await using app = await bootApp({
    env,
    manifest: sql(`
kind: Sql.Query
metadata: { name: Add }
connection: Sql.Connection.Main
text: insert into t (id) values (\${{ input }})
result: exec
---
kind: Sql.Query
metadata: { name: Count }
connection: Sql.Connection.Main
text: select count(*) as n from t
result: one
---
kind: Sql.Transaction
metadata: { name: Both }
connection: Sql.Connection.Main
execute: JavaScript.Script.AddAll
---
kind: JavaScript.Script
metadata: { name: AddAll }
code: |
  async function main(ids, { execute }) {
    for (const id of ids) await execute("Sql.Query.Add", id);
    return ids.length;
  }
`),
  });
  assert.equal(await app.execute("Sql.Transaction.Both", [1, 2]), 2);
  await assert.rejects(app.execute("Sql.Transaction.Both", [3, 1]), {
    code: "Sql.UniqueViolation",
  });
  assert.deepEqual(await app.execute("Sql.Query.Count"), { n: 2 });
});

test("mistakes in a query are found at the boot", async () => {
  const query = (fields: string) =>
    bootApp({ env, manifest: sql(`kind: Sql.Query\nmetadata: { name: Q }\n${fields}`) });
  const connection = "connection: Sql.Connection.Main\n";
  await assert.rejects(query(`${connection}text: select 1\nresult: first`), {
    code: "ERR_SCHEMA_VALIDATION",
  });
  await assert.rejects(query(`${connection}text: "select \${{ inptu.id }}"`), {
    code: "ERR_REFERENCE_UNRESOLVED",
  });
  await assert.rejects(query("connection: Sql.Query.Q\ntext: select 1"), {
    code: "ERR_SCHEMA_VALIDATION",
    message: /Sql\.Connection/,
  });
});

const job = (steps: string, more = "") => `
name: Test
imports: [${at("pipeline/")}, digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Echo }
code: |
  async function main(x, ctx) {
    if (x === "boom") throw ctx.fail("Test.Boom", "boom", { data: { at: 1 } });
    if (x !== "hang") return x;
    return await new Promise((_, reject) => {
      ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
    });
  }
---
kind: Pipeline.Job
metadata: { name: J }
${more}
steps:
${steps}
`;

test("a job that runs on start lets the app end", async () => {
  await using app = await bootApp({ path: at("pipeline/example/") });
  await app.kernel.waitUntilIdle();
  assert.deepEqual(await app.execute("Pipeline.Job.Import"), ["2", "4"]);
});

test("steps use the results of others, `if` and `for`", async () => {
  await using app = await bootApp({
    manifest: job(
      `
  - { name: a, execute: JavaScript.Script.Echo, inputs: { id: "\${{ input.id }}" } }
  - { name: no, if: steps.a.output.id > 100, execute: JavaScript.Script.Echo }
  - { name: b, for: "[1, 2, 3]", parallel: 2, execute: JavaScript.Script.Echo, inputs: "\${{ item * steps.a.output.id }}" }`,
      'output: { a: "${{ steps.a.output.id }}", no: "${{ steps.no.status }}", b: "${{ steps.b.output }}" }',
    ),
  });
  assert.deepEqual(await app.execute("Pipeline.Job.J", { id: 7 }), {
    a: 7,
    no: "skipped",
    b: [7, 14, 21],
  });
});

test("a step is retried by the codes of its failures, then caught", async () => {
  const step = (codes: string) => `
  - { name: a, execute: JavaScript.Script.Echo, inputs: boom, retry: { attempts: 3, backoffMs: 1, codes: ${codes} }, catch: [{ execute: JavaScript.Script.Echo, inputs: "\${{ error.code }} \${{ error.data.at }}" }] }
  - { execute: JavaScript.Script.Echo, inputs: "\${{ steps.a.status }}: \${{ steps.a.output }}" }`;
  for (const [codes, retries] of [["[Test.Boom]", 2], ["[Test.Other]", 0]] as const) {
    await using app = await bootApp({ manifest: job(step(codes)) });
    assert.equal(await app.execute("Pipeline.Job.J"), "failed: Test.Boom 1");
    const retried = app.events.filter(({ event }) => event === "Pipeline.Job.StepRetried");
    assert.equal(retried.length, retries);
  }
});

test("a failure keeps its code, and a step has a time limit", async () => {
  await using app = await bootApp({
    manifest: job(
      '  - { execute: JavaScript.Script.Echo, inputs: "${{ input }}", timeoutMs: 500 }',
    ),
  });
  await assert.rejects(app.execute("Pipeline.Job.J", "boom"), { code: "Test.Boom" });
  await assert.rejects(app.execute("Pipeline.Job.J", "hang"), { code: "ERR_ABORTED" });
});

test("expressions and inline resources of steps are checked before they run", async () => {
  const rejects = (step: string, expected: object) =>
    assert.rejects(bootApp({ manifest: job(step) }), expected);
  await rejects("  - { execute: JavaScript.Script.Echo, if: stps.a.output > 3 }", {
    code: "ERR_CREATE_FAILED",
    message: 'Creating Pipeline.Job.J failed: Unknown name "stps" in stps.a.output > 3',
  });
  await rejects("  - { resource: { kind: JavaScript.Script, code: 'nothing' } }", {
    code: "ERR_CREATE_FAILED",
  });
  await rejects('  - { execute: JavaScript.Script.Echo, timeoutMs: "${{ input }}" }', {
    code: "ERR_REFERENCE_UNRESOLVED",
  });
});
