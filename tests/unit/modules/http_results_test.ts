/** Results that are not JSON, over HTTP. tests/runtimes/streams_test.ts runs them on every runtime. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import type { Context } from "../../../src/contract/execution.ts";
import { type Handle, type HttpApp, route, startHttpApp } from "./http_app.ts";

/** An app with the route `/x`, whose handler gives what `handle` does. */
function serving(t: TestContext, handle: Handle, ...fields: string[]): Promise<HttpApp> {
  return startHttpApp(
    t,
    route(["request: { path: /x }", "handler: Test.Handler.echo", ...fields].join("\n")),
    { handle },
  );
}

async function* count(to: number): AsyncGenerator<unknown> {
  for (let n = 1; n <= to; n++) yield { n };
}

const sent = async (url: string, init?: RequestInit) => {
  const response = await fetch(`${url}/x`, init);
  return { response, type: response.headers.get("content-type"), text: await response.text() };
};

test("bytes are sent as they are", async (t) => {
  const { url } = await serving(t, () => new Uint8Array([0, 255, 10]));
  const response = await fetch(`${url}/x`);
  assert.equal(response.headers.get("content-type"), "application/octet-stream");
  assert.equal(response.headers.get("content-length"), "3");
  assert.deepEqual([...new Uint8Array(await response.arrayBuffer())], [0, 255, 10]);
});

test("a route sets status and type of bytes and streams", async (t) => {
  const { url } = await serving(
    t,
    () => new TextEncoder().encode("a,b\n"),
    'response: { status: 203, headers: { content-type: text/csv, x-a: "${{ request.method }}" } }',
  );
  const { response, type, text } = await sent(url);
  assert.deepEqual([response.status, type, response.headers.get("x-a"), text], [
    203,
    "text/csv",
    "GET",
    "a,b\n",
  ]);
});

test("async iterables are lines of JSON, or events if the client or the route wants them", async (t) => {
  const { url } = await serving(t, () => count(2));
  const lines = await sent(url);
  assert.deepEqual([lines.type, lines.text], ["application/x-ndjson", '{"n":1}\n{"n":2}\n']);
  const events = await sent(url, { headers: { accept: "text/event-stream" } });
  assert.equal(events.type, "text/event-stream");
  assert.equal(events.response.headers.get("cache-control"), "no-cache");
  assert.equal(events.text, 'data: {"n":1}\n\ndata: {"n":2}\n\n');

  const sse = await serving(t, () => count(1), "stream: sse");
  assert.equal((await sent(sse.url)).text, 'data: {"n":1}\n\n');
  const ndjson = await serving(t, () => count(1), "stream: ndjson");
  const asked = await sent(ndjson.url, { headers: { accept: "text/event-stream" } });
  assert.deepEqual([asked.type, asked.text], ["application/x-ndjson", '{"n":1}\n']);
});

test("an item with event and data is a named event, without a way to add another", async (t) => {
  const { url } = await serving(t, async function* () {
    yield { event: "tick\ndata: forged", data: "a\nb", id: 7, retry: 100 };
    yield { event: "order", data: { id: 1 }, total: 2 };
  }, "stream: sse");
  assert.equal(
    (await sent(url)).text,
    'event: tick data: forged\nid: 7\nretry: 100\ndata: "a\\nb"\n\n' +
      'data: {"event":"order","data":{"id":1},"total":2}\n\n',
  );
});

test("a ReadableStream and a stream of Node send bytes and text", async (t) => {
  const web = await serving(t, () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue("one ");
        controller.enqueue(new TextEncoder().encode("two"));
        controller.close();
      },
    }));
  const { type, text } = await sent(web.url);
  assert.deepEqual([type, text], ["application/octet-stream", "one two"]);
  const node = await serving(t, () =>
    Readable.from([Buffer.from("a"), Buffer.from("b")], {
      objectMode: false,
    }));
  assert.equal((await sent(node.url)).text, "ab");
});

test("a Response is sent as it is, whatever the route says", async (t) => {
  const { url } = await serving(
    t,
    () =>
      new Response("tea", {
        status: 418,
        headers: [["x-a", "1"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]],
      }),
    "response: { status: 201 }",
  );
  const { response, text } = await sent(url);
  assert.deepEqual([response.status, text, response.headers.get("x-a")], [418, "tea", "1"]);
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
  const empty = await serving(t, () => new Response(null, { status: 204 }));
  assert.equal((await sent(empty.url)).response.status, 204);
  const redirect = await serving(t, () => Response.redirect("http://127.0.0.1/other", 307));
  assert.equal((await sent(redirect.url, { redirect: "manual" })).response.status, 307);
});

