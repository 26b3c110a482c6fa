/** What clients are told of their mistakes and of failures, in every form. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { type Form, forms, run, start, tempApp } from "./forms.ts";

const app = {
  "runtime.yaml": `name: App
imports: [digly:http, digly:javascript, ./bank]
resources: [routes.yaml]
---
kind: Http.Server
metadata: { name: Main }
port: 0
maxBodyNesting: 100
---
kind: JavaScript.Script
metadata: { name: Greet }
inputSchema: { name: { type: string, minLength: 1 } }
code: |
  const main = ({ name }) => ({ greeting: "Hello " + name });
---
kind: JavaScript.Script
metadata: { name: Find }
code: |
  async function main({ how }, ctx) {
    const { fail } = ctx;
    if (how === "nested") return await ctx.execute("JavaScript.Script.Find", { how: "public" });
    if (how === "public") {
      throw ctx.fail("Order.NotFound", "No such order", { status: 404, data: { id: 7 } });
    }
    if (how === "listed") throw fail("Order.Taken", "The order is taken", { data: ["a"] });
    if (how === "private") throw ctx.fail("Order.Secret", "the password is hunter2");
    if (how === "code") throw ctx.fail("not-found", "x");
    if (how === "status") throw ctx.fail("Order.NotFound", "x", { status: 200 });
    if (how === "data") throw ctx.fail("Order.NotFound", "x", { status: 404, data: 1n });
    if (how === "object") throw { status: 404 };
    if (how === "late") {
      await ctx.execute("JavaScript.Script.Slow", null, { deadline: Date.now() + 20 });
    }
  }
---
kind: JavaScript.Script
metadata: { name: Slow }
code: |
  const main = () => new Promise((resolve) => setTimeout(resolve, 5000));
---
kind: Bank.Account
metadata: { name: Main }
`,
  "bank/module.yaml": "name: Bank\ndefinitions: [account.yaml]\n",
  "bank/account.yaml": `kind: Runtime.Definition
metadata: { name: Account, resourceKind: Account }
errors:
  Overdrawn: { status: 409, description: There is not enough money }
controllers:
  - { runtime: node, entrypoint: ./account.js }
`,
  "bank/account.js": `export function execute(_name, { how }, ctx) {
  if (how === "declared") throw ctx.fail("Bank.Overdrawn", "Not enough money");
  if (how === "own") throw ctx.fail("Bank.Overdrawn", "Not enough money", { status: 402 });
  throw Object.assign(ctx.fail("Bank.Overdrawn", "The ledger does not answer"), {
    code: "ERR_UNAVAILABLE",
    details: { problem: "The ledger does not answer", executed: how },
  });
}
`,
  "routes.yaml": `kind: Http.Route
metadata: { name: Greet }
request: { path: /greet }
handler: { name: JavaScript.Script.Greet, inputs: { name: "\${{ request.query.?name.orValue('') }}" } }
---
kind: Http.Route
metadata: { name: Find }
request: { path: /find/:how }
handler: { name: JavaScript.Script.Find, inputs: { how: "\${{ request.params.how }}" } }
errors:
  Order.Taken:
    status: 409
    headers: { x-taken: "\${{ request.params.how }}" }
    body: { taken: "\${{ error.data }}", code: "\${{ error.code }}", by: "\${{ request.params.how }}" }
---
kind: Http.Route
metadata: { name: Listed }
request: { path: /listed/:how }
handler: { name: JavaScript.Script.Find, inputs: { how: "\${{ request.params.how }}" } }
errors:
  Order.NotFound: { status: 410 }
  ERR_EXECUTION_FAILED: { status: 503 }
---
kind: Http.Route
metadata: { name: Bank }
request: { path: /bank/:how }
handler: { name: Bank.Account.Main, inputs: { how: "\${{ request.params.how }}" } }
---
kind: Http.Route
metadata: { name: Defaults }
request:
  path: /defaults
  method: POST
  schema:
    query: { type: object, properties: { page: { type: integer, default: 1 } } }
    headers: { type: object, properties: { x-tenant: { type: string, default: none } } }
    body:
      type: object
      default: { size: 3 }
      properties:
        size: { type: integer, default: 10 }
        deep: { type: object, default: {}, properties: { on: { type: boolean, default: true } } }
response:
  body: ["\${{ request.query.page }}", "\${{ request.headers['x-tenant'] }}", "\${{ request.body }}"]
---
kind: Http.Route
metadata: { name: Echo }
request: { path: /echo, method: POST }
response: { body: "\${{ request.body }}" }
---
kind: Http.Route
metadata: { name: Integers }
request:
  path: /integers
  method: POST
  schema:
    body:
      type: object
      properties:
        id: { type: integer }
        ids: { type: array, items: { type: [integer, "null"] } }
        either: { anyOf: [{ type: integer }, { type: string }] }
        factor: { type: number }
response: { body: "\${{ request.body }}" }
---
kind: Http.Route
metadata: { name: Header }
request: { path: /header }
response: { status: 302, headers: { location: "/\${{ request.query.to }}" } }
`,
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- Bodies of tests have any shape.
  readonly body: any;
}

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? null : JSON.parse(text),
  };
}

const json = { "content-type": "application/json" };

function post(url: string, body: BodyInit, headers: Record<string, string> = json) {
  return ask(url, { method: "POST", body, headers });
}

/** Posts chunks, so that nobody knows the length before. */
function postChunked(port: number, path: string, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n` +
          "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n" +
          `${bytes.length.toString(16)}\r\n`,
      );
      socket.write(bytes);
      socket.write("\r\n0\r\n\r\n");
    });
    socket.setEncoding("utf8").on("data", (text) => answer += text).on("error", reject)
      .on("close", () => resolve(Number(answer.split(" ", 2)[1])));
  });
}

const violations = ({ body }: Answer) =>
  body.error.violations.map((one: Record<string, string>) =>
    `${one["in"]} ${one["path"]} ${one["message"]}`
  );

async function serve(form: Form) {
  const running = start(form, ["runtime.yaml"], { cwd: tempApp(app) });
  const [, url, port] = await running.waitFor(/Listening on (http:\/\/127\.0\.0\.1:(\d+))/);
  return { ...running, url: url!, port: Number(port) };
}

for (const form of forms) {
  describe(form.name, () => {
    test("errors have a public side", async () => {
      const { url, kill, exited, stderr } = await serve(form);

      const refused = await ask(`${url}/greet?name=`);
      assert.equal(refused.status, 400);
      assert.equal(refused.body.error.code, "ERR_INPUT_INVALID");
      assert.deepEqual(violations(refused), ["input name must not be empty"]);

      for (const how of ["public", "nested"]) {
        const found = await ask(`${url}/find/${how}`);
        assert.equal(found.status, 404);
        assert.deepEqual(found.body, {
          error: { code: "Order.NotFound", message: "No such order", data: { id: 7 } },
        });
      }
      const listed = await ask(`${url}/find/listed`);
      assert.deepEqual([listed.status, listed.headers.get("x-taken"), listed.body], [
        409,
        "listed",
        {
          taken: ["a"],
          code: "Order.Taken",
          by: "listed",
        },
      ]);
      const moved = await ask(`${url}/listed/public`);
      assert.equal(moved.status, 410);
      assert.equal(moved.body.error.message, "No such order");
      const hidden = await ask(`${url}/listed/object`);
      assert.equal(hidden.status, 503);
      assert.deepEqual(hidden.body.error, {
        code: "ERR_EXECUTION_FAILED",
        message: "The request could not be answered",
      });

      assert.equal((await ask(`${url}/bank/declared`)).status, 409);
      assert.equal((await ask(`${url}/bank/declared`)).body.error.code, "Bank.Overdrawn");
      assert.equal((await ask(`${url}/bank/own`)).status, 402);
      const unavailable = await ask(`${url}/bank/no`);
      assert.equal(unavailable.status, 503);
      assert.equal(unavailable.headers.get("retry-after"), "1");
      assert.equal((await ask(`${url}/bank/unknown`)).status, 502);
      assert.equal((await ask(`${url}/find/late`)).status, 504);

      for (const how of ["private", "code", "status", "data", "object"]) {
        const { status, body } = await ask(`${url}/find/${how}`);
        assert.equal(status, 500, how);
        assert.deepEqual(Object.keys(body.error).sort(), ["code", "id", "message"]);
        assert.equal(body.error.code, "INTERNAL_ERROR");
        assert.match(stderr(), new RegExp(body.error.id));
      }
      assert.match(stderr(), /hunter2/);
      assert.match(stderr(), /"not-found\\*" is not an error code/);
      kill("SIGTERM");
      assert.equal((await exited).code, 0);
    });

    test("what a client sends wrong is 400, and defaults are filled in", async () => {
      const { url, port, kill, exited, stderr } = await serve(form);
      const bare = await ask(`${url}/defaults`, { method: "POST" });
      assert.deepEqual(bare.body, [1, "none", { size: 3, deep: { on: true } }]);
      const sent = await post(`${url}/defaults?page=2`, '{"deep":{}}', {
        ...json,
        "x-tenant": "t",
      });
      assert.deepEqual(sent.body, [2, "t", { deep: { on: true }, size: 10 }]);

      const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
      assert.equal((await post(`${url}/echo`, nested(100))).status, 200);
      for (const body of [nested(101), nested(500_000), '{"a":'.repeat(200_000), "[".repeat(300)]) {
        const answer = await post(`${url}/echo`, body);
        assert.equal(answer.status, 400);
        assert.deepEqual(violations(answer), ["body  must not be nested more than 100 deep"]);
      }
      // Brackets in strings nest nothing.
      const brackets = JSON.stringify(`\\"${"[".repeat(500)}\\`);
      assert.equal((await post(`${url}/echo`, brackets)).body, JSON.parse(brackets));

      const torn = Uint8Array.of(0x22, 0xf0, 0x9f, 0x98, 0x22);
      for (const headers of [json, { "content-type": "text/plain" }]) {
        const answer = await post(`${url}/echo`, torn, headers);
        assert.equal(answer.status, 400);
        assert.deepEqual(violations(answer), ["body  must be UTF-8"]);
      }
      assert.equal(await postChunked(port, "/echo", torn), 400);
      assert.equal(await postChunked(port, "/echo", new TextEncoder().encode('"é😀"')), 200);
      assert.equal((await post(`${url}/echo`, "\ufeff[1]")).status, 200);
      assert.equal(
        (await post(`${url}/echo`, "\ufffd", { "content-type": "text/plain" })).body,
        "\ufffd",
      );

      const large = await post(
        `${url}/integers`,
        '{"id":9007199254740993,"ids":[1,9007199254740992,null,1e30],"either":-9007199254740993,' +
          '"factor":9007199254740993,"9007199254740993":"9007199254740993"}',
      );
      assert.equal(large.status, 400);
      const range = "must be an integer from -9007199254740991 to 9007199254740991";
      assert.deepEqual(violations(large).sort(), [
        `body either ${range}`,
        `body id ${range}`,
        `body ids[1] ${range}`,
        `body ids[3] ${range}`,
      ]);
      for (const id of ["1e16", "-1e400"]) {
        const short = await post(`${url}/integers`, `{"id":${id}}`);
        assert.deepEqual(violations(short).slice(0, 1), [`body id ${range}`]);
      }
      const exact = '{"id":9007199254740991,"ids":[-9007199254740991],"factor":9007199254740993.5}';
      assert.equal((await post(`${url}/integers`, exact)).status, 200);

      for (const to of ["a%0d%0aset-cookie:%20b=1", "%00", "%E2%82%AC"]) {
        const { status, body } = await ask(`${url}/header?to=${to}`);
        assert.equal(status, 400, to);
        assert.match(body.error.message, /The header "location" cannot be sent/);
      }
      assert.equal((await ask(`${url}/header?to=a`)).status, 302);
      assert.doesNotMatch(stderr(), /"level":"error"|error\[/);
      kill("SIGTERM");
      assert.equal((await exited).code, 0);
    });

    test("digly exec shows the codes", async () => {
      const cwd = tempApp(app);
      const exec = (script: string, input: string) =>
        run(form, ["exec", "runtime.yaml", `JavaScript.Script.${script}`, "--input", input], {
          cwd,
        });
      const [refused, failed] = await Promise.all([
        exec("Greet", '{"name":""}'),
        exec("Find", '{"how":"public"}'),
      ]);
      assert.match(
        refused.stderr,
        /^error\[ERR_INPUT_INVALID\]: The input of .*`name` must not be/m,
      );
      assert.match(failed.stderr, /^error\[Order\.NotFound\]: No such order$/m);
      assert.deepEqual([refused.code, failed.code], [1, 1]);
    });
  });
}
