import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type {
  AppView,
  ExecutionView,
  GraphView,
  HttpRequestResult,
  ResourcesView,
  RoutesView,
  SavedTest,
} from "../../src/inspector/api.ts";
import { forms, run, start, tempApp } from "./forms.ts";

const MANIFEST = `name: Shop
imports: [digly:http, digly:javascript]
---
kind: Http.Server
metadata: { name: Main }
port: 0
mounts: [{ type: Http.Route.Price }]
---
kind: Http.Route
metadata: { name: Price }
request: { path: "/price/:count" }
handler:
  name: JavaScript.Script.Price
  inputs: { count: "\${{ int(request.params.count) }}" }
response:
  body: { text: "It costs \${{ result.total }}" }
---
kind: JavaScript.Script
metadata: { name: Price }
code: |
  function main({ count }) { return { total: count * 3 }; }
`;

/** A request with any `Host`, which `fetch` does not allow. */
function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(url);
    request({ hostname, port, path: pathname, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).once("error", reject).end();
  });
}

for (const form of forms) {
  test(`an app is inspected: ${form.name}`, async () => {
    const cwd = tempApp({ "runtime.yaml": MANIFEST });
    const app = start(form, ["run", "runtime.yaml", "--inspect"], { cwd });
    const [, address] = await app.waitFor(/Inspector at (http:\/\/127\.0\.0\.1:\d+\/\?token=\w+)/);
    const [, served] = await app.waitFor(/Listening on (http:\/\/127\.0\.0\.1:\d+)/);
    const { origin, searchParams } = new URL(address!);
    const authorization = `Bearer ${searchParams.get("token")}`;
    const get = async <View>(path: string): Promise<View> =>
      await (await fetch(`${origin}/api/v1/${path}`, { headers: { authorization } })).json();
    const post = async <View>(path: string, body: unknown): Promise<View> =>
      await (await fetch(`${origin}/api/v1/${path}`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      })).json();

    // Access.
    const app1 = `${origin}/api/v1/app`;
    const host = new URL(origin).host;
    assert.equal(await statusOf(app1, { host, authorization }), 200);
    assert.equal(await statusOf(app1, { host }), 401);
    assert.equal(await statusOf(app1, { host, authorization: `${authorization}0` }), 401);
    assert.equal(await statusOf(app1, { host: "example.com", authorization }), 403);
    const origins = { host, authorization, origin: "http://example.com" };
    assert.equal(await statusOf(app1, origins), 403);
    const first = await fetch(address!, { redirect: "manual" });
    assert.equal(first.status, 303);
    const cookie = first.headers.get("set-cookie")!;
    assert.match(cookie, /HttpOnly; SameSite=Strict/);
    const page = await fetch(`${origin}/`, { headers: { cookie: cookie.split(";")[0]! } });
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>Digly inspector<\/title>/);
    assert.match(page.headers.get("content-security-policy")!, /default-src 'none'/);

    // What happens while a page is open.
    const ended = new AbortController();
    const stream = await fetch(`${origin}/api/v1/stream?topics=executions`, {
      headers: { authorization },
      signal: ended.signal,
    });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let streamed = "";
    const untilStreamed = async (pattern: RegExp) => {
      while (!pattern.test(streamed)) streamed += (await reader.read()).value;
    };
    await untilStreamed(/event: app\ndata: \{"name":"Shop"/);
    assert.equal(await (await fetch(`${served}/price/7`)).text(), '{"text":"It costs 21"}');
    await untilStreamed(/event: executions\ndata: .*"state":"done"/);
    ended.abort();

    // The API.
    const view = await get<AppView>("app");
    assert.equal(view.state, "started");
    assert.deepEqual(
      (await get<ResourcesView>("resources")).items.map(({ urn, state }) => [urn, state]),
      [
        ["Http.Server.Main", "initialised"],
        ["Http.Route.Price", "initialised"],
        ["JavaScript.Script.Price", "initialised"],
      ],
    );
    const { edges } = await get<GraphView>("graph");
    const edge = edges.find(({ to }) => to === "JavaScript.Script.Price");
    assert.equal(edge?.activity.executions, 1);
    const sent = await post<HttpRequestResult>("requests", { method: "GET", path: "/price/2" });
    assert.equal(sent.body, '{"text":"It costs 6"}');
    const execution = await get<ExecutionView>(`executions/${sent.executions[0]}`);
    assert.deepEqual(
      execution.expressions.map(({ source, value, line }) => [source, value, line]),
      [["int(request.params.count)", 2, 14], ["result.total", 6, 16]],
    );
    const executed = await post<ExecutionView>("executions", {
      urn: "JavaScript.Script.Price",
      input: { count: 5 },
    });
    assert.deepEqual(executed.output, { total: 15 });
    const saved = await post<SavedTest>(`executions/${executed.id}/test`, {});
    assert.match(saved.yaml, /step\.run\.result == \{'total': 15\}/);
    assert.equal(saved.path, "price_works.test.yaml");
    assert.equal(readFileSync(join(cwd, saved.path), "utf8"), saved.yaml);
    const routes = await get<RoutesView>("routes");
    assert.deepEqual(routes.items.map(({ method, path }) => [method, path]), [
      ["GET", "/price/:count"],
    ]);

    // The file with the address is private, and is empty when the app has ended.
    const file = join(cwd, ".digly-debug/inspector.json");
    assert.equal(JSON.parse(readFileSync(file, "utf8")).address, address);
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o077, 0);
    const table = await run(form, ["top", "runtime.yaml"], { cwd });
    assert.equal(table.code, 0);
    assert.match(table.stdout, /JavaScript\.Script\.Price +initialised/);
    app.kill("SIGTERM");
    const { code } = await app.exited;
    assert.equal(code, 0);
    assert.ok(existsSync(file));
    assert.equal(JSON.parse(readFileSync(file, "utf8")).address, undefined);
  });
}
