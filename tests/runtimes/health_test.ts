/** Seen from outside: probes, metrics, request logs and JSON lines. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startCollector } from "../unit/observe/collector.ts";
import { assertCode, type Form, forms, freePort, run, start, tempApp } from "./forms.ts";

const app = `name: App
imports: [digly:http, digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Greet }
code: |
  const main = ({ params }) => {
    if (params.name === "nobody") throw new Error("nobody is here");
    return { hello: params.name };
  };
---
kind: Http.Route
metadata: { name: Hello }
request: { path: "/hello/{name}", method: GET }
handler: JavaScript.Script.Greet
---
kind: Http.Server
metadata: { name: Main }
port: 0
health: true
metrics: true
requestLog: true
`;

// Side by side, since most of the time is the delay of the stop.
describe("a server is probed, measured and logged", { concurrency: 3 }, () => {
  for (const form of forms) test(form.name, () => isProbed(form));
});

async function isProbed(form: Form): Promise<void> {
  const cwd = tempApp({ "runtime.yaml": app });
  const program = start(form, ["runtime.yaml", "--drain-delay", "5s"], { cwd });
  const [url] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, text: await response.text(), response };
  };

  assert.equal((await get("/healthz")).status, 200);
  assert.equal((await get("/readyz")).status, 200);
  assert.equal((await get("/hello/ada")).text, '{"hello":"ada"}');
  assert.equal((await get("/hello/nobody")).status, 500);
  // The event loop is looked at five times a second.
  let metrics = await get("/metrics");
  while (/^digly_event_loop_delay_seconds_count 0$/m.test(metrics.text)) {
    metrics = await get("/metrics");
  }
  const { text, response } = metrics;
  assert.match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  for (
    const line of [
      '^digly_executions_total{kind="JavaScript.Script",outcome="ok"} 1$',
      '^digly_executions_total{kind="JavaScript.Script",outcome="failed"} 1$',
      '^digly_execution_duration_seconds_count{kind="JavaScript.Script"} 2$',
      '^digly_http_requests_total{method="GET",route="/hello/{name}",status="200"} 1$',
      '^digly_http_requests_total{method="GET",route="/hello/{name}",status="500"} 1$',
      "^digly_holds 1$",
      "^digly_event_loop_delay_seconds_count [1-9]",
    ]
  ) assert.match(text, new RegExp(line, "m"));

  program.kill("SIGTERM");
  await program.waitFor(/SIGTERM: stopping/);
  assert.equal((await get("/readyz")).status, 503);
  assert.equal((await get("/healthz")).status, 200);
  assert.equal((await get("/hello/late")).status, 200);
  const { code, stderr } = await program.exited;
  assert.equal(code, 0, stderr);

  const records = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  const requests = records.filter(({ fields }) => fields?.route !== undefined);
  assert.deepEqual(
    requests.map(({ level, owner, message, fields }) => [level, owner, message, fields.status]),
    [
      ["info", "Http.Server.Main", "GET /hello/ada 200", 200],
      ["info", "Http.Server.Main", "GET /hello/nobody 500", 500],
      ["info", "Http.Server.Main", "GET /hello/late 200", 200],
    ],
  );
}

for (const form of forms) {
  test(`${form.name}: traces go where the variables say, before the process ends`, async (t) => {
    const collector = await startCollector();
    t.after(() => collector.close());
    const cwd = tempApp({ "runtime.yaml": app });
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: "greeter" };
    const program = start(form, ["runtime.yaml"], { cwd, env });
    const [url] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    await (await fetch(`${url}/hello/ada`, { headers: { traceparent } })).text();
    program.kill("SIGTERM");
    const { code, stderr } = await program.exited;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /"level":"(warn|error)"/);
    assert.equal(collector.resource()["service.name"], "greeter");
    const [execution, request, ...others] = collector.spans;
    assert.deepEqual(others, []);
    assert.equal(execution?.name, "JavaScript.Script.Greet");
    assert.equal(request?.name, "GET /hello/{name}");
    assert.equal(execution.parentSpanId, request.spanId);
    assert.equal(request.parentSpanId, "b7ad6b7169203331");
    assert.deepEqual([execution.traceId, request.traceId], [traceId, traceId]);
  });
}

test("a collector that is not there costs a warning and no exit code", async () => {
  for (const form of forms) {
    const cwd = tempApp({ "runtime.yaml": app });
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` };
    const { code, stdout, stderr } = await run(
      form,
      ["exec", "runtime.yaml", "JavaScript.Script.Greet", "--input", '{"params":{"name":"a"}}'],
      { cwd, env },
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '{"hello":"a"}\n');
    assert.match(stderr, /Traces cannot be sent to 127\.0\.0\.1:\d+: /);
    assert.doesNotMatch(stderr, /still open/);
  }
});

describe("log options", () => {
  test("--log-format and --log-level hold for every form", async () => {
    for (const form of forms) {
      const cwd = tempApp({ "runtime.yaml": app });
      const program = start(form, ["runtime.yaml", "--log-format=text", "--log-level", "info"], {
        cwd,
      });
      await program.waitFor(/^info {3}Http\.Server\.Main {2}Listening on http/m);
      program.kill("SIGTERM");
      assertCode(await program.exited, 0);
    }
  });
});
