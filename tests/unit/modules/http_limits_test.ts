import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createClock } from "../../../src/contract/clock.ts";
import { createMemoryCount, createSharedCount } from "../../../src/modules/http/rate_count.ts";
import { loadHttpApp, route, startHttpApp } from "./http_app.ts";

const resource = (kind: string, fields: string) =>
  `---\nkind: Http.${kind}\nmetadata: { name: M }\n${fields}\n`;

test("a client that sends too many requests gets 429 with the time to wait", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: /a }\nresponse: { body: 1 }") + resource("RateLimit", "limit: 3/hour"),
    { mounts: "use: [Http.RateLimit.M]" },
  );
  for (const remaining of ["2", "1", "0"]) {
    const { status, headers } = await fetch(`${url}/a`);
    assert.equal(status, 200);
    assert.equal(headers.get("ratelimit-limit"), "3");
    assert.equal(headers.get("ratelimit-remaining"), remaining);
  }
  const refused = await fetch(`${url}/none`);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("ratelimit-remaining"), "0");
  const wait = Number(refused.headers.get("retry-after"));
  assert.ok(wait > 1_100 && wait <= 1_200, String(wait));
  assert.deepEqual(await refused.json(), {
    error: { code: "TOO_MANY_REQUESTS", message: "Too many requests" },
  });
});

test("the key of a limit is an expression over the request", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: /a }\nresponse: { body: 1 }") +
      resource("RateLimit", `limit: 1/h\nkey: "\${{ request.headers[?'x-key'].orValue(null) }}"`),
    { mounts: "use: [Http.RateLimit.M]" },
  );
  const statusOf = async (headers: Record<string, string>) =>
    (await fetch(`${url}/a`, { headers })).status;
  assert.equal(await statusOf({ "x-key": "a" }), 200);
  assert.equal(await statusOf({ "x-key": "a" }), 429);
  assert.equal(await statusOf({ "x-key": "b" }), 200);
  assert.equal(await statusOf({}), 200);
  assert.equal(await statusOf({}), 200);
});

test("requests get an id, and keep a well-formed one", async (t) => {
  const { url } = await startHttpApp(
    t,
    route('request: { path: /a }\nresponse: { body: "${{ request.id }}" }') +
      resource("RequestId", ""),
    { mounts: "use: [Http.RequestId.M]" },
  );
  const idOf = async (id?: string) => {
    const response = await fetch(`${url}/a`, {
      headers: id === undefined ? {} : { "x-request-id": id },
    });
    const body = await response.json();
    assert.equal(response.headers.get("x-request-id"), body);
    return body as string;
  };
  assert.equal(await idOf("abc-123"), "abc-123");
  for (const bad of [undefined, "a b", "<x>", "x".repeat(129)]) {
    assert.match(await idOf(bad), /^[\da-f-]{36}$/);
  }
  assert.match((await fetch(`${url}/none`)).headers.get("x-request-id") ?? "", /^[\da-f-]{36}$/);
});

test("secure headers are on every response that does not set them", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: /a }\nresponse: { headers: { x-frame-options: DENY }, body: 1 }") +
      resource("SecureHeaders", "headers: { Referrer-Policy: origin, x-xss-protection: false }"),
    { mounts: "use: [Http.SecureHeaders.M]" },
  );
  const { headers } = await fetch(`${url}/a`);
  assert.equal(headers.get("x-frame-options"), "DENY");
  assert.equal(headers.get("referrer-policy"), "origin");
  assert.equal(headers.get("x-xss-protection"), null);
  const missing = await fetch(`${url}/none`);
  assert.equal(missing.headers.get("x-content-type-options"), "nosniff");
  assert.match(missing.headers.get("content-security-policy") ?? "", /^default-src 'self'/);
});

test("headers that cannot be sent or do not exist are refused", async () => {
  for (
    const [headers, problem] of [
      ['{ "a b": c }', /cannot be sent/],
      ["{ x-frame-option: false }", /has no value by default/],
    ] as const
  ) {
    const { kernel } = await loadHttpApp(resource("SecureHeaders", `headers: ${headers}`), {});
    await assert.rejects(kernel.start(), problem);
    await kernel.stop();
  }
});

test("processes that share a store share the limit, and count alone without it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "digly-rate-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const resources = route("request: { path: /a }\nresponse: { body: 1 }") +
    resource("RateLimit", "limit: 4/hour\nkey: all\nstore: Kv.Store.S") +
    `---\nkind: Kv.Store\nmetadata: { name: S }\nurl: sqlite:${folder}/s.db\n`;
  const options = { mounts: "use: [Http.RateLimit.M]", imports: ["digly:kv"] };
  const apps = [
    await startHttpApp(t, resources, options),
    await startHttpApp(t, resources, options),
  ];
  const statuses = await Promise.all(
    Array.from({ length: 8 }, (_, index) => fetch(`${apps[index % 2]!.url}/a`)),
  );
  assert.deepEqual(statuses.map(({ status }) => status).sort(), [
    200,
    200,
    200,
    200,
    429,
    429,
    429,
    429,
  ]);
});

test("a store that is lost does not stop requests, and none waits for it", async () => {
  const logged: string[] = [];
  const log = {
    debug() {},
    error() {},
    info: (text: string) => logged.push(text),
    warn: (text: string) => logged.push(text),
  };
  const clock = createClock(() => 1_000, () => () => {});
  const rate = { count: 1, periodMs: 1_000 };
  let answer: (() => void) | undefined;
  let gets = 0;
  const store = {
    get(): Promise<undefined> {
      gets++;
      if (gets === 1) return Promise.reject(new Error("lost"));
      return new Promise((resolve) => answer = () => resolve(undefined));
    },
    set: () => Promise.resolve("1"),
  };
  const memory = createMemoryCount(rate, clock);
  const take = createSharedCount(rate, store, "p:", memory.take, { clock, log });
  assert.equal((await take("a")).waitMs, 0);
  // Asked once more, it does not answer.
  assert.equal((await take("a")).waitMs, 1_000);
  assert.equal((await take("b")).waitMs, 0);
  assert.equal(gets, 2);
  answer!();
  await new Promise(setImmediate);
  const taken = take("a");
  answer!();
  assert.equal((await taken).waitMs, 0, "the store has not counted this client yet");
  assert.deepEqual(logged.map((text) => text.slice(0, 19)), [
    "The store does not ",
    "Requests are counte",
  ]);
});

test("a route may have its own timeout, shorter or longer than that of the server", async (t) => {
  const slow = (path: string, timeout: string) =>
    `request: { path: ${path} }\nhandler: Test.Handler.echo\ntimeout: ${timeout}`;
  const { url } = await startHttpApp(t, route(slow("/short", "50ms"), slow("/long", "0")), {
    mounts: "timeouts: { handler: 200ms }",
    handle: (input) =>
      (input as { url: string }).url.endsWith("/short")
        ? new Promise(() => {})
        : new Promise((resolve) => setTimeout(() => resolve("done"), 600)),
  });
  const [short, long] = await Promise.all([fetch(`${url}/short`), fetch(`${url}/long`)]);
  assert.equal(short.status, 504);
  assert.equal(await long.json(), "done");
});
