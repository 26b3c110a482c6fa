/**
 * One app in two processes of different forms, over a real NATS server with TLS and a password. Every
 * form is a gateway once, and a worker once.
 */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { startNats } from "../servers/nats.ts";
import {
  type Form,
  forms,
  formsWithSqlite,
  root,
  run,
  type Running,
  singleFile,
  start,
  tempApp,
} from "./forms.ts";

const certificates = `${root}tests/runtimes/certificates/`;

const APP = `name: shop
version: 1.0.0
imports: [digly:std]
---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["\${{ env.NATS_URL }}"]
user: shop
password: "\${{ env.NATS_PASSWORD }}"
tls: { caFile: ./ca.crt }
roles:
  gateway: { runs: ["Http.*"] }
  worker: { runs: ["JavaScript.Script.*", "Queue.Worker.*"] }
---
kind: Http.Server
metadata: { name: Main }
port: 0
health: true
metrics: true
---
kind: Http.Route
metadata: { name: Work }
request: { method: POST, path: /work/:name }
handler: { name: JavaScript.Script.Work, inputs: { name: "\${{ request.params.name }}", body: "\${{ request.body }}" } }
---
kind: Http.Route
metadata: { name: Rows }
request: { method: GET, path: /rows }
handler: { name: JavaScript.Script.Rows }
---
kind: JavaScript.Script
metadata: { name: Work }
code: |
  async function main({ name, body }, ctx) {
    if (name === "sold-out") throw ctx.fail("Shop.SoldOut", "There is none left", { status: 409 });
    if (name === "die") process.kill(process.pid, "SIGKILL");
    if (name === "hang") { ctx.log.info("hanging"); await new Promise(() => setTimeout(() => {}, 1e6)); }
    return { body, pid: process.pid, trace: ctx.traceId };
  }
---
kind: JavaScript.Script
metadata: { name: Rows }
code: |
  async function* main() { for (let i = 0; i < 100; i++) yield { i }; }
`;

/** A store and a queue on the same server, which every process uses by itself. */
const STORES = `---
kind: Kv.Store
metadata: { name: Main }
url: "\${{ env.STORES_URL }}"
---
kind: Kv.Increment
metadata: { name: Count }
store: Kv.Store.Main
key: "\${{ input.key }}"
---
kind: Http.Route
metadata: { name: Count }
request: { method: POST, path: /count/:key }
handler: { name: Kv.Increment.Count, inputs: { key: "\${{ request.params.key }}" } }
---
kind: Queue.Queue
metadata: { name: Jobs }
url: "\${{ env.STORES_URL }}"
---
kind: Queue.Publish
metadata: { name: Add }
queue: Queue.Queue.Jobs
---
kind: Http.Route
metadata: { name: Add }
request: { method: POST, path: /jobs }
handler: { name: Queue.Publish.Add, inputs: "\${{ request.body }}" }
---
kind: Queue.Worker
metadata: { name: Take }
queue: Queue.Queue.Jobs
execute: JavaScript.Script.Take
---
kind: JavaScript.Script
metadata: { name: Take }
code: |
  function main({ n }, ctx) { ctx.log.info("took " + n); }
`;

/** An app with work that kills its process when it is told to, once for each name. */
const FAULTY = `name: faulty
imports: [digly:http, digly:cluster, ./work]
---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["\${{ env.NATS_URL }}"]
user: shop
password: "\${{ env.NATS_PASSWORD }}"
tls: { caFile: ./ca.crt }
roles:
  gateway: { runs: ["Http.*"] }
  worker: { runs: ["Work.*"] }
---
kind: Http.Server
metadata: { name: Main }
port: 0
health: true
---
kind: Http.Route
metadata: { name: Once }
request: { method: GET, path: /once/:id }
handler: { name: Work.Once.Main, inputs: { id: "\${{ request.params.id }}" } }
---
kind: Http.Route
metadata: { name: Again }
request: { method: GET, path: /again/:id }
handler: { name: Work.Again.Main, inputs: { id: "\${{ request.params.id }}" } }
---
kind: Work.Once
metadata: { name: Main }
---
kind: Work.Again
metadata: { name: Main }
`;

const definition = (kind: string) =>
  `kind: Runtime.Definition
metadata: { name: ${kind}, resourceKind: ${kind} }
controllers: [./job.mjs]
`;

const JOB = `import { existsSync, writeFileSync } from "node:fs";
export async function create() {
  return {
    async execute({ id }, { log }) {
      log.info("begin " + id);
      const marker = new URL(id, import.meta.url);
      if (id.startsWith("die-") && !existsSync(marker)) {
        writeFileSync(marker, "");
        process.kill(process.pid, "SIGKILL");
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
      log.info("end " + id);
      return { id };
    },
  };
}
`;

