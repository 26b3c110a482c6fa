/** Runs queues in every form: messages are delivered, retried, buried, counted and drained. */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { startNats } from "../servers/nats.ts";
import { type Form, formsWithSqlite, run, singleFile, start, tempApp } from "./forms.ts";

const APP = `name: App
imports: [digly:std]
---
kind: Queue.Queue
metadata: { name: Jobs }
url: sqlite:./queue.db
maxDeliver: 2
backoff: 10ms
deadLetter: Queue.Queue.Dead
---
kind: Queue.Queue
metadata: { name: Dead }
url: "memory:"
---
kind: Queue.Worker
metadata: { name: Main }
queue: Queue.Queue.Jobs
execute: JavaScript.Script.Work
inputs: { job: "\${{ input }}", attempt: "\${{ message.attempt }}" }
concurrency: 4
---
kind: Queue.Worker
metadata: { name: Morgue }
queue: Queue.Queue.Dead
execute: JavaScript.Script.Bury
inputs: { error: "\${{ message.error.message }}", from: "\${{ message.queue }}" }
---
kind: JavaScript.Script
metadata: { name: Work }
inputSchema: { job: { type: object }, attempt: integer }
code: |
  async function main({ job, attempt }, ctx) {
    if (job.poison) throw new Error("poison " + attempt);
    ctx.log.info("began " + job.n);
    if (job.sleeps) await ctx.clock.sleep(500);
    ctx.log.info("ended " + job.n);
  }
---
kind: JavaScript.Script
metadata: { name: Bury }
code: |
  const main = ({ error, from }, ctx) => ctx.log.info("buried a message of " + from + ": " + error);
---
kind: Queue.Publish
metadata: { name: Add }
queue: Queue.Queue.Jobs
inputSchema: { type: object, required: [n], properties: { n: { type: integer } } }
---
kind: Queue.Publish
metadata: { name: Later }
queue: Queue.Queue.Jobs
delay: 1d
---
kind: Http.Server
metadata: { name: Main }
port: 0
metrics: true
---
kind: Http.Route
metadata: { name: Add }
request: { method: POST, path: /jobs }
handler: { name: Queue.Publish.Add, inputs: "\${{ request.body }}" }
---
kind: Http.Route
metadata: { name: Later }
request: { method: POST, path: /later }
handler: { name: Queue.Publish.Later, inputs: "\${{ request.body }}" }
`;

