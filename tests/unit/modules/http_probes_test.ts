import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogRecord } from "../../../src/contract/log.ts";
import { freePort } from "../../servers/debian.ts";
import { gate, loadHttpApp, route, startHttpApp } from "./http_app.ts";

const hello = route("request: { path: /users/:id, method: GET }\nhandler: Test.Handler.echo");

async function get(url: string, init?: RequestInit): Promise<[number, unknown]> {
  const response = await fetch(url, init);
  return [response.status, await response.json()];
}

/** The samples of a metric: labels as they are written, and the number. */
async function samples(url: string, name: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) =>
    line.startsWith(name + "{") || line.startsWith(name + " ")
  );
  return Object.fromEntries(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(name.length, at), Number(line.slice(at + 1))];
  }));
}

test("probes and metrics do not exist unless they are enabled", async (t) => {
  const { url, logs } = await startHttpApp(t, hello);
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    assert.equal((await fetch(url + path)).status, 404);
  }
  const response = await fetch(`${url}/users/1`);
  assert.equal(response.headers.get("traceparent"), null);
  assert.deepEqual(logs.map(({ message }) => message), [`Listening on ${url}`]);
});

test("alive at once, ready from Runtime.Started to Runtime.Stopping", async (t) => {
  const booting = gate();
  const stopping = gate();
  const port = await freePort();
  const server = `kind: Http.Server\nmetadata: { name: Early }\nport: ${port}\nhealth: true\n`;
  const { promise, open } = gate();
  const { kernel } = await loadHttpApp(
    `kind: Slow.Thing\nmetadata: { name: a }\n---\n${server}---\n${hello}`,
    {
      modules: [{
        name: "Slow",
        definitions: [{ kind: "Slow.Thing" }],
        controllers: {
          "Slow.Thing": {
            create: () => ({
              start() {
                open();
                return booting.promise;
              },
              drain: () => stopping.promise,
            }),
          },
        },
      }],
    },
  );
  const url = `http://127.0.0.1:${port}`;
  t.after(() => kernel.stop());
  const started = kernel.start();
  await promise;
  assert.deepEqual(await get(`${url}/healthz`), [200, { status: "alive" }]);
  assert.deepEqual(await get(`${url}/readyz`), [503, { status: "starting" }]);
  booting.open();
  await started;
  assert.deepEqual(await get(`${url}/readyz`), [200, { status: "ready" }]);
  const stopped = kernel.stop({ drainDelayMs: 300 });
  assert.deepEqual(await get(`${url}/readyz`), [503, { status: "stopping" }]);
  assert.deepEqual(await get(`${url}/healthz`), [200, { status: "alive" }]);
  assert.equal((await fetch(`${url}/users/1`)).status, 200);
  stopping.open();
  assert.equal((await stopped).exitCode, 0);
});

test("probes answer only GET and HEAD", async (t) => {
  const { url } = await startHttpApp(t, hello, { mounts: "health: true" });
  const head = await fetch(`${url}/readyz?verbose`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("cache-control"), "no-store");
  const post = await fetch(`${url}/readyz`, { method: "POST" });
  assert.equal(post.status, 405);
  assert.equal(post.headers.get("allow"), "GET, HEAD");
});

test("a route at the path of a probe is an error that shows both", async () => {
  for (const [field, path] of [["health", "/readyz"], ["metrics", "/metrics"]]) {
    const { kernel } = await loadHttpApp(
      route(`request: { path: ${path}, method: POST }\nhandler: Test.Handler.echo`),
      { mounts: `${field}: true` },
    );
    await assert.rejects(kernel.start(), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(
          `\`${field}: true\` answers at ${path}, and so does POST ${path} of Http.Route.R0`,
        ),
      );
      return true;
    });
    await kernel.stop();
  }
});

test("a catch-all route does not hide the probes", async (t) => {
  const { url } = await startHttpApp(
    t,
    route("request: { path: /*, method: GET }\nhandler: Test.Handler.echo"),
    { mounts: "health: true" },
  );
  assert.deepEqual(await get(`${url}/healthz`), [200, { status: "alive" }]);
});

test("metrics are Prometheus text", async (t) => {
  const { url } = await startHttpApp(t, hello, { mounts: "metrics: true" });
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  for (
    const [name, type] of [
      ["digly_executions_total", "counter"],
      ["digly_execution_duration_seconds", "histogram"],
      ["digly_holds", "gauge"],
      ["digly_event_loop_delay_seconds", "histogram"],
      ["digly_http_requests_total", "counter"],
      ["digly_http_request_duration_seconds", "histogram"],
    ]
  ) {
    assert.match(text, new RegExp(`^# HELP ${name} \\w`, "m"));
    assert.match(text, new RegExp(`^# TYPE ${name} ${type}$`, "m"));
  }
  assert.match(text, /\n$/);
});

