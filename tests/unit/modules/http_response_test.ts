import assert from "node:assert/strict";
import { test } from "node:test";
import { route, startHttpApp } from "./http_app.ts";

test("a route without a handler answers with its response", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: /hello }\nresponse: { body: { greeting: 'Hello ${{ request.query.name }}!' } }",
    ),
  );
  const response = await fetch(`${url}/hello?name=Ada`);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(await response.text(), '{"greeting":"Hello Ada!"}');
});

test("status, headers and body can use result and request", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(`
request: { path: '/{id}', schema: { params: { type: object, properties: { id: { type: integer } } } } }
handler: { name: Test.Handler.echo, inputs: { id: "\${{ request.params.id }}" } }
response:
  status: "\${{ result.id }}"
  headers: { x-id: "\${{ result.id }}", set-cookie: [a=1, b=2], content-type: text/plain }
  body: "\${{ request.method }} \${{ result.id }}"`),
  );
  const response = await fetch(`${url}/202`);
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("x-id"), "202");
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.equal(response.headers.get("content-type"), "text/plain");
  assert.equal(await response.text(), "GET 202");
  assert.equal((await fetch(`${url}/42`)).status, 500);
});

test("an empty result is 204, unless there is a status", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: /a }\nhandler: Test.Handler.echo",
      "request: { path: /b }\nhandler: Test.Handler.echo\nresponse: { status: 202 }",
      "request: { path: /c }\nhandler: Test.Handler.echo\nresponse: { body: null }",
    ),
    { handle: () => undefined },
  );
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return [response.status, await response.text()];
  };
  assert.deepEqual(await get("/a"), [204, ""]);
  assert.deepEqual(await get("/b"), [202, ""]);
  assert.deepEqual(await get("/c"), [200, "null"]);
});

test("a failing handler is 500 with an id, which the log has, too", async (t) => {
  const { url, logs } = await startHttpApp(
    t,
    route("request: { path: /x }\nhandler: Test.Handler.echo"),
    {
      handle() {
        throw new Error("the secret detail");
      },
    },
  );
  const response = await fetch(`${url}/x?q=1`);
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.ok(!text.includes("secret"), text);
  const { error } = JSON.parse(text);
  assert.equal(error.code, "INTERNAL_ERROR");
  const logged = logs.find(({ level }) => level === "error")!;
  assert.equal(logged.owner, "Http.Server.Main");
  assert.equal(logged.fields!["id"], error.id);
  const { error: failure } = logged.fields as {
    error: { stack: string; cause: { stack: string } };
  };
  assert.match(failure.stack, /the secret detail/);
  assert.match(failure.cause.stack, /^Error: the secret detail\n +at handle/);
});

test("the log of a failing expression shows its place in the manifest", async (t) => {
  const { url, logs } = await startHttpApp(
    t,
    route(
      'request: { path: /x }\nhandler: Test.Handler.echo\nresponse: { body: "${{ result.nmae }}" }',
    ),
    { handle: () => ({ name: "Ada" }) },
  );
  assert.equal((await fetch(`${url}/x`)).status, 500);
  const { message, fields } = logs.find(({ level }) => level === "error")!;
  assert.match(message, /^GET \/x failed: .*result has no field "nmae"$/);
  const { origin } = (fields as { error: { origin: { file: string; line: number } } }).error;
  assert.equal(origin.file, "/app/runtime.yaml");
  assert.ok(origin.line > 1);
});

test("a response that does not match its schema is a failure of the server", async (t) => {
  const { url, logs } = await startHttpApp(
    t,
    route(`
request: { path: /, method: POST }
handler: { name: Test.Handler.echo, inputs: "\${{ request.body }}" }
response: { schema: { type: object, properties: { n: { type: integer } } } }`),
  );
  const post = (body: string) =>
    fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });
  assert.deepEqual(await (await post('{"n":1}')).json(), { n: 1 });
  assert.equal((await post('{"n":"x"}')).status, 500);
  assert.match(
    logs.find(({ level }) => level === "error")!.message,
    /does not match its schema: n/,
  );
});

test("the error of an expression names the route that it is written in", async (t) => {
  const { url, logs } = await startHttpApp(
    t,
    route('request: { path: /x }\nresponse: { body: "${{ 10 / int(request.query.n) }}" }'),
  );
  assert.equal((await fetch(`${url}/x?n=0`)).status, 500);
  assert.equal(
    logs.at(-1)!.message,
    "GET /x failed: Executing Http.Route.R0 failed: Division by zero",
  );
});
