import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../../../src/contract/execution.ts";
import { gate, route, startHttpApp } from "./http_app.ts";

const JSON_HEADERS = { "content-type": "application/json" };

test("a handler without inputs receives the whole request", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: '/users/{id}/:tab', method: PUT }\nhandler: Test.Handler.echo"),
  );
  const response = await fetch(`${url}/users/%C3%A9%2Fx/posts?a=1&a=2&constructor=c`, {
    method: "PUT",
    headers: { ...JSON_HEADERS, "X-Thing": "yes" },
    body: '{"n":1}',
  });
  const { headers, ...rest } = await response.json();
  assert.deepEqual(rest, {
    params: { id: "é/x", tab: "posts" },
    query: { a: "2", constructor: "c" },
    body: { n: 1 },
    method: "PUT",
    url: `${url}/users/%C3%A9%2Fx/posts?a=1&a=2&constructor=c`,
  });
  assert.equal(headers["x-thing"], "yes");
});

test("inputs use the request, converted to the types of its schemas", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(`
request:
  path: /items/{id}
  query: { type: object, properties: { tags: { type: array, items: { type: integer } } } }
  schema: { params: { type: object, properties: { id: { type: integer } } } }
handler:
  kind: Test.Handler
  name: echo
  inputs: { next: "\${{ request.params.id + 1 }}", tags: "\${{ request.query.tags }}", fixed: x }`),
  );
  const response = await fetch(`${url}/items/41?tags=1&tags=2`);
  assert.deepEqual(await response.json(), { next: 42, tags: [1, 2], fixed: "x" });
  assert.deepEqual((await (await fetch(`${url}/items/1?tags=7`)).json()).tags, [7]);
});

test("a request that does not match is rejected with every violation", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(`
request:
  path: /items/{id}
  method: POST
  schema:
    params: { type: object, properties: { id: { type: integer } } }
    query: { type: object, required: [page] }
    headers: { type: object, properties: { x-count: { type: integer } } }
    body: { $ref: Data.Type.Item }
handler: Test.Handler.echo
---
kind: Data.Type
metadata: { name: Item }
schema: { type: object, properties: { n: { type: integer } } }`),
  );
  const response = await fetch(`${url}/items/x`, {
    method: "POST",
    headers: { ...JSON_HEADERS, "x-count": "many" },
    body: '{"n":"1"}',
  });
  assert.equal(response.status, 400);
  const { error } = await response.json();
  assert.equal(error.code, "BAD_REQUEST");
  assert.deepEqual(
    error.violations.map((v: { in: string; path: string }) => `${v.in} ${v.path}`),
    ["params id", "query page", "headers x-count", "body n"],
  );
  assert.ok(error.violations.every((v: { message: string }) => v.message.length > 0));
});

test("bodies are parsed by their content type", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      'request: { path: /, method: POST }\nhandler: { name: Test.Handler.echo, inputs: "${{ request.body }}" }',
    ),
  );
  const post = async (body: BodyInit | null, type = "text/plain") => {
    const headers = { "content-type": type };
    const response = await fetch(url, { method: "POST", body, headers });
    return response.status === 200 ? await response.json() : response.status;
  };
  assert.deepEqual(await post('{"a":[1]}', "application/problem+json; charset=utf-8"), { a: [1] });
  assert.deepEqual(await post("a=1&b=x+y&a=2", "application/x-www-form-urlencoded"), {
    a: "2",
    b: "x y",
  });
  assert.equal(await post("plain"), "plain");
  assert.equal(await post("{", "application/json"), 400);
  assert.equal(await post(null, "application/json"), 204);
});

test("a body over the limit is rejected, with and without Content-Length", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: /small, method: POST }\nhandler: Test.Handler.echo\nmaxBodyBytes: 10B",
      "request: { path: /large, method: POST }\nhandler: Test.Handler.echo",
    ),
  );
  const post = async (path: string, body: BodyInit) =>
    (await fetch(url + path, { method: "POST", body, duplex: "half" } as RequestInit)).status;
  const stream = (size: number) =>
    new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < size; sent += 5) controller.enqueue(new Uint8Array(5));
        controller.close();
      },
    });
  assert.equal(await post("/small", "x".repeat(10)), 200);
  assert.equal(await post("/small", "x".repeat(11)), 413);
  assert.equal(await post("/small", stream(10)), 200);
  assert.equal(await post("/small", stream(15)), 413);
  assert.equal(await post("/large", "x".repeat(1_048_576)), 200);
  assert.equal(await post("/large", "x".repeat(1_048_577)), 413);
});

