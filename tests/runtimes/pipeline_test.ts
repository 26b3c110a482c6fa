/** Runs a pipeline in every form: steps, loops, retries, timeouts, clean-up, and a check of mistakes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  assertCode,
  type Form,
  forms,
  formsWithSqlite,
  run,
  singleFile,
  start,
  tempApp,
} from "./forms.ts";

const APP = `name: App
imports: [digly:std]
---
kind: Pipeline.Job
metadata: { name: Main }
on: start
steps:
  - name: fetch
    execute: JavaScript.Script.Flaky
    inputs: 3
    retry: { attempts: 3, backoff: 1ms, on: [Shop.Busy] }
  - name: double
    for: steps.fetch.output
    as: row
    concurrency: 2
    resource:
      kind: JavaScript.Script
      inputSchema: { id: integer }
      code: const main = ({ id }) => id * 2
    inputs: { id: "\${{ row }}" }
  - name: both
    parallel:
      - { name: left, execute: JavaScript.Script.Echo, inputs: l }
      - { name: right, execute: JavaScript.Script.Echo, inputs: r }
  - name: slow
    execute: JavaScript.Script.Never
    timeout: 50ms
    catch:
      - execute: JavaScript.Script.Echo
        inputs: "\${{ steps.slow.error.code }}"
    finally:
      - { name: cleaned, execute: JavaScript.Script.Echo, inputs: cleaned }
  - name: size
    switch:
      - { if: size(steps.double.output) > 2, steps: [{ execute: JavaScript.Script.Echo, inputs: big }] }
      - { steps: [{ execute: JavaScript.Script.Echo, inputs: small }] }
  - resource:
      kind: Console.WriteLine
      inputSchema: {}
      output: "\${{ json(input) }}"
    inputs:
      double: "\${{ steps.double.output }}"
      both: "\${{ steps.both.output }}"
      slow: "\${{ steps.slow.output }}"
      rest: ["\${{ steps.left.output }}", "\${{ steps.cleaned.output }}", "\${{ steps.size.output }}"]
---
kind: JavaScript.Script
metadata: { name: Flaky }
outputSchema: { type: array, items: { type: integer } }
code: |
  let calls = 0;
  function main(count, ctx) {
    if (++calls < 3) throw ctx.fail("Shop.Busy", "busy");
    return Array.from({ length: count }, (_, index) => index);
  }
---
kind: JavaScript.Script
metadata: { name: Echo }
code: const main = (input) => input
---
kind: JavaScript.Script
metadata: { name: Never }
code: const main = (_, ctx) => ctx.clock.sleep(600_000, ctx.signal)
`;

async function check(form: Form): Promise<void> {
  const cwd = tempApp({
    "runtime.yaml": APP,
    "wrong.yaml": APP.replace("steps.fetch.output", "steps.fecth.output")
      .replace("steps.left.output", "steps.last.output"),
  });
  const ended = await run(form, ["runtime.yaml"], { cwd });
  assertCode(ended, 0);
  assert.deepEqual(JSON.parse(ended.stdout), {
    double: [0, 2, 4],
    both: { left: "l", right: "r" },
    slow: "Pipeline.Timeout",
    rest: ["l", "cleaned", "big"],
  });
  assert.match(ended.stderr, /Step fetch failed, and is tried again/);

  const wrong = await run(form, ["check", "wrong.yaml"], { cwd });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /wrong\.yaml:13:10\n/);
  assert.match(wrong.stderr, /no step is called "fecth"[^]*Did you mean "fetch"\?/);
  assert.match(wrong.stderr, /wrong\.yaml:45:19\n[^]*2 errors/);
}

const DURABLE = `name: App
imports: [digly:std]
---
kind: Sql.Connection
metadata: { name: Main }
url: sqlite:./jobs.db
migrations: ./migrations
---
kind: Sql.Query
metadata: { name: Add }
connection: Sql.Connection.Main
text: INSERT INTO notes (title) VALUES (\${{ input }}) RETURNING id
returns: one
---
kind: Pipeline.Job
metadata: { name: Main }
on: start
durable: Sql.Connection.Main
steps:
  - { name: first, execute: Sql.Query.Add, inputs: first }
  - { name: slow, execute: JavaScript.Script.Slow, inputs: "\${{ steps.first.output.id }}" }
  - { name: last, execute: Sql.Query.Add, inputs: last }
output: "\${{ steps.last.output.id }}"
---
kind: JavaScript.Script
metadata: { name: Slow }
code: |
  async function main(id, ctx) {
    console.error("slow begins");
    if (!isFast) await ctx.clock.sleep(600_000, ctx.signal);
    return id;
  }
  const isFast = IS_FAST;
`;

/** A job that is killed continues with the step that has not ended, and \`jobs\` shows it. */
async function checkKill(form: Form): Promise<void> {
  const app = (isFast: boolean) => DURABLE.replace("IS_FAST", String(isFast));
  const cwd = tempApp({
    "slow.yaml": app(false),
    "fast.yaml": app(true),
    "migrations/1.sql": "CREATE TABLE notes (id integer PRIMARY KEY, title text);",
  });
  const killed = start(form, ["slow.yaml"], { cwd });
  await killed.waitFor(/slow begins/, 60_000);
  killed.kill("SIGKILL");
  await killed.exited;
  const resumed = await run(form, ["fast.yaml"], { cwd });
  assert.equal(resumed.code, 0, resumed.stderr);
  const listed = await run(form, ["jobs", "list", "fast.yaml", "--format", "json"], { cwd });
  assert.equal(listed.code, 0, listed.stderr);
  const [job, ...others] = JSON.parse(listed.stdout);
  assert.deepEqual([job.state, job.runs, others], ["done", 2, []]);
  const shown = await run(form, ["jobs", "show", "fast.yaml", job.id, "--format", "json"], { cwd });
  const { output, steps } = JSON.parse(shown.stdout);
  assert.equal(output, 2); // the first note was not added again
  assert.deepEqual(steps.map(({ step }: { step: string }) => step), ["first", "slow", "last"]);
  if (form !== singleFile) return;
  await checkCommands(cwd);
  const unknown = await run(form, ["jobs", "cancel", "fast.yaml", `${job.id}x`], { cwd });
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, new RegExp(`Did you mean "${job.id}"`));
}