test("executions are counted by kind and outcome, requests by route", async (t) => {
  const { url, kernel } = await startHttpApp(t, hello, {
    mounts: "metrics: true",
    handle: (input) => {
      if (JSON.stringify(input).includes("bad")) throw new Error("bad");
      return input;
    },
  });
  await fetch(`${url}/users/1?token=hunter2`);
  await fetch(`${url}/users/2`);
  await fetch(`${url}/users/bad`);
  await fetch(`${url}/nowhere/hunter2`);
  await fetch(`${url}/users/1`, { method: "PROPFIND" });
  await kernel.execute("Test.Handler.echo", {});
  assert.deepEqual(await samples(url, "digly_executions_total"), {
    '{kind="Test.Handler",outcome="ok"}': 3,
    '{kind="Test.Handler",outcome="failed"}': 1,
  });
  assert.deepEqual(await samples(url, "digly_http_requests_total"), {
    '{method="GET",route="/users/:id",status="200"}': 2,
    '{method="GET",route="/users/:id",status="500"}': 1,
    '{method="GET",route="none",status="404"}': 1,
    '{method="other",route="none",status="405"}': 1,
  });
  assert.deepEqual(await samples(url, "digly_http_request_duration_seconds_count"), {
    '{method="GET",route="/users/:id"}': 3,
    '{method="GET",route="none"}': 1,
    '{method="other",route="none"}': 1,
  });
  assert.deepEqual(await samples(url, "digly_execution_duration_seconds_count"), {
    '{kind="Test.Handler"}': 4,
  });
  assert.deepEqual(await samples(url, "digly_holds"), { "": 1 });
  assert.doesNotMatch(await (await fetch(`${url}/metrics`)).text(), /hunter2/);
});

test("the number of holds is a metric", async (t) => {
  let acquire!: (reason: string) => () => void;
  const { url } = await startHttpApp(t, `kind: Holding.Thing\nmetadata: { name: a }\n`, {
    mounts: "metrics: true",
    modules: [{
      name: "Holding",
      definitions: [{ kind: "Holding.Thing" }],
      create: (_, ctx) => {
        acquire = ctx.acquireHold;
        return {};
      },
    }],
  });
  const release = acquire("work");
  assert.deepEqual(await samples(url, "digly_holds"), { "": 2 });
  release();
  assert.deepEqual(await samples(url, "digly_holds"), { "": 1 });
});

test("requests are logged if the server enables it", async (t) => {
  const { url, logs } = await startHttpApp(t, hello, { mounts: "requestLog: true\nhealth: true" });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const response = await fetch(`${url}/users/1?token=hunter2`, {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });
  await fetch(`${url}/healthz`);
  await fetch(`${url}/nowhere`);
  const [first, second, ...others]: LogRecord[] = logs.slice(1);
  assert.deepEqual(others, []);
  assert.equal(first!.level, "info");
  assert.equal(first!.owner, "Http.Server.Main");
  assert.equal(first!.message, "GET /users/1 200");
  const { duration, ...fields } = first!.fields!;
  assert.ok(typeof duration === "number" && duration >= 0);
  assert.deepEqual(fields, {
    method: "GET",
    path: "/users/1",
    route: "/users/:id",
    status: 200,
    traceId,
  });
  assert.match(response.headers.get("traceparent")!, new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  assert.equal(second!.message, "GET /nowhere 404");
  assert.match(String(second!.fields!["traceId"]), /^[0-9a-f]{32}$/);
});

test("a request and its executions share a trace", async (t) => {
  const { url, kernel } = await startHttpApp(t, hello);
  const seen: Record<string, Record<string, unknown>> = {};
  const note = (payload: unknown, { event }: { event: string }) => {
    seen[event] = payload as Record<string, unknown>;
  };
  kernel.on("Http.Server.Answered", note);
  kernel.on("Test.Handler.Executed", note);
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await fetch(`${url}/users/1`, {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-00` },
  });
  const answered = seen["Http.Server.Answered"]!;
  const executed = seen["Test.Handler.Executed"]!;
  assert.equal(answered["traceId"], traceId);
  assert.equal(answered["parentSpanId"], "b7ad6b7169203331");
  assert.equal(answered["sampled"], false);
  assert.equal(executed["traceId"], traceId);
  assert.equal(executed["parentSpanId"], answered["spanId"]);
  assert.equal(executed["sampled"], false);
});
