import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ExecutionView,
  LogsView,
  ResourceView,
  StreamMessages,
} from "../../../src/inspector/api.ts";
import { isSameToken } from "../../../src/inspector/access.ts";
import { MOST_PAGES, MOST_WAITING } from "../../../src/inspector/pages.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { app, resource } from "../app.ts";
import { inspect, startInspected } from "./inspected_app.ts";

const kinds = { Inner: { execute: (_name: string, input: unknown) => input } };

test("only who knows the token gets an answer, from the own address and site", async (t) => {
  const { fetch, refused, inspector } = await inspect(t);
  const app = "/api/v1/app";
  assert.equal((await fetch(app)).status, 200);
  const refusals: [Record<string, string>, number, string][] = [
    [{ authorization: "Bearer " }, 401, "WRONG_TOKEN"],
    [{ authorization: `Bearer ${inspector.token}0` }, 401, "WRONG_TOKEN"],
    [{ authorization: inspector.token }, 401, "WRONG_TOKEN"],
    [{ host: "example.com" }, 403, "WRONG_HOST"],
    [{ host: "127.0.0.1:4001" }, 403, "WRONG_HOST"],
    [{ host: "127.0.0.1.example.com:4000" }, 403, "WRONG_HOST"],
    [{ origin: "http://example.com" }, 403, "WRONG_ORIGIN"],
    [{ origin: "http://127.0.0.1:4001" }, 403, "WRONG_ORIGIN"],
    [{ origin: "null" }, 403, "WRONG_ORIGIN"],
    [{ "sec-fetch-site": "cross-site" }, 403, "WRONG_ORIGIN"],
    [{ "sec-fetch-site": "same-site" }, 403, "WRONG_ORIGIN"],
  ];
  for (const [headers, status, code] of refusals) {
    const refusal = await refused(app, { headers });
    assert.deepEqual([refusal.status, refusal.code], [status, code], JSON.stringify(headers));
  }
  const own = { origin: "http://localhost:4000", host: "localhost:4000" };
  assert.equal((await fetch(app, { headers: own })).status, 200);
});

test("the printed address sets a cookie that scripts and other sites do not get", async (t) => {
  const { fetch, inspector } = await inspect(t);
  const none = { authorization: "none" };
  const wrong = await fetch(`/?token=${"0".repeat(32)}`, { headers: none });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.headers.get("set-cookie"), null);
  const inBrowser = await fetch("/", { headers: { ...none, accept: "text/html,*/*" } });
  assert.match(await inBrowser.text(), /^The token is missing or wrong\.\nOpen the address/);
  const first = await fetch(`/?token=${inspector.token}`, { headers: none });
  assert.equal(first.status, 303);
  assert.equal(first.headers.get("location"), "/");
  const cookie = first.headers.get("set-cookie")!;
  assert.match(cookie, /^digly_inspector_4000=\w{32}; Path=\/; HttpOnly; SameSite=Strict$/);
  const page = await fetch("/", { headers: { ...none, cookie: `a=b; ${cookie.split(";")[0]}` } });
  assert.equal(await page.text(), "page");
  assert.equal(page.headers.get("content-security-policy"), "p");
  assert.equal(page.headers.get("x-frame-options"), "DENY");
  const api = await fetch("/api/v1/app");
  assert.match(api.headers.get("content-security-policy")!, /^default-src 'none'/);
});

test("tokens are compared as a whole", () => {
  assert.ok(isSameToken("abc", "abc"));
  for (const other of ["", "ab", "abcd", "abd", "bbc"]) {
    assert.ok(!isSameToken(other, "abc"), other);
  }
});

test("requests that cannot be answered say what is wrong", async (t) => {
  const inspected = await inspect(t);
  const before = await inspected.refused("/api/v1/resources");
  assert.deepEqual([before.status, before.code], [503, "NOT_LOADED"]);
  const { kernel } = app({ kinds, resources: resource("Inner", "i"), ...inspected.options });
  await startInspected(t, inspected, kernel);
  const json = { "content-type": "application/json" };
  const post = (body: string, headers: Record<string, string> = json) => ({
    method: "POST",
    headers,
    body,
  });
  const cases: [string, RequestInit | undefined, number, RegExp][] = [
    ["/nothing", undefined, 404, /There is no \/nothing/],
    ["/api/v1/execution", undefined, 404, /Did you mean "executions"/],
    ["/api/v1/executions/0000", undefined, 404, /no recorded execution "0000"/],
    ["/api/v1/graph", { method: "DELETE" }, 405, /Use GET/],
    ["/api/v1/events?limit=many", undefined, 400, /`limit` must be a whole number/],
    ["/api/v1/events?names=a", undefined, 400, /Did you mean "name"/],
    ["/api/v1/logs?level=fatal", undefined, 400, /one of debug, info, warn, error/],
    ["/api/v1/stream?topics=event", undefined, 400, /Did you mean "events"/],
    ["/api/v1/%zz", undefined, 400, /invalid %/],
    ["/api/v1/executions", post("urn=a", {}), 415, /content-type: application\/json/],
    ["/api/v1/executions", post("{"), 400, /not valid JSON/],
    ["/api/v1/executions", post("[]"), 400, /must be a JSON object/],
    ["/api/v1/executions", post('{"urm":"a"}'), 400, /Did you mean "urn"/],
    ["/api/v1/executions", post('{"urn":"Test.Inner.j"}'), 404, /Did you mean "Test.Inner.i"/],
    ["/api/v1/executions", post(`"${"a".repeat(4 * 1024 * 1024)}"`), 413, /larger than/],
    ["/api/v1/requests", post('{"method":"GET","path":"//a"}'), 400, /begin with one slash/],
    ["/api/v1/requests", post('{"method":"GET","path":"/"}'), 500, /no Http\.Server/],
  ];
  for (const [path, init, status, message] of cases) {
    const refusal = await inspected.refused(path, init);
    assert.equal(refusal.status, status, `${path}: ${refusal.message}`);
    assert.match(`${refusal.message}. ${refusal.help}`, message);
  }
});

