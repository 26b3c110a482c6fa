import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { DurableJobs, SqlTransactions } from "../../../../src/contract/author.ts";
import { startPostgres } from "../../../servers/postgres.ts";
import { bootApp, type TestApp, type TestAppOptions } from "../../../../testing.ts";
import { endless, type Work } from "./pipeline_app.ts";

const folder = mkdtempSync(join(tmpdir(), "digly-durable-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const echo: Work = (input) => input;

const postgres = await startPostgres();
after(async () => {
  if (typeof postgres !== "string") await postgres.remove();
});

/** Databases of both kinds; the tests that use them leave no unfinished job. */
const databases = {
  SQLite: () => newUrl(),
  PostgreSQL: () => (postgres as Exclude<typeof postgres, string>).url,
};

/** A test on both databases. */
function testOnBoth(name: string, run: (url: string) => Promise<void>): void {
  for (const [database, url] of Object.entries(databases)) {
    const skip = database === "PostgreSQL" && typeof postgres === "string" ? postgres : false;
    test(`${name} (${database})`, { skip }, () => run(url()));
  }
}

/** The URL of a new database. */
const newUrl = () => `sqlite:${join(folder, `${++files}.db`)}`;

function manifest(url: string, job: string): string {
  return `name: Test
imports: [digly:std]
---
kind: Sql.Connection
metadata: { name: Main }
url: ${url}
---
kind: Sql.Query
metadata: { name: Steal }
connection: Sql.Connection.Main
text: UPDATE digly_jobs SET owner = 'somebody else' RETURNING id
returns: one
---
kind: Sql.Query
metadata: { name: Jobs }
connection: Sql.Connection.Main
text: SELECT id, state, owner, runs FROM digly_jobs ORDER BY created, id
---
kind: Sql.Query
metadata: { name: Expire }
connection: Sql.Connection.Main
text: UPDATE digly_jobs SET lease = 0, owner = 'gone' WHERE state = 'running'
returns: exec
---
kind: Pipeline.Job
metadata: { name: J }
durable: Sql.Connection.Main
${job}
${
    ["Work", "Slow", "Log"].map((name) =>
      `---\nkind: JavaScript.Script\nmetadata: { name: ${name} }\ncode: function main() {}\n`
    ).join("")
  }`;
}

/** Boots an app; one whose job another app takes over must not serve, or it would go on with it. */
function boot(
  url: string,
  job: string,
  { Work = echo, Slow = echo, Log = () => {} }: Readonly<Record<string, Work>>,
  options: TestAppOptions = {},
): Promise<TestApp> {
  const fakes = {
    "JavaScript.Script.Work": Work,
    "JavaScript.Script.Slow": Slow,
    "JavaScript.Script.Log": Log,
  };
  return bootApp({ manifest: manifest(url, job), fakes, ...options });
}

const jobsOf = ({ kernel }: TestApp) => (kernel.apiOf("Pipeline.Job.J") as DurableJobs).durableJobs;

const newestOf = async (app: TestApp): Promise<string> => (await jobsOf(app).list(1))[0]!.id;

const STEPS = `
steps:
  - { name: first, execute: JavaScript.Script.Work, inputs: 1 }
  - name: each
    for: [a, b]
    execute: JavaScript.Script.Work
    inputs: "\${{ item }}"
  - { name: slow, execute: JavaScript.Script.Slow, inputs: "\${{ steps.first.output }}" }
  - { name: last, execute: JavaScript.Script.Work, inputs: "\${{ steps.slow.output }}" }
output: ["\${{ steps.each.output }}", "\${{ steps.last.output }}"]`;

test("each step that has ended is recorded, and so is the result", async () => {
  await using app = await boot(newUrl(), STEPS, { Slow: () => ({ big: 2n, none: undefined }) });
  const expected = [["a", "b"], { big: 2 }];
  assert.deepEqual(await app.execute("Pipeline.Job.J", { x: 1 }), expected);
  const [summary] = await jobsOf(app).list(10);
  const { created, updated, steps, ...job } = (await jobsOf(app).show(summary!.id))!;
  assert.ok(created <= updated);
  const rest = { state: "done", runs: 1, input: { x: 1 }, output: expected, error: null };
  assert.deepEqual(job, { id: summary!.id, ...rest });
  assert.deepEqual(steps.map(({ step, output }) => [step, output]).sort(), [
    ["each[0]", "a"],
    ["each[1]", "b"],
    ["first", 1],
    ["last", { big: 2 }],
    ["slow", { big: 2 }],
  ]);
});

/** Changes the tables of jobs. */
async function change(app: TestApp, ...statements: readonly string[]): Promise<void> {
  const { write } = app.kernel.apiOf("Sql.Connection.Main") as SqlTransactions;
  await write(async (transaction) => {
    for (const text of statements) await transaction.run(text, []);
  });
}

const IN_TURN = "[z, y, x, w, v, u]";
const LOOP = `
steps:
  - { name: each, for: ${IN_TURN}, execute: JavaScript.Script.Work, inputs: "\${{ item }}" }
output: done`;
const inTurn = ["z", "y", "x", "w", "v", "u"];

const outputsOf = async (app: TestApp) =>
  (await jobsOf(app).show(await newestOf(app)))!.steps.map(({ output }) => output);

testOnBoth(
  "steps are listed in the order in which they ended, wherever their rows are",
  async (url) => {
    await using app = await boot(url, LOOP, {});
    await app.execute("Pipeline.Job.J");
    assert.deepEqual(await outputsOf(app), inTurn);
    // All within one millisecond; PostgreSQL writes each changed row anew, behind the others.
    const move = (step: number) =>
      `UPDATE digly_job_steps SET ended = 5 WHERE step = 'each[${step}]'`;
    await change(app, ...[5, 0, 3, 1, 4, 2].map(move));
    assert.deepEqual(await outputsOf(app), inTurn);
  },
);

test("tables of jobs from an earlier version get numbers for their steps", {
  skip: typeof postgres === "string" ? postgres : false,
}, async () => {
  const url = databases.PostgreSQL();
  {
    await using app = await boot(url, LOOP, {});
    await app.execute("Pipeline.Job.J");
    await change(app, "ALTER TABLE digly_job_steps DROP COLUMN number");
  }
  for (let run = 0; run < 2; run++) {
    await using app = await boot(url, LOOP, {});
    assert.deepEqual(await outputsOf(app), inTurn);
    await app.execute("Pipeline.Job.J");
    assert.deepEqual(await outputsOf(app), inTurn);
  }
});

testOnBoth(
  "an interrupted job continues with its next step, once, and its old process stops",
  async (url) => {
    const calls: unknown[] = [];
    let endSlow!: () => void;
    await using old = await boot(url, STEPS, {
      Work: (input) => (calls.push(["old", input]), input),
      Slow: () => new Promise((resolve) => endSlow = () => resolve("from the old one")),
    }, { serve: false });
    const lost = old.execute("Pipeline.Job.J");
    lost.catch(() => {});
    await old.waitFor("JavaScript.Script.Executing", ({ resource }) => /Slow/.test(resource ?? ""));
    await old.execute("Sql.Query.Expire");
    await using app = await boot(url, STEPS, {
      Work: (input) => (calls.push(["new", input]), input),
      Slow: (input) => ({ after: input }),
    }, { serve: true });
    await app.kernel.waitUntilIdle();
    const [job] = await jobsOf(app).list(10);
    const { state, runs, output } = (await jobsOf(app).show(job!.id))!;
    assert.deepEqual([state, runs, output], ["done", 2, [["a", "b"], { after: 1 }]]);
    endSlow();
    await assert.rejects(lost, { code: "Pipeline.Lost" });
    assert.deepEqual(calls, [
      ["old", 1],
      ["old", "a"],
      ["old", "b"],
      ["new", { after: 1 }],
    ]);
  },
);

test("the record of a query is in its transaction: without one, the other is undone", async () => {
  const job = "steps: [{ name: steal, execute: Sql.Query.Steal }]";
  await using app = await boot(newUrl(), job, {});
  await assert.rejects(app.execute("Pipeline.Job.J"), { code: "Pipeline.Lost" });
  const [row] = await app.execute("Sql.Query.Jobs") as { owner: string }[];
  assert.notEqual(row!.owner, "somebody else");
  const id = await newestOf(app);
  assert.deepEqual((await jobsOf(app).show(id))!.steps, []);
});

test("what begins a job does not begin it again after a stop", async () => {
  const queue = newUrl();
  const text = manifest(newUrl(), STEPS) + `---
kind: Queue.Queue
metadata: { name: Q }
url: ${queue}
---
kind: Queue.Publish
metadata: { name: P }
queue: Queue.Queue.Q
---
kind: Queue.Worker
metadata: { name: W }
queue: Queue.Queue.Q
execute: Pipeline.Job.J
---
kind: Schedule.Every
metadata: { name: E }
every: 100ms
execute: Pipeline.Job.J
overlap: skip
`;
  const fakes = (slow: Work) => ({
    "JavaScript.Script.Work": echo,
    "JavaScript.Script.Slow": slow,
    "JavaScript.Script.Log": () => {},
  });
  // The step ends while the app stops.
  const slow = () => new Promise((resolve) => setTimeout(resolve, 300));
  const jobs = async (app: TestApp) =>
    (await jobsOf(app).list(10)).map(({ state }) => state).sort();
  const old = await bootApp({ manifest: text, fakes: fakes(slow), serve: true });
  await old.execute("Queue.Publish.P", 1);
  while ((await jobs(old)).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await old.stop();
  const failures = old.logs.filter(({ message }) => /fail/.test(message));
  assert.deepEqual(failures.map(({ message }) => message), []);
  const ended = old.logs.filter(({ message }) => /continues at the next start$/.test(message));
  assert.equal(ended.length, 2);
  const later = text.replace("every: 100ms", "every: 1h");
  await using app = await bootApp({ manifest: later, fakes: fakes(echo), serve: true });
  while ((await jobs(app)).includes("running") || (await jobs(app)).includes("waiting")) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(await jobs(app), ["done", "done"]);
  assert.ok(!app.events.some(({ event }) => event === "Queue.Worker.Completed"));
});

test("a job is not begun in a transaction of its own database", async () => {
  const url = newUrl();
  const text = manifest(url, "steps: [{ execute: JavaScript.Script.Work }]") +
    "---\nkind: Sql.Transaction\nmetadata: { name: T }\nconnection: Sql.Connection.Main\n" +
    "execute: Pipeline.Job.J\n";
  await using app = await bootApp({ manifest: text });
  await assert.rejects(app.execute("Sql.Transaction.T"), {
    message: /a durable job cannot run in a transaction of Sql\.Connection\.Main/,
  });
});

testOnBoth("a failed job keeps its steps, and continues when it is tried again", async (url) => {
  let works = false;
  const calls: unknown[] = [];
  const Work: Work = (input) => (calls.push(input), input);
  const Slow: Work = () => {
    if (!works) throw new Error("out of order");
    return "works";
  };
  await using app = await boot(url, STEPS, { Work, Slow }, { serve: true });
  await assert.rejects(app.execute("Pipeline.Job.J"), { message: /out of order/ });
  const id = await newestOf(app);
  const failed = (await jobsOf(app).show(id))!;
  assert.equal(failed.state, "failed");
  assert.match(failed.error!.message, /out of order/);
  assert.equal(await jobsOf(app).cancel(id), false);
  works = true;
  assert.equal(await jobsOf(app).retry(id), true);
  await app.waitFor("Pipeline.Job.Executed", undefined, 30_000);
  assert.equal((await jobsOf(app).show(id))!.state, "done");
  assert.deepEqual(calls, [1, "a", "b", "works"]);
});

testOnBoth("a cancelled job does not begin another step, and cleans up", async (url) => {
  let endSlow!: () => void;
  const log: unknown[] = [];
  const job = `
steps:
  - name: slow
    execute: JavaScript.Script.Slow
    catch: [{ execute: JavaScript.Script.Log, inputs: caught }]
    finally: [{ execute: JavaScript.Script.Log, inputs: cleaned }]
  - { execute: JavaScript.Script.Log, inputs: never }`;
  await using app = await boot(url, job, {
    Slow: () => new Promise<void>((resolve) => endSlow = resolve),
    Log: (input) => void log.push(input),
  });
  const result = app.execute("Pipeline.Job.J");
  result.catch(() => {});
  await app.waitFor("JavaScript.Script.Executing");
  const id = await newestOf(app);
  assert.equal(await jobsOf(app).cancel(id), true);
  endSlow();
  await assert.rejects(result, { code: "Pipeline.Cancelled" });
  assert.deepEqual(log, ["cleaned"]);
  assert.equal((await jobsOf(app).show(id))!.state, "cancelled");
});

test("a failure that was caught is not tried again after an interruption", async () => {
  const url = newUrl();
  const calls: unknown[] = [];
  const job = `
steps:
  - name: risky
    execute: JavaScript.Script.Work
    catch: [{ name: rescue, execute: JavaScript.Script.Slow, inputs: "\${{ steps.risky.error.message }}" }]
output: "\${{ steps.rescue.output }}"`;
  const Work: Work = () => {
    calls.push("risky");
    throw new Error("broken");
  };
  await using old = await boot(url, job, { Work, Slow: endless([]) }, { serve: false });
  old.execute("Pipeline.Job.J").catch(() => {});
  await old.waitFor("JavaScript.Script.Executing", ({ resource }) => /Slow/.test(resource ?? ""));
  await old.execute("Sql.Query.Expire");
  await using app = await boot(url, job, { Work, Slow: (input) => input }, { serve: true });
  await app.kernel.waitUntilIdle();
  const id = await newestOf(app);
  assert.match(String((await jobsOf(app).show(id))!.output), /broken/);
  assert.deepEqual(calls, ["risky"]);
});

test("a job on start continues instead of beginning another, and begins one when it has ended", async () => {
  const url = newUrl();
  const job = "on: start\nsteps: [{ name: slow, execute: JavaScript.Script.Slow }]";
  await using old = await boot(url, job, { Slow: endless([]) }, { serve: false });
  old.execute("Pipeline.Job.J").catch(() => {});
  await old.waitFor("JavaScript.Script.Executing");
  await old.execute("Sql.Query.Expire");
  for (const expected of [1, 2]) {
    await using app = await boot(url, job, {}, { serve: true });
    await app.kernel.waitUntilIdle();
    assert.equal((await jobsOf(app).list(10)).length, expected);
    assert.equal(app.kernel.exitCode, 0);
  }
});

testOnBoth("of two processes that find the same job, one continues with it", async (url) => {
  const job = "steps: [{ name: slow, execute: JavaScript.Script.Slow }]";
  await using old = await boot(url, job, { Slow: endless([]) }, { serve: false });
  old.execute("Pipeline.Job.J").catch(() => {});
  await old.waitFor("JavaScript.Script.Executing");
  const id = await newestOf(old);
  await old.execute("Sql.Query.Expire");
  let runs = 0;
  const Slow: Work = () => ++runs;
  const both = await Promise.all(
    [1, 2, 3].map(() => boot(url, job, { Slow }, { serve: true })),
  );
  try {
    await Promise.all(both.map(({ kernel }) => kernel.waitUntilIdle()));
    const { state, runs: times, output } = (await jobsOf(old).show(id))!;
    assert.deepEqual([state, times, output, runs], ["done", 2, 1, 1]);
  } finally {
    for (const app of both) await app.stop();
  }
});

testOnBoth("old jobs are deleted with their steps", async (url) => {
  const job = "retention: 0\nsteps: [{ name: a, execute: JavaScript.Script.Work }]";
  let id: string;
  {
    await using app = await boot(url, job, {});
    await app.execute("Pipeline.Job.J");
    id = await newestOf(app);
    assert.equal((await jobsOf(app).show(id))!.steps.length, 1);
  }
  await using app = await boot(url, job, {}, { serve: true });
  await app.kernel.waitUntilIdle();
  while (await jobsOf(app).show(id) !== undefined) {
    await new Promise((resolve) => setImmediate(resolve));
  }
});