async function check(form: Form): Promise<void> {
  const cwd = tempApp({ "runtime.yaml": APP });
  const app = start(form, ["runtime.yaml", "--log-format", "text"], { cwd });
  const [, url] = await app.waitFor(/Listening on (http\S+)/, 60_000);
  const post = (path: string, body: unknown) =>
    fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const added = await post("/jobs", { n: 1 });
  assert.equal(added.status, 200);
  assert.match((await added.json()).id, /^\d+$/);
  await app.waitFor(/ended 1/, 60_000);
  assert.equal((await post("/jobs", { n: "one" })).status, 400);
  assert.equal((await post("/later", { n: 2 })).status, 200);
  await post("/jobs", { n: 3, poison: true });
  await app.waitFor(/buried a message of Jobs: .*poison 2/, 60_000);
  const end = Date.now() + 60_000;
  for (
    const sample of [
      /^digly_queue_depth\{queue="Jobs",state="delayed"\} 1$/m,
      /^digly_queue_deliveries_total\{queue="Jobs",outcome="retried"\} 1$/m,
      /^digly_queue_deliveries_total\{queue="Jobs",outcome="dead"\} 1$/m,
      /^digly_queue_oldest_seconds\{queue="Jobs"\} 0$/m,
    ]
  ) {
    for (;;) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      if (sample.test(metrics)) break;
      if (Date.now() > end) assert.match(metrics, sample);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await post("/jobs", { n: 4, sleeps: true });
  await app.waitFor(/began 4/, 60_000);
  app.kill("SIGTERM");
  const { code, stderr, stdout } = await app.exited;
  assert.equal(code, 0, stderr);
  assert.match(stdout + stderr, /ended 4/);
}

describe("Queue", () => {
  for (const form of formsWithSqlite) test(form.name, () => check(form));
});

const SHARED = `name: Shared
imports: [digly:std]
---
kind: Kv.Store
metadata: { name: Values }
url: sqlite:./values.db
---
kind: Queue.Queue
metadata: { name: Jobs }
url: sqlite:./queue.db
---
kind: Queue.Publish
metadata: { name: Add }
queue: Queue.Queue.Jobs
---
kind: Sql.Connection
metadata: { name: Main }
url: sqlite:./main.db
migrations: ./migrations
---
kind: Sql.Query
metadata: { name: Count }
connection: Sql.Connection.Main
text: INSERT INTO counts DEFAULT VALUES RETURNING id
returns: one
---
kind: Kv.Increment
metadata: { name: Next }
store: Kv.Store.Values
key: runs
---
kind: JavaScript.Script
metadata: { name: All }
code: |
  async function main(_, ctx) {
    const results = [];
    for (let n = 0; n < 20; n++) {
      const { id } = await ctx.execute("Sql.Query.Count");
      results.push([id, await ctx.execute("Kv.Increment.Next")]);
      await ctx.execute("Queue.Publish.Add", { n });
    }
    return results;
  }
`;

test("every form opens the same new files at once, and none loses what it has written", async () => {
  const cwd = tempApp({
    "runtime.yaml": SHARED,
    "migrations/1_counts.sql": "CREATE TABLE counts (id integer PRIMARY KEY);",
  });
  const ended = await Promise.all(
    formsWithSqlite.map((form) => run(form, ["exec", ".", "JavaScript.Script.All"], { cwd })),
  );
  const results: [number, number][] = ended.flatMap(({ code, stdout, stderr }) => {
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  });
  const counts = Array.from({ length: 20 * formsWithSqlite.length }, (_, index) => index + 1);
  for (const part of [0, 1] as const) {
    assert.deepEqual(results.map((pair) => pair[part]).toSorted((a, b) => a - b), counts);
  }
});

const KILLED = `name: Killed
imports: [digly:std]
---
kind: Queue.Queue
metadata: { name: Jobs }
url: "\${{ env.QUEUE_URL }}"
maxDeliver: 1000
---
kind: Queue.Publish
metadata: { name: Add }
queue: Queue.Queue.Jobs
---
kind: Schedule.Every
metadata: { name: Tick }
every: 5ms
execute: JavaScript.Script.Produce
inputs: { run: "\${{ env.RUN }}", count: "\${{ run.count }}" }
---
kind: JavaScript.Script
metadata: { name: Produce }
code: |
  async function main({ run, count }, ctx) {
    if (run === "last") return;
    const n = run + "-" + count;
    await ctx.execute("Queue.Publish.Add", n);
    console.log("acknowledged " + n);
  }
---
kind: Queue.Worker
metadata: { name: W }
queue: Queue.Queue.Jobs
execute: JavaScript.Script.Work
concurrency: 8
lease: 500ms
---
kind: JavaScript.Script
metadata: { name: Work }
code: |
  async function main(n, ctx) {
    await ctx.clock.sleep(3);
    console.log("worked on " + n);
  }
`;

/** `DIGLY_KILLS=50` kills the program more often than every test run can afford. */
const KILLS = Number(process.env["DIGLY_KILLS"] ?? 10);

async function checkKills(url: string, kills: number): Promise<void> {
  const cwd = tempApp({ "runtime.yaml": KILLED });
  const begin = (run: string) =>
    start(singleFile, ["runtime.yaml"], { cwd, env: { RUN: run, QUEUE_URL: url } });
  const acknowledged = new Set<string>();
  const worked = new Set<string>();
  const collect = (output: string) => {
    for (const [, n] of output.matchAll(/^acknowledged (\S+)$/gm)) acknowledged.add(n!);
    for (const [, n] of output.matchAll(/^worked on (\S+)$/gm)) worked.add(n!);
  };
  for (let kill = 1; kill <= kills; kill++) {
    const app = begin(String(kill));
    await app.waitFor(/acknowledged/, 60_000);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
    app.kill("SIGKILL");
    collect((await app.exited).stdout);
  }
  assert.ok(acknowledged.size >= kills);
  const last = begin("last");
  const missing = () => {
    collect(last.stdout());
    return [...acknowledged].filter((n) => !worked.has(n));
  };
  const end = Date.now() + 120_000;
  while (missing().length > 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  last.kill("SIGKILL");
  await last.exited;
  assert.deepEqual(missing(), []);
}

describe("no acknowledged message is lost when the program is killed", () => {
  test(`${KILLS} times, in SQLite`, () => checkKills("sqlite:./queue.db", KILLS));

  const times = Math.ceil(KILLS / 2);
  test(`${times} times, in NATS`, async (t) => {
    const nats = await startNats();
    if (typeof nats === "string") return t.skip(nats);
    try {
      await checkKills(nats.url, times);
    } finally {
      await nats.remove();
    }
  });
});