/** `jobs cancel` ends the job of a running process, and `jobs retry` lets the next one go on with it. */
async function checkCommands(cwd: string): Promise<void> {
  const jobs = (...args: string[]) => run(singleFile, ["jobs", ...args], { cwd });
  const app = start(singleFile, ["slow.yaml"], { cwd });
  await app.waitFor(/slow begins/, 60_000);
  const [{ id, state }] = JSON.parse((await jobs("list", "slow.yaml", "--format", "json")).stdout);
  assert.equal(state, "running");
  const early = await jobs("retry", "slow.yaml", id);
  assert.equal(early.code, 1, "a job that runs cannot be retried");
  const cancelled = await jobs("cancel", "slow.yaml", id);
  assert.equal(cancelled.code, 0, cancelled.stderr);
  const ended = await app.exited;
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /Pipeline\.Cancelled|was cancelled/);
  const retried = await jobs("retry", "fast.yaml", id);
  assert.equal(retried.code, 0, retried.stderr);
  const resumed = await run(singleFile, ["fast.yaml"], { cwd });
  assert.equal(resumed.code, 0, resumed.stderr);
  const shown = JSON.parse((await jobs("show", "fast.yaml", id, "--format", "json")).stdout);
  assert.deepEqual([shown.state, shown.runs], ["done", 2]);
}

describe("Pipeline", () => {
  for (const form of forms) test(form.name, () => check(form));
  for (const form of formsWithSqlite) test(`${form.name}, killed`, () => checkKill(form));
});