test("a body is the same whether it arrives with its headers, in parts or after another", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: /echo, method: POST }\nhandler: Test.Handler.echo\nresponse: { body: '${{ result.body }}' }\nmaxBodyBytes: 10B",
    ),
  );
  const head = "POST /echo HTTP/1.1\r\nHost: a\r\ncontent-type: application/json\r\n";
  const sized = (body: string) => `${head}content-length: ${body.length}\r\n\r\n${body}`;
  const chunked = (body: string) =>
    `${head}transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  /** The statuses and bodies that answer these writes over one connection. */
  const answers = async (...writes: string[]) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let received = "";
    socket.on("data", (chunk) => received += chunk);
    for (const text of writes) {
      socket.write(text);
      await sleep(20);
    }
    await sleep(50);
    socket.destroy();
    return [...received.matchAll(/HTTP\/1\.1 (\d+)[^]*?\r\n\r\n(.[^H]*)/g)]
      .map(([, status, body]) => status === "200" ? body : status);
  };
  const whole = sized('{"n":1}');
  assert.deepEqual(await answers(whole), ['{"n":1}']);
  assert.deepEqual(await answers(whole.slice(0, -3), whole.slice(-3)), ['{"n":1}']);
  assert.deepEqual(await answers(chunked('{"n":2}')), ['{"n":2}']);
  assert.deepEqual(await answers(sized("[1]") + chunked("[2]") + sized("[3]")), [
    "[1]",
    "[2]",
    "[3]",
  ]);
  assert.deepEqual(await answers(chunked("[1,2,3,4,5]") + sized("[1]")), ["413", "[1]"]);
  assert.deepEqual(await answers(`${head}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`), ["null"]);
});

test("an execution joins the trace of the traceparent header", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: / }\nhandler: Test.Handler.echo"),
    { handle: (_input, ctx) => ctx.traceId },
  );
  const traceOf = async (traceparent: string) =>
    await (await fetch(url, { headers: { traceparent } })).json();
  const id = "0af7651916cd43dd8448eb211c80319c";
  assert.equal(await traceOf(`00-${id}-b7ad6b7169203331-01`), id);
  assert.notEqual(await traceOf(`00-${"0".repeat(32)}-b7ad6b7169203331-01`), "0".repeat(32));
  assert.notEqual(await traceOf(`ff-${id}-b7ad6b7169203331-01`), id);
});

test("what a context has of its request is there after the response, too", async (t) => {
  const contexts: Context[] = [];
  const { url } = await startHttpApp(
    t,
    route("request: { path: / }\nhandler: Test.Handler.echo"),
    { handle: (_input, ctx) => contexts.push(ctx) },
  );
  const id = "0af7651916cd43dd8448eb211c80319c";
  await (await fetch(url, { headers: { traceparent: `00-${id}-b7ad6b7169203331-01` } })).json();
  const [ctx] = contexts as [Context];
  assert.equal(ctx.traceId, id);
  assert.equal(ctx.signal.aborted, false);
});

test("a client that disconnects aborts the execution", async (t) => {
  const running = gate();
  const aborted = gate();
  const { url, logs } = await startHttpApp(
    t,
    route("request: { path: / }\nhandler: Test.Handler.echo"),
    {
      handle: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          running.open();
          signal.addEventListener("abort", () => {
            aborted.open();
            reject(signal.reason);
          });
        }),
    },
  );
  const client = new AbortController();
  const request = fetch(url, { signal: client.signal });
  await running.promise;
  client.abort();
  await assert.rejects(request, { name: "AbortError" });
  await aborted.promise;
  assert.deepEqual(logs.filter(({ level }) => level === "error"), []);
});

test("forms with files are read, and broken ones refused", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(`request:
  method: POST
  path: /a
  schema: { body: { type: object, properties: { tags: { type: array } } } }