const server = await startNats([
  "--user",
  "shop",
  "--pass",
  "s3cret",
  "--tls",
  "--tlscert",
  `${certificates}one.crt`,
  "--tlskey",
  `${certificates}one.key`,
]);
after(async () => {
  if (typeof server !== "string") await server.remove();
});

/** Waits until the gateway is ready, or not. */
function untilStatus(url: string, status: number): Promise<void> {
  return until(url, `${status}`, (response) => response.status === status);
}

/** Waits until a page has this; what it says of other nodes arrives with their next heartbeat. */
function untilText(url: string, pattern: RegExp): Promise<void> {
  return until(url, `${pattern}`, (_response, text) => pattern.test(text));
}

async function until(
  url: string,
  expected: string,
  isExpected: (response: Response, text: string) => boolean,
): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    const response = await fetch(url);
    const text = await response.text();
    if (isExpected(response, text)) return;
    assert.ok(Date.now() < end, `${url} never answered ${expected}, but ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("roles", { skip: typeof server === "string" ? server : false }, () => {
  const env = {
    NATS_URL: typeof server === "string" ? "" : `tls://localhost:${server.port}`,
    NATS_PASSWORD: "s3cret",
    STORES_URL: typeof server === "string"
      ? ""
      : `tls://shop:s3cret@localhost:${server.port}/shop?caFile=./ca.crt`,
  };

  for (const [index, form] of forms.entries()) {
    const other: Form = forms[(index + 1) % forms.length]!;
    test(`${form.name} calls ${other.name}`, async () => {
      const hasStores = [form, other].every((one) => formsWithSqlite.includes(one));
      const text = hasStores ? APP + STORES : APP.replace(', "Queue.Worker.*"', "");
      const cwd = tempApp({ "runtime.yaml": text });
      copyFileSync(`${certificates}one.crt`, `${cwd}/ca.crt`);
      const options = { cwd, env };
      const gateway = start(form, ["runtime.yaml", "--role", "gateway"], options);
      const worker = start(other, ["runtime.yaml"], { cwd, env: { ...env, DIGLY_ROLE: "worker" } });
      const [, url] = await gateway.waitFor(/Listening on (http[^"\s]+)/);
      await untilStatus(`${url}/readyz`, 200);
      const post = (path: string) =>
        fetch(`${url}${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"n":1}',
        });

      const answer = await (await post("/work/x")).json() as { body: unknown; pid: number };
      assert.deepEqual(answer.body, { n: 1 });
      assert.equal(answer.pid, worker.pid);
      const refused = await post("/work/sold-out");
      assert.equal(refused.status, 409);
      assert.match(await refused.text(), /Shop\.SoldOut.*There is none left/);
      const rows = await (await fetch(`${url}/rows`)).text();
      assert.equal(rows.trim().split("\n").length, 100);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      assert.match(metrics, /digly_cluster_calls_total\{role="worker",outcome="ok"\} 2/);
      const isIdle = /digly_cluster_node_active\{node="worker\.\w+",role="worker"\} 0/;
      await untilText(`${url}/metrics`, isIdle);
      if (hasStores) {
        const key = `form-${index}`;
        for (const count of [1, 2]) assert.equal(await (await post(`/count/${key}`)).json(), count);
        await (await post("/jobs")).body?.cancel();
        await worker.waitFor(/took 1/);
      }

      // A node that is lost while it runs a call: nobody knows whether it did.
      const lost = await post("/work/die");
      assert.equal(lost.status, 502);
      await worker.exited;
      await untilStatus(`${url}/readyz`, 503);
      const none = await post("/work/x");
      assert.equal(none.status, 503);
      assert.equal(none.headers.get("retry-after"), "1");
      await stopped(gateway);
    });
  }

  test("a node that is killed loses only what it runs, and nothing runs twice", async () => {
    const cwd = tempApp({
      "runtime.yaml": FAULTY,
      "work/module.yaml": "name: Work\ndefinitions: [once.yaml, again.yaml]\n",
      "work/once.yaml": definition("Once"),
      "work/again.yaml": `${definition("Again")}idempotent: true\n`,
      "work/job.mjs": JOB,
    });
    copyFileSync(`${certificates}one.crt`, `${cwd}/ca.crt`);
    const worker = () => start(singleFile, ["runtime.yaml", "--role", "worker"], { cwd, env });
    const gateway = start(singleFile, ["runtime.yaml", "--role", "gateway"], { cwd, env });
    const workers = [worker(), worker()];
    const [, url] = await gateway.waitFor(/Listening on (http[^"\s]+)/);
    await Promise.all(workers.map(({ waitFor }) => waitFor(/Joined the app/)));
    await untilStatus(`${url}/readyz`, 200);
    const call = async (kind: string, id: string) => {
      const response = await fetch(`${url}/${kind}/${id}`);
      await response.body?.cancel();
      return { id, status: response.status };
    };

    // The first node that runs this dies, and the other one repeats it.
    assert.equal((await call("again", "die-again")).status, 200);
    workers.push(worker());
    await workers[2]!.waitFor(/Joined the app/);
    const calls = Array.from(
      { length: 200 },
      (_, index) => call("once", index === 50 ? "die-once" : `call-${index}`),
    );
    const answers = await Promise.all(calls);
    const log = workers.map(({ stderr }) => stderr()).join("");
    const count = (what: string, id: string) => log.split(`"${what} ${id}"`).length - 1;
    assert.equal(answers.find(({ id }) => id === "die-once")!.status, 502);
    for (const { id, status } of answers) {
      assert.ok([200, 502, 503].includes(status), `${id} was answered with ${status}`);
      assert.ok(count("begin", id) <= 1, `${id} ran twice`);
      if (status === 200) assert.equal(count("end", id), 1, `${id} did not end`);
      if (status === 503) assert.equal(count("begin", id), 0, `${id} began`);
    }
    await stopped(gateway);
    for (const one of workers) one.kill("SIGKILL");
  });

  test("nodes are replaced one by one by those of a newer release", async () => {
    const release = (version: string) => {
      const text = APP.replace("version: 1.0.0", `version: ${version}`)
        .replace("roles:", "skew: allow\nroles:")
        .replace(', "Queue.Worker.*"', "")
        .replace("{ body, pid:", `{ body, version: "${version}", pid:`);
      const cwd = tempApp({ "runtime.yaml": text });
      copyFileSync(`${certificates}one.crt`, `${cwd}/ca.crt`);
      return cwd;
    };
    const [older, newer] = [release("1.0.0"), release("2.0.0")];
    const begin = (cwd: string, role: string) =>
      start(singleFile, ["runtime.yaml", "--role", role], { cwd, env });
    const gateway = begin(older, "gateway");
    const before = begin(older, "worker");
    const [, url] = await gateway.waitFor(/Listening on (http[^"\s]+)/);
    await untilStatus(`${url}/readyz`, 200);

    const answers: { status: number; version: string }[] = [];
    let isDone = false;
    const calling = Promise.all([1, 2, 3, 4].map(async () => {
      while (!isDone) {
        const response = await fetch(`${url}/work/x`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: "1",
        });
        const { version } = await response.json() as { version: string };
        answers.push({ status: response.status, version });
      }
    }));
    const after = begin(newer, "worker");
    await after.waitFor(/Joined the app/);
    const status = await run(singleFile, ["cluster", "status", ".", "--format", "json"], {
      cwd: older,
      env,
    });
    const nodes = JSON.parse(status.stdout) as { roles: string[]; generation: string }[];
    const workers = nodes.filter(({ roles }) => roles.includes("worker"));
    assert.equal(new Set(workers.map(({ generation }) => generation)).size, 2, status.stdout);
    await stopped(before);
    const end = Date.now() + 60_000;
    while (answers.at(-1)?.version !== "2.0.0" && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    isDone = true;
    await calling;
    // None was lost, and both releases have answered.
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.deepEqual([...new Set(answers.map(({ version }) => version))].sort(), [
      "1.0.0",
      "2.0.0",
    ]);
    await stopped(gateway);
    await stopped(after);
  });

  test("a boot says what the server refuses", async () => {
    const cwd = tempApp({ "runtime.yaml": APP });
    copyFileSync(`${certificates}one.crt`, `${cwd}/ca.crt`);
    const args = ["runtime.yaml", "--role", "worker"];
    const wrong = await run(singleFile, args, {
      cwd,
      env: { ...env, NATS_PASSWORD: "wrong-password" },
    });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /it refuses the credentials/);
    assert.doesNotMatch(wrong.stderr, /wrong-password/);
    copyFileSync(`${certificates}two.crt`, `${cwd}/ca.crt`);
    const unknown = await run(singleFile, args, { cwd, env });
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /certificate/);
    const misspelt = await run(singleFile, ["runtime.yaml", "--role", "wrker"], { cwd, env });
    assert.equal(misspelt.code, 1);
    assert.match(misspelt.stderr, /no role "wrker"[^]*Did you mean "worker"\?/);
  });
});

/** Stops a process gracefully. */
async function stopped(process: Running): Promise<void> {
  process.kill("SIGTERM");
  const { code, stderr } = await process.exited;
  assert.equal(code, 0, stderr);
}