test("secrets are redacted in every view, and what is computed from one as a whole", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({
    imports: ["digly:core", "digly:data"],
    builtins: embedded,
    env: { KEY: "correct-horse-battery" },
    resources: [
      "kind: Secret\nmetadata: { name: Key }\nenv: KEY\n",
      'kind: Log.Entry\nmetadata: { name: Note }\nmessage: "Used ${{ input.key }}"\nfields:\n' +
      "  first: ${{ input.key.substring(0, 4) }}\n  fine: ${{ input.count + 1 }}\n",
    ].join("---\n"),
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const view = await inspected.post<ExecutionView>("executions", {
    urn: "Log.Entry.Note",
    input: { key: "correct-horse-battery", count: 1 },
  });
  assert.deepEqual(view.input, { key: "[redacted]", count: 1 });
  assert.deepEqual(view.expressions.map(({ source, value }) => [source, value]), [
    ["input.key.substring(0, 4)", "[redacted]"],
    ["input.count + 1", 2],
    ["input.key", "[redacted]"],
  ]);
  const paths = ["app", "graph", "executions", "events", "logs", "resources/Secret.Key"];
  for (const path of paths) {
    const text = JSON.stringify(await inspected.get(path));
    assert.doesNotMatch(text, /correct-horse/, path);
  }
  const secret = await inspected.get<ResourceView>("resources/Secret.Key");
  assert.equal(secret.urn, "Secret.Key");
  const { items } = await inspected.get<LogsView>("logs?owner=Log.Entry.Note");
  assert.equal(items[0]?.message, "Used [redacted]");
});

/** The messages of a stream, as they are read. */
function messagesOf(response: Response) {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  return {
    async next(): Promise<{ topic: keyof StreamMessages; data: unknown }> {
      for (;;) {
        const end = rest.indexOf("\n\n");
        if (end >= 0) {
          const [, topic, data] = /^event: (.*)\ndata: (.*)$/.exec(rest.slice(0, end))!;
          rest = rest.slice(end + 2);
          return { topic: topic as keyof StreamMessages, data: JSON.parse(data!) };
        }
        rest += decoder.decode((await reader.read()).value, { stream: true });
      }
    },
    cancel: () => reader.cancel(),
  };
}

test("a slow page loses the oldest messages and receives their number", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({ kinds, resources: resource("Inner", "i"), ...inspected.options });
  await startInspected(t, inspected, kernel);
  const messages = messagesOf(await inspected.fetch("/api/v1/stream?topics=logs"));
  const first = await messages.next();
  assert.equal(first.topic, "app");
  const sink = inspected.options.log!;
  for (let number = 0; number < MOST_WAITING + 500; number++) {
    sink({ time: 0, level: "info", owner: "test", message: `line ${number}` });
  }
  const lost = await messages.next();
  assert.equal(lost.topic, "lost");
  const { logs } = lost.data as { logs: number };
  assert.ok(logs >= 499 && logs <= 501, String(logs));
  const next = await messages.next();
  assert.equal((next.data as { message: string }).message, `line ${logs}`);
  await messages.cancel();
});

test("a page hears of executions and of changed states, and too many pages are refused", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({ kinds, resources: resource("Inner", "i"), ...inspected.options });
  await startInspected(t, inspected, kernel);
  const messages = messagesOf(await inspected.fetch("/api/v1/stream?topics=executions,states"));
  await messages.next();
  await kernel.execute("Test.Inner.i", 1);
  const seen = [await messages.next(), await messages.next(), await messages.next()];
  assert.deepEqual(seen.map(({ topic }) => topic), ["executions", "executions", "states"]);
  assert.deepEqual((seen[2]!.data as StreamMessages["states"]).items, [
    { urn: "Test.Inner.i", state: "initialised", executing: 0, holds: [] },
  ]);
  const pages = [];
  for (let count = 1; count < MOST_PAGES; count++) {
    pages.push(messagesOf(await inspected.fetch("/api/v1/stream")));
  }
  const refusal = await inspected.refused("/api/v1/stream");
  assert.deepEqual([refusal.status, refusal.code], [503, "TOO_MANY_PAGES"]);
  for (const page of [messages, ...pages]) await page.cancel();
  assert.equal((await inspected.get<{ pages: number }>("app")).pages, 0);
});
