/** A served app in every form: requests, signals, ports. */
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { type Form, forms, run, type Running, start, tempApp } from "./forms.ts";

const app = {
  "runtime.yaml": `name: App
imports: [digly:http, digly:javascript, digly:data]
resources: [routes.yaml]
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts: [{ path: /v1, type: Http.Api.Main }]
---
kind: JavaScript.Script
metadata: { name: Slow }
code: |
  let long = 0;
  async function main({ ms }, ctx) {
    if (ms >= 1000) ctx.log.info("long " + ++long);
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { waited: ms };
  }
---
kind: JavaScript.Script
metadata: { name: Fails }
code: |
  function main() {
    throw new Error("the password is hunter2");
  }
---
kind: Data.Type
metadata: { name: Order }
schema:
  type: object
  required: [sku, quantity]
  properties: { sku: { type: string }, quantity: { type: integer, minimum: 1 } }
`,
  "routes.yaml": `kind: Http.Api
metadata: { name: Main }
routes:
  - request: { path: "/slow/{ms}", schema: { params: { type: object, properties: { ms: { type: integer } } } } }
    handler: { kind: JavaScript.Script, name: Slow, inputs: { ms: "\${{ request.params.ms }}" } }
  - request: { path: /fails }
    handler: JavaScript.Script.Fails
  - request: { path: /orders, method: POST, schema: { body: { $ref: Data.Type.Order } } }
    maxBodyBytes: 1000
    response: { status: 201, body: "\${{ request.body }}" }
  - request: { path: /search, query: "#/Order" }
    response: { body: "\${{ request.query }}" }
`,
};

/** Starts the app and gives its address. */
async function serve(
  form: Form,
  args: readonly string[] = [],
): Promise<Running & { address: string }> {
  const running = start(form, ["runtime.yaml", ...args], { cwd: tempApp(app) });
  const [, address] = await running.waitFor(/Listening on (http:\/\/127\.0\.0\.1:\d+)/);
  return { ...running, address: address! };
}

/** Gets a path over a connection that is kept open. */
function get(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode!)).on("error", reject);
    }).on("error", reject).end();
  });
}

function post(url: string, body: string): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
}

