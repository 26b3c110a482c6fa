import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { traceOptions } from "../../../src/observe/trace_options.ts";
import { route, startHttpApp } from "../modules/http_app.ts";
import { attributesOf, startCollector } from "./collector.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";

const nested = `kind: Test.Handler\nmetadata: { name: inner }\n---\n${
  route("request: { path: /users/:id, method: GET }\nhandler: Test.Handler.echo")
}`;

async function traced(t: TestContext, env: Record<string, string> = {}, status = 200) {
  const collector = await startCollector(status);
  t.after(() => collector.close());
  const app = await startHttpApp(t, nested, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env },
    handle: (input, ctx, name) => {
      if (name !== "inner") return ctx.execute("Test.Handler.inner", input);
      if (JSON.stringify(input).includes("bad")) throw new Error("no such user");
      return ctx.traceparent;
    },
  });
  return { collector, ...app };
}

test("a request and its executions form one trace, sent at the latest when the app stops", async (t) => {
  const { collector, url, kernel } = await traced(t);
  const response = await fetch(`${url}/users/7?token=hunter2`, {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });
  const outgoing = await response.json() as string;
  await kernel.stop();
  assert.deepEqual([...collector.paths], ["/v1/traces"]);
  assert.match(collector.headers[0]!["content-type"]!, /^application\/json/);
  const [inner, outer, request, ...others] = collector.spans;
  assert.deepEqual(others, []);
  for (const span of [inner, outer, request]) assert.equal(span!.traceId, traceId);
  assert.deepEqual([inner!.name, outer!.name, request!.name], [
    "Test.Handler.inner",
    "Test.Handler.echo",
    "GET /users/:id",
  ]);
  assert.equal(inner!.parentSpanId, outer!.spanId);
  assert.equal(outer!.parentSpanId, request!.spanId);
  assert.equal(request!.parentSpanId, "b7ad6b7169203331");
  assert.deepEqual([inner!.kind, request!.kind], [1, 2]);
  assert.ok(BigInt(request!.endTimeUnixNano) >= BigInt(request!.startTimeUnixNano));
  assert.deepEqual(attributesOf(request!.attributes), {
    "http.request.method": "GET",
    "url.path": "/users/7",
    "digly.resource": "Http.Server.Main",
    "http.route": "/users/:id",
    "http.response.status_code": 200,
  });
  assert.doesNotMatch(collector.text(), /hunter2/);
  // What goes out names the span it comes from.
  assert.equal(outgoing, `00-${traceId}-${inner!.spanId}-01`);
  assert.equal(response.headers.get("traceparent"), `00-${traceId}-${request!.spanId}-01`);
});

test("a failed span has the code and the message of its error", async (t) => {
  const { collector, url, kernel } = await traced(t);
  await fetch(`${url}/users/bad`);
  await kernel.stop();
  const [inner, , request] = collector.spans;
  assert.equal(inner!.status.code, 2);
  assert.match(inner!.status.message!, /no such user/);
  assert.equal(attributesOf(inner!.attributes)["error.type"], "ERR_EXECUTION_FAILED");
  assert.equal(request!.status.code, 2);
  assert.equal(request!.parentSpanId ?? "", "");
});

test("the sampling decision of the caller is respected", async (t) => {
  const { collector, url, kernel } = await traced(t);
  const response = await fetch(`${url}/users/1`, {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-00` },
  });
  assert.match(await response.json() as string, /-00$/);
  await kernel.stop();
  assert.deepEqual(collector.spans, []);
});

test("the service name is the app's or from the variables; headers are sent", async (t) => {
  const first = await traced(t);
  await first.kernel.execute("Test.Handler.echo", {});
  await first.kernel.stop();
  assert.equal(first.collector.resource()["service.name"], "App");
  const second = await traced(t, {
    OTEL_SERVICE_NAME: "shop",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,service.name=other",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20abc",
  });
  await second.kernel.execute("Test.Handler.echo", {});
  await second.kernel.stop();
  assert.equal(second.collector.resource()["service.name"], "shop");
  assert.equal(second.collector.resource()["deployment.environment.name"], "test");
  assert.equal(second.collector.headers[0]!["authorization"], "Basic abc");
});

test("a collector that rejects traces causes a warning", async (t) => {
  const { url, kernel, logs } = await traced(t, {}, 400);
  await fetch(`${url}/users/1`);
  const { exitCode } = await kernel.stop();
  assert.equal(exitCode, 0);
  const warnings = logs.filter(({ level }) => level === "warn").map(({ message }) => message);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^Traces cannot be sent to 127\.0\.0\.1:\d+/);
});

test("the variables decide whether and where traces are sent", () => {
  assert.equal(traceOptions({}), undefined);
  assert.equal(traceOptions({ OTEL_SERVICE_NAME: "a" }), undefined);
  assert.equal(traceOptions({ OTEL_TRACES_EXPORTER: "none" }), undefined);
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/" };
  assert.equal(traceOptions({ ...endpoint, OTEL_TRACES_EXPORTER: "none" }), undefined);
  assert.equal(traceOptions({ ...endpoint, OTEL_SDK_DISABLED: "true" }), undefined);
  assert.equal(traceOptions(endpoint)?.url, "http://c:4318/v1/traces");
  assert.equal(
    traceOptions({ OTEL_TRACES_EXPORTER: "otlp" })?.url,
    "http://localhost:4318/v1/traces",
  );
  assert.equal(
    traceOptions({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://t/x" })?.url,
    "https://t/x",
  );
  assert.equal(
    traceOptions({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })?.problems.length,
    1,
  );
  assert.throws(() => traceOptions({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }), {
    code: "ERR_USAGE",
  });
});

test("a secret in a path appears in no trace, metric or log line", async (t) => {
  const collector = await startCollector();
  t.after(() => collector.close());
  const secret = "hook-correct-horse";
  const resources = `kind: Secret\nmetadata: { name: Hook }\nvalue: ${secret}\n---\n${
    route('request: { path: "/in/${{ Secret.Hook }}", method: GET }\nhandler: Test.Handler.echo')
  }`;
  const { kernel, url, logs } = await startHttpApp(t, resources, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    mounts: "metrics: true\nrequestLog: true",
    handle: () => {
      throw new Error(`${secret} is broken`);
    },
  });
  assert.equal((await fetch(`${url}/in/${secret}`)).status, 500);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  await kernel.stop();
  assert.match(metrics, /route="\/in\/\[redacted\]"/);
  assert.equal(collector.spans.length, 2);
  for (const text of [metrics, collector.text(), JSON.stringify(logs)]) {
    assert.doesNotMatch(text, /correct-horse/);
    assert.match(text, /redacted/);
  }
});
