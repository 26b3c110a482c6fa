import assert from "node:assert/strict";
import { test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import { bootApp, type TestApp } from "../../../testing.ts";

/** An app whose script `Emit` emits the events of its input, and waits for their listeners. */
function app(resources: string): string {
  return `name: Test
imports: [digly:core, digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Emit }
code: |
  async function main(events, ctx) {
    for (const [event, payload] of events) await ctx.emit(event, payload);
  }
---
${resources}`;
}

const LISTENER = `kind: Event.Listener
metadata: { name: Large }
event: Order.*
where: payload.total > 100
execute: JavaScript.Script.Handle
inputs: { id: "\${{ payload.id }}", event: "\${{ event.event }}", from: "\${{ event.source }}" }
---
kind: JavaScript.Script
metadata: { name: Handle }
code: function main() {}
`;

function messages({ logs }: TestApp): string[] {
  return logs.map(({ level, owner, message }) => `${level} ${owner} ${message}`);
}

async function snapshotOf(app: TestApp, kind: string): Promise<unknown> {
  const { resources } = await app.kernel.takeSnapshot();
  return resources.find((resource) => resource.kind === kind)!.snapshot;
}

test("a listener executes for events that match, and the event's payload is its default input", async () => {
  const inputs: unknown[] = [];
  const handle = (input: unknown) => void inputs.push(input);
  const fakes = { "JavaScript.Script.Handle": handle };
  await using app1 = await bootApp({ manifest: app(LISTENER), fakes });
  await app1.execute("JavaScript.Script.Emit", [
    ["Order.Placed", { id: 1, total: 150 }],
    ["Order.Placed", { id: 2, total: 50 }],
    ["Orders.Placed", { id: 3, total: 150 }],
    ["Order.Paid", { id: 4, total: 101 }],
  ]);
  const from = "JavaScript.Script.Emit";
  assert.deepEqual(inputs, [
    { id: 1, event: "Order.Placed", from },
    { id: 4, event: "Order.Paid", from },
  ]);
  assert.deepEqual(app1.logs, []);

  inputs.length = 0;
  const plain = app(LISTENER.replace(/where.*\n/, "").replace(/inputs.*\n/, ""));
  await using app2 = await bootApp({ manifest: plain, fakes });
  await app2.execute("JavaScript.Script.Emit", [["Order.Placed", { id: 1 }], ["Order.Gone", null]]);
  assert.deepEqual(inputs, [{ id: 1 }, null]);
  await app2.execute("Event.Listener.Large", { event: "Order.Placed", payload: { id: 9 } });
  assert.deepEqual(inputs.at(-1), { id: 9 });
  await assert.rejects(app2.execute("Event.Listener.Large", { payload: 1 }), {
    code: "ERR_INPUT_INVALID",
  });
});

test("a condition that fails and an execution that fails are logged, and the emitter continues", async () => {
  await using booted = await bootApp({
    manifest: app(LISTENER),
    fakes: {
      "JavaScript.Script.Handle": () => {
        throw new Error("is ill");
      },
    },
  });
  await booted.execute("JavaScript.Script.Emit", [
    ["Order.Odd", null],
    ["Order.Odd", null],
    ["Order.Placed", { id: 1, total: 150 }],
  ]);
  assert.deepEqual(messages(booted), [
    "warn Event.Listener.Large `where` failed for Order.Odd",
    "error Event.Listener.Large Order.Placed could not be handled",
  ]);
  assert.deepEqual(await snapshotOf(booted, "Event.Listener"), {
    executed: 1,
    failed: 1,
    ignored: 0,
  });
});

test("events that an execution of a listener leads to do not start it again", async () => {
  const manifest = app(`kind: Event.Listener
metadata: { name: Ping }
event: Ping.*
execute: JavaScript.Script.Emit
inputs: [[Pong.Sent, null]]
---
kind: Event.Listener
metadata: { name: Pong }
event: Pong.*
execute: JavaScript.Script.Emit
inputs: [[Ping.Sent, null], [Ping.Sent, null]]
---
kind: Event.Listener
metadata: { name: All }
event: "*"
execute: JavaScript.Script.Count
---
kind: JavaScript.Script
metadata: { name: Count }
code: function main() {}
`);
  await using booted = await bootApp({ manifest });
  await booted.execute("JavaScript.Script.Emit", [["Ping.Sent", null]]);
  const names = booted.events.map(({ event }) => event);
  assert.equal(names.filter((name) => name === "Pong.Sent").length, 1);
  assert.deepEqual(messages(booted), [
    "warn Event.Listener.Ping Ignored Ping.Sent, which an execution of this listener led to",
  ]);
});

test("events before the start wait for it, and the trace of an execution continues", async () => {
  const handled: { traceId: string; input: unknown }[] = [];
  await using booted = await bootApp({
    manifest: app(`kind: Event.Listener
metadata: { name: Early }
event: "*"
where: event.event == "JavaScript.Script.Initialized" || event.event == "Order.Placed"
execute: JavaScript.Script.Handle
inputs: "\${{ event.event }}"
---
kind: JavaScript.Script
metadata: { name: Handle }
code: function main() {}
`),
    fakes: {
      "JavaScript.Script.Handle": (input, { traceId }) => void handled.push({ input, traceId }),
    },
  });
  await booted.execute("JavaScript.Script.Emit", [["Order.Placed", null]], {
    traceId: "a".repeat(32),
  });
  assert.deepEqual(handled.map(({ input }) => input), [
    "JavaScript.Script.Initialized",
    "Order.Placed",
  ]);
  assert.equal(handled[1]!.traceId, "a".repeat(32));
});

test("the names of events and conditions are checked", async () => {
  const wrong = (event: string, where = "1 == 1") =>
    bootApp({
      manifest: app(
        LISTENER.replace("Order.*", `"${event}"`).replace("payload.total > 100", where),
      ),
    }).catch((error) => isDiglyError(error) ? `${error.message} (${error.help})` : error);
  assert.match(
    await wrong("Runtime.Strated"),
    /no event "Runtime.Strated" \(Did you mean "Runtime.Started"/,
  );
  assert.match(await wrong("Order.*.Placed"), /no event matches/);
  assert.match(await wrong("Runtime.Stopped"), /nothing can be executed .*Runtime.Stopping/);
  assert.match(await wrong("Http.Server.Teardown"), /nothing can be executed/);
  assert.match(await wrong("Order.*", "paylod.total > 1"), /Unknown name "paylod".*"payload"/);
});

test("Log.Entry writes a line with its level, fields and trace", async () => {
  await using booted = await bootApp({
    manifest: app(`kind: Log.Entry
metadata: { name: Paid }
level: warn
message: "Order \${{ input.id }} was paid"
fields: { amount: "\${{ input.amount * 2 }}" }
inputSchema: { id: integer, amount: number }
---
kind: Log.Entry
metadata: { name: Data }
message: "\${{ input }}"
`),
  });
  assert.equal(await booted.execute("Log.Entry.Paid", { id: 7, amount: 2 }), null);
  await booted.execute("Log.Entry.Data", { a: [1] });
  const [line, data] = booted.logs;
  assert.equal(line!.level, "warn");
  assert.equal(line!.message, "Order 7 was paid");
  assert.deepEqual(line!.fields, { amount: 4 });
  assert.match(line!.traceId!, /^[0-9a-f]{32}$/);
  assert.equal(data!.message, '{"a":[1]}');
  await assert.rejects(booted.execute("Log.Entry.Paid", { id: "x", amount: 2 }), {
    code: "ERR_INPUT_INVALID",
  });
});

const METRICS = `kind: Metric.Counter
metadata: { name: Orders }
name: orders_total
description: Orders, by country
labels: { country: "\${{ input.country }}" }
value: "\${{ input.count }}"
---
kind: Metric.Counter
metadata: { name: HttpCalls2 }
---
kind: Metric.Histogram
metadata: { name: Price }
buckets: [1, 10]
value: "\${{ input }}"
`;

test("metrics count by labels, and have the names that the app gives them", async () => {
  await using booted = await bootApp({ manifest: app(METRICS) });
  for (const [country, count] of [["de", 1], ["fr", 2], ["de", 3], [null, 1]]) {
    await booted.execute("Metric.Counter.Orders", { country, count });
  }
  await booted.execute("Metric.Counter.HttpCalls2");
  for (const price of [0.5, 7, 70]) await booted.execute("Metric.Histogram.Price", price);
  const read = () => new Map(booted.kernel.metrics().map((metric) => [metric.name, metric]));
  const metrics = read();
  assert.equal(metrics.get("orders_total")!.help, "Orders, by country");
  assert.deepEqual(
    metrics.get("orders_total")!.samples.map(({ labels, value }) => [labels["country"], value]),
    [["de", 4], ["fr", 2], ["", 1]],
  );
  assert.equal(metrics.get("http_calls2")!.samples[0]!.value, 1);
  assert.deepEqual(metrics.get("price")!.samples.map(({ value }) => value), [1, 2, 3, 77.5, 3]);
  await assert.rejects(booted.execute("Metric.Counter.Orders", { country: "de", count: -1 }), {
    message: /`value` must be at least 0/,
  });
  await assert.rejects(booted.execute("Metric.Histogram.Price", "x"), {
    message: /`value` must be a number/,
  });
});

test("metrics that cannot be together are found before the app starts", async () => {
  const problem = (resources: string) =>
    bootApp({ manifest: app(resources) }).then(() => "none", (error) => error.message);
  const second = METRICS.split("---")[0]!.replace("name: Orders", "name: Again");
  const both = (text: string) => `${METRICS}---\n${text}`;
  assert.equal(await problem(both(second)), "none");
  assert.match(await problem(both(second.replace("country:", "state:"))), /has other labels/);
  const kind = second.replace("Counter", "Histogram");
  assert.match(await problem(both(kind)), /is of another kind/);
  assert.match(await problem(METRICS.replace("[1, 10]", "[10, 1]")), /must be ascending/);
  assert.match(await problem(METRICS.replace("orders_total", "digly_orders")), /digly_/);
  assert.match(await problem(METRICS.replace("country:", "__country:")), /reserved/);
});

const START = `kind: Runtime.OnStart
metadata: { name: Go }
execute: JavaScript.Script.Work
inputs: { n: 3 }
exit: true
---
kind: JavaScript.Script
metadata: { name: Work }
code: function main({ n }) { return n; }
`;

async function exitCodeOf(manifest: string): Promise<{ code: number; logs: string[] }> {
  const booted = await bootApp({ manifest: app(manifest) });
  const code = await booted.kernel.waitForExitRequest();
  await booted.stop();
  return { code, logs: messages(booted) };
}

test("Runtime.OnStart executes once, and ends the app with its result", async () => {
  assert.deepEqual(await exitCodeOf(START), { code: 3, logs: [] });
  assert.equal((await exitCodeOf(START.replace("return n", "return null"))).code, 0);
  assert.deepEqual(await exitCodeOf(START.replace("return n", "throw new Error('no')")), {
    code: 1,
    logs: ["error Runtime.OnStart.Go JavaScript.Script.Work failed"],
  });
});

test("without `exit` the app continues, and waits for the execution if nothing else runs", async () => {
  let end!: () => void;
  const manifest = app(START.replace("exit: true", "exit: false"));
  const fakes = {
    "JavaScript.Script.Work": () => new Promise<void>((resolve) => end = resolve),
  };
  await using booted = await bootApp({ manifest, fakes });
  let isIdle = false;
  const idle = booted.kernel.waitUntilIdle().then(() => isIdle = true);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(isIdle, false);
  end();
  await idle;
});

test("nothing is executed at the start of `digly exec`", async () => {
  const calls: unknown[] = [];
  const fakes = { "JavaScript.Script.Work": (input: unknown) => (calls.push(input), 1) };
  await using booted = await bootApp({ manifest: app(START), serve: false, fakes });
  assert.deepEqual(calls, []);
  assert.equal(await booted.execute("Runtime.OnStart.Go"), 1);
  assert.deepEqual(calls, [{ n: 3 }]);
});