handler: { name: Test.Handler.echo, inputs: "\${{ request.body }}" }`),
    {
      handle: (input) =>
        JSON.parse(
          JSON.stringify(input, (_key, value) => value instanceof Uint8Array ? [...value] : value),
        ),
    },
  );
  const form = new FormData();
  form.append("title", "ü\r\n--x");
  form.append("tags", "a");
  form.append("tags", "b");
  form.append("__proto__", "own");
  form.append(
    "file",
    new Blob([new Uint8Array([0, 13, 10, 255])], { type: "image/png" }),
    'a "b".png',
  );
  const response = await fetch(`${url}/a`, { method: "POST", body: form });
  assert.equal(
    await response.text(),
    '{"title":"ü\\r\\n--x","tags":["a","b"],"__proto__":"own",' +
      '"file":{"filename":"a \\"b\\".png","type":"image/png","content":[0,13,10,255]}}',
  );
  const part = (header: string, content = "1") => `--x\r\n${header}\r\n\r\n${content}\r\n--x`;
  const named = 'Content-Disposition: form-data; name="a"';
  const refusal = async (body: string, type = "multipart/form-data; boundary=x") => {
    const response = await fetch(`${url}/a`, {
      method: "POST",
      headers: { "content-type": type },
      body: Buffer.from(body, "latin1"),
    });
    const { error } = await response.json() as { error: { violations: [{ message: string }] } };
    return `${response.status} ${error.violations[0].message}`;
  };
  const early = "400 must not end early";
  for (
    const [body, reason] of [
      [part(named), "400 must have a line break after its boundary"],
      ["--x\r\nContent-Disp", early],
      [`--x\r\n${named}\r\n\r\n1`, early],
      ["hello", "400 must begin with its boundary"],
      [part("Content-Disposition: form-data") + "--", "400 must have a name for each of its parts"],
      [part('Content-Disposition: form-data; filename="; name=b"') + "--", /name for each/],
      [part(`${named}\r\nX: ${"y".repeat(9_000)}`) + "--", /short headers/],
      [part(named, "\xff") + "--", "400 must be UTF-8 where it is text"],
    ] as const
  ) {
    const given = await refusal(body);
    if (typeof reason === "string") assert.equal(given, reason);
    else assert.match(given, reason);
  }
  assert.equal(
    await refusal(part(named) + "--", "multipart/form-data"),
    "400 must have a boundary in its content type",
  );
});

test("a `*` at the end of a path is a parameter with the rest of it", async (t) => {
  const { url } = await startHttpApp(
    t,
    route(
      "request: { path: '/files/:kind/*' }\n" +
        "response: { body: \"${{ request.params.kind + '|' + request.params['*'] }}\" }",
      "request: { path: '/files/img/logo' }\nresponse: { body: logo }",
    ),
  );
  const get = async (path: string) => await (await fetch(url + path)).json();
  assert.equal(await get("/files/img/a/b%20c.png?x=/y"), "img|a/b c.png");
  assert.equal(await get("/files/doc/a%2Fb/"), "doc|a/b/");
  assert.equal(await get("/files/doc"), "doc|");
  assert.equal(await get("/files/img/logo"), "logo");
  assert.equal((await fetch(`${url}/files/doc/%ff`)).status, 400);
});

test("a handler may be written in its route", async (t) => {
  const script = (code: string) => `{ kind: JavaScript.Script, code: '${code}' }`;
  const { url } = await startHttpApp(
    t,
    `kind: Http.Route
metadata: { name: One }
request: { path: /one }
handler: ${script("const main = ({ query }) => ({ sum: Number(query.n) + 1 })")}
response: { body: { sum: "\${{ result.sum }}" } }
---
kind: Http.Api
metadata: { name: Two }
routes:
  - { request: { path: /a }, handler: ${script("const main = () => 1")} }
  - { request: { path: /b }, handler: ${script("const main = () => 2")} }
`,
    {
      imports: ["digly:javascript"],
      mounts: "mounts: [{ type: Http.Route.One }, { path: /two, type: Http.Api.Two }]",
    },
  );
  assert.deepEqual(await (await fetch(`${url}/one?n=2`)).json(), { sum: 3 });
  assert.equal(await (await fetch(`${url}/two/a`)).json(), 1);
  assert.equal(await (await fetch(`${url}/two/b`)).json(), 2);
});