test("a response that was fetched is forwarded decoded", async (t) => {
  const inner = await serving(t, () => new Response("inner", { headers: { "x-a": "1" } }));
  const { url } = await serving(
    t,
    () => fetch(`${inner.url}/x`, { headers: { "accept-encoding": "gzip" } }),
  );
  const { response, text } = await sent(url);
  assert.deepEqual([text, response.headers.get("x-a")], ["inner", "1"]);
});

test("what cannot be sent names the resource and the path, and the client gets a 500", async (t) => {
  const used = new Response("x");
  await used.text();
  const cases: [unknown, RegExp][] = [
    [
      { items: [1, 2, 3, () => 1] },
      /Test\.Handler\.echo failed: .*`result\.items\[3\]` is a function/,
    ],
    [{ s: Symbol("s") }, /`result\.s` is a symbol/],
    [new Map(), /`result` is a Map/],
    [Response.error(), /has the status 0, which cannot be sent/],
    [used, /the stream is being read, or was read already/],
  ];
  let result: unknown;
  const { url, logs } = await serving(t, () => result);
  for (const [value, message] of cases) {
    result = value;
    const { response, text } = await sent(url);
    assert.equal(response.status, 500);
    assert.equal(JSON.parse(text).error.code, "INTERNAL_ERROR");
    assert.match(logs.at(-1)!.message, message);
  }
});

test("a BigInt is a number if that is exact, and a string of its digits otherwise", async (t) => {
  const { url } = await serving(t, () => ({ n: 7n, big: 9007199254740993n }));
  assert.equal((await sent(url)).text, '{"n":7,"big":"9007199254740993"}');
});

test("a producer that fails midway breaks the response off, and one error is logged", async (t) => {
  const { url, logs } = await serving(t, async function* () {
    yield 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error("no more");
  });
  const response = await fetch(`${url}/x`);
  assert.equal(response.status, 200);
  await assert.rejects(response.text());
  const errors = logs.filter(({ level }) => level === "error");
  assert.equal(errors.length, 1);
  assert.equal(
    errors[0]!.message,
    "GET /x broke off: Executing Test.Handler.echo failed: no more",
  );
});

test("an item that cannot be sent breaks the response off, and its producer is stopped", async (t) => {
  let isStopped = false;
  const { url, logs } = await serving(t, async function* () {
    try {
      yield 1;
      yield { f() {} };
    } finally {
      isStopped = true;
    }
  });
  await assert.rejects(fetch(`${url}/x`).then((response) => response.text()));
  assert.match(logs.at(-1)!.message, /`result\[1\]\.f` is a function/);
  assert.ok(isStopped);
});

test("HEAD, statuses without a body and bodies of the route stop the producer", async (t) => {
  let stopped = 0;
  const stream = () => new ReadableStream({ cancel: () => void stopped++ });
  const { url } = await serving(t, stream);
  assert.equal((await sent(url, { method: "HEAD" })).type, "application/octet-stream");
  assert.equal(stopped, 1);
  const empty = await serving(t, stream, "response: { status: 204 }");
  assert.equal((await sent(empty.url)).response.status, 204);
  assert.equal(stopped, 2);
  const other = await serving(t, stream, "response: { body: { ok: true } }");
  assert.equal((await sent(other.url)).text, '{"ok":true}');
  assert.equal(stopped, 3);
});

test("the handler's timeout does not end a stream that is being sent", async (t) => {
  let isAborted: boolean | undefined;
  const { url } = await startHttpApp(
    t,
    route("request: { path: /x }\nhandler: Test.Handler.echo"),
    {
      mounts: "timeouts: { handler: 0.1 }",
      handle: async function* (_: unknown, ctx: Context) {
        for (let n = 0; n < 4; n++) {
          yield n;
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
        isAborted = ctx.signal.aborted;
      },
    },
  );
  assert.equal((await sent(url)).text, "0\n1\n2\n3\n");
  assert.equal(isAborted, false);
});

test("a stream counts as a request until it has ended", async (t) => {
  let end = () => {};
  const { url } = await startHttpApp(
    t,
    route("request: { path: /x }\nhandler: Test.Handler.echo"),
    {
      mounts: "maxInFlight: 1",
      handle: async function* () {
        yield 1;
        await new Promise<void>((resolve) => end = resolve);
      },
    },
  );
  const response = await fetch(`${url}/x`);
  const reader = response.body!.getReader();
  await reader.read();
  assert.equal((await fetch(`${url}/x`)).status, 503);
  end();
  while (!(await reader.read()).done);
  const next = await fetch(`${url}/x`);
  assert.equal(next.status, 200);
  await next.body?.cancel();
});