for (const form of forms) {
  describe(form.name, () => {
    test("answers requests, and refuses bad ones with every violation", async () => {
      const { address, kill, exited, stderr } = await serve(form);
      const good = await post(`${address}/v1/orders`, '{"sku":"a","quantity":1}');
      assert.deepEqual([good.status, await good.json()], [201, { sku: "a", quantity: 1 }]);

      const bad = await post(`${address}/v1/orders`, '{"quantity":0}');
      assert.equal(bad.status, 400);
      const { error } = await bad.json() as {
        error: { violations: { in: string; path: string; message: string }[] };
      };
      assert.deepEqual(
        error.violations.map((one) => `${one.in} ${one.path} ${one.message}`).sort(),
        [
          "body quantity must be at least 1",
          "body sku is missing",
        ],
      );
      assert.equal((await post(`${address}/v1/orders`, "{")).status, 400);
      assert.equal((await post(`${address}/v1/orders`, `"${"x".repeat(2000)}"`)).status, 413);
      const found = await fetch(`${address}/v1/search?sku=a&quantity=2`);
      assert.deepEqual(await found.json(), { sku: "a", quantity: 2 });
      assert.equal((await fetch(`${address}/v1/search?sku=a&quantity=x`)).status, 400);
      assert.equal((await fetch(`${address}/nowhere`)).status, 404);
      const wrong = await fetch(`${address}/v1/orders`);
      assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST"]);

      const failed = await fetch(`${address}/v1/fails`);
      const text = await failed.text();
      assert.equal(failed.status, 500);
      assert.doesNotMatch(text, /hunter2|main|at /);
      const { error: { id } } = JSON.parse(text) as { error: { id: string } };
      assert.match(stderr(), new RegExp(id));
      assert.match(stderr(), /hunter2/);
      kill("SIGTERM");
      assert.equal((await exited).code, 0);
    });

    test("requests that arrive at once over one connection are answered in their order", async () => {
      const { address, kill, exited } = await serve(form);
      const paths = Array.from({ length: 20 }, (_, n) => `/v1/search?sku=s${n}&quantity=1`);
      const requests = paths.map((path, n) =>
        `GET ${path} HTTP/1.1\r\nHost: a.test\r\n${n < 19 ? "" : "Connection: close\r\n"}\r\n`
      );
      const socket = connect(Number(new URL(address).port), "127.0.0.1");
      socket.write(requests.join(""));
      let received = "";
      for await (const part of socket.setEncoding("utf8")) received += part;
      const answered = Array.from(received.matchAll(/"sku":"s(\d+)"/g), ([, n]) => Number(n));
      assert.deepEqual(answered, paths.map((_, n) => n));
      kill("SIGTERM");
      assert.equal((await exited).code, 0);
    });

    test("SIGTERM with 1,000 requests in flight loses none", async () => {
      const { address, kill, exited, waitFor } = await serve(form);
      const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
      // Connections are open and idle before the requests that matter are sent on them.
      await Promise.all(Array.from({ length: 1_000 }, () => get(`${address}/v1/slow/0`, agent)));
      const answers = Array.from({ length: 1_000 }, () => get(`${address}/v1/slow/3000`, agent));
      await waitFor(/long 1000\b/);
      kill("SIGTERM");
      assert.deepEqual(new Set(await Promise.all(answers)), new Set([200]));
      const { code, stderr } = await exited;
      assert.equal(code, 0, stderr);
      agent.destroy();
      await assert.rejects(fetch(address));
    });

    test("a stop that takes too long names who is waited for and exits 1", async () => {
      const { address, kill, exited, waitFor } = await serve(form, ["--shutdown-timeout", "300ms"]);
      const answer = fetch(`${address}/v1/slow/60000`).catch(() => {});
      await waitFor(/long 1\b/);
      kill("SIGTERM");
      const { code, stderr } = await exited;
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /error\[ERR_SHUTDOWN_TIMEOUT\].*JavaScript\.Script\.Slow|Http\.Server\.Main/,
      );
      await answer;
    });

    test("a second signal ends it at once", async () => {
      for (const [second, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
        const { address, kill, exited, waitFor } = await serve(form);
        const answer = fetch(`${address}/v1/slow/60000`).catch(() => {});
        await waitFor(/long 1\b/);
        kill("SIGTERM");
        await waitFor(/SIGTERM: stopping/);
        kill(second);
        assert.equal((await exited).code, code);
        await answer;
      }
    });

    test("a signal during the boot calls it off and tears down what ran", async () => {
      const files = {
        "runtime.yaml": "name: App\nimports: [./thing]\n---\n" +
          "kind: Thing.One\nmetadata: { name: ready }\n---\n" +
          "kind: Thing.One\nmetadata: { name: stuck }\n",
        "thing/module.yaml": "name: Thing\ndefinitions: [one.yaml]\n",
        "thing/one.yaml":
          "kind: Runtime.Definition\nmetadata: { name: One, resourceKind: One }\ncontrollers:\n" +
          "  - { runtime: node, entrypoint: ./one.ts }\n",
        "thing/one.ts":
          `export const create = ({ metadata: { name } }: { metadata: { name: string } }) => ({
          init() {
            console.log("init " + name);
            if (name === "stuck") return new Promise(() => {});
          },
          teardown: () => console.log("teardown " + name),
        });`,
      };
      for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
        const booting = start(form, ["runtime.yaml"], { cwd: tempApp(files) });
        await booting.waitFor(/init stuck/);
        booting.kill(signal);
        const ended = await booting.exited;
        assert.equal(ended.code, code, ended.stderr);
        assert.match(ended.stdout, /teardown ready/);
        assert.doesNotMatch(ended.stderr, /^error/m);
      }
    });

    test("a port in use is one clear error", async () => {
      // The same program holds it: Bun could share a port with itself.
      const holder = start(form, ["runtime.yaml"], { cwd: tempApp(app) });
      const [, port] = await holder.waitFor(/Listening on http:\/\/[^:]+:(\d+)/);
      const files = {
        ...app,
        "runtime.yaml": app["runtime.yaml"].replace("port: 0", `port: ${port}`),
      };
      const { code, stderr } = await run(form, ["runtime.yaml"], { cwd: tempApp(files) });
      holder.kill("SIGTERM");
      await holder.exited;
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        new RegExp(
          `^error\\[ERR_INIT_FAILED\\]: .*Port ${port} on 127\\.0\\.0\\.1 is already in use\n`,
          "m",
        ),
      );
      assert.equal(stderr.match(/^error/gm)?.length, 1, stderr);
    });

    test("exec boots, executes once and does not listen", async () => {
      const args = ["exec", "runtime.yaml", "JavaScript.Script.Slow", "--input", "-"];
      const ended = await run(form, args, { cwd: tempApp(app), stdin: '{"ms": 1}' });
      assert.deepEqual(ended, { code: 0, signal: null, stdout: '{"waited":1}\n', stderr: "" });
    });

    test("expand prints the resources, check finds no problems, and neither listens", async () => {
      const cwd = tempApp(app);
      const expanded = await run(form, ["expand", "runtime.yaml", "--format", "json"], { cwd });
      const resources = JSON.parse(expanded.stdout) as { kind: string; port?: number }[];
      assert.deepEqual(resources.map(({ kind }) => kind), [
        "Http.Server",
        "JavaScript.Script",
        "JavaScript.Script",
        "Data.Type",
        "Http.Api",
      ]);
      assert.equal(expanded.stderr, "");
      const checked = await run(form, ["check", "runtime.yaml", "--format", "json"], { cwd });
      assert.deepEqual(JSON.parse(checked.stdout), { ok: true, diagnostics: [] });
    });
  });
}
