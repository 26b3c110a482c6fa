/** Events and log lines of executions, and who may emit which event. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModuleCreateContext } from "../../../../src/contract/contexts.ts";
import type { Context } from "../../../../src/contract/execution.ts";
import { app, resource } from "../../app.ts";

const TRACE = "0123456789abcdef0123456789abcdef";

function emitting(
  execute: (input: unknown, ctx: Context, create: ModuleCreateContext) => unknown,
  definition = "events: [Counted, Full]",
) {
  return app({
    kinds: {
      Thing: {
        create: (_, ctx) => ({ execute: (input, context) => execute(input, context, ctx) }),
      },
      Other: { create: () => ({}) },
    },
    definitions: { Thing: definition },
    resources: [resource("Thing", "a"), resource("Other", "o")].join("---\n"),
  });
}

test("events and log lines of an execution carry its trace, and say where they come from", async () => {
  const { kernel, events, logs } = emitting(async (input, { emit, log }, ctx) => {
    await emit("Counted", input);
    await emit("Order.Placed", 1);
    await ctx.emit("Opened");
    log.info("Counting", { input });
    ctx.log.info("Outside of it");
  });
  await kernel.load("/app");
  await kernel.start();
  await kernel.execute("Test.Thing.a", 7, { traceId: TRACE });
  const from = events.findIndex(({ event }) => event === "Test.Thing.Executing");
  const recorded = events.slice(from).map(({ timestamp: _, ...record }) => record);
  assert.equal(recorded[0]?.traceId, TRACE);
  assert.deepEqual(recorded.slice(1, 4), [
    {
      event: "Test.Thing.Counted",
      payload: 7,
      module: "Test",
      kind: "Test.Thing",
      name: "a",
      traceId: TRACE,
      source: "Test.Thing.a",
      resource: "Test.Thing.a",
    },
    { event: "Order.Placed", payload: 1, module: "Test", traceId: TRACE, source: "Test.Thing.a" },
    { event: "Test.Opened", module: "Test", source: "Test.Thing.a" },
  ]);
  assert.equal(recorded[4]?.event, "Test.Thing.Executed");
  assert.equal(recorded[4]?.traceId, TRACE);
  assert.deepEqual(logs.map(({ time: _, ...line }) => line), [
    {
      level: "info",
      owner: "Test.Thing.a",
      message: "Counting",
      traceId: TRACE,
      fields: { input: 7 },
    },
    { level: "info", owner: "Test.Thing.a", message: "Outside of it" },
  ]);
  await kernel.stop();
});

test("an event that the definition does not list is an error with the nearest name", async () => {
  const { kernel } = emitting((input, { emit }) => emit(input as string));
  await kernel.load("/app");
  await kernel.start();
  await assert.rejects(kernel.execute("Test.Thing.a", "Countd"), {
    message:
      'Executing Test.Thing.a failed: the event "Countd" is not listed by the definition of Test.Thing',
    help: 'Did you mean "Counted"?',
  });
  await assert.rejects(kernel.execute("Test.Thing.a", "Test.Thing.Closed"), {
    help: "Add it to `events` of the definition, which lists Counted, Full",
  });
  await assert.rejects(kernel.execute("Test.Thing.a", "Test.Thing.Initialized"), /is reserved/);
  await assert.rejects(kernel.execute("Test.Thing.a", ""), /an event needs a name/);
  await kernel.stop();
});

test("a kind without a list emits what it likes", async () => {
  const { kernel, events } = emitting((input, { emit }) => emit(input as string), "");
  await kernel.load("/app");
  await kernel.start();
  await kernel.execute("Test.Thing.a", "Anything");
  assert.ok(events.some(({ event }) => event === "Test.Thing.Anything"));
  await kernel.stop();
});

test("a module cannot emit events of another module's kind", async () => {
  const { kernel } = app({
    kinds: { Thing: { create: () => ({}) } },
    resources: `${resource("Thing", "a")}---\nkind: Thief.Box\nmetadata: { name: b }\n`,
  });
  const outcomes: string[] = [];
  kernel.register({
    name: "Thief",
    definitions: [{ kind: "Thief.Box", events: ["Opened"] }],
    create: (_, ctx) => ({
      async init() {
        const attempts = [
          ctx.emitResourceEvent("Test.Thing", "a", "Counted"),
          ctx.emit("Test.Thing.Counted"),
          ctx.emitResourceEvent("Test.Thnig", "a", "Counted"),
          ctx.emitResourceEvent("Thief.Box", "b", "Opened"),
        ];
        for (const result of await Promise.allSettled(attempts)) {
          outcomes.push(result.status === "fulfilled" ? "emitted" : String(result.reason.message));
        }
      },
    }),
  });
  await kernel.load("/app");
  await kernel.start();
  await kernel.stop();
  assert.deepEqual(outcomes, [
    'Executing Thief.Box.b failed: the event "Test.Thing.Counted" belongs to the module Test',
    'Executing Thief.Box.b failed: the event "Test.Thing.Counted" belongs to the module Test',
    "Executing Thief.Box.b failed: it emits an event of Test.Thnig, which is not a kind of the app",
    "emitted",
  ]);
});

test("a subscription ends with the resource that made it, or with its function", async () => {
  const heard: string[] = [];
  let end = () => {};
  const { kernel } = app({
    kinds: {
      First: { create: () => ({ execute: (_, { emit }) => emit("Poked") }) },
      Second: {
        create(_, ctx) {
          ctx.on("Test.*", (__, { event }) => void heard.push(event));
          ctx.onResourceEvent("Test.First", "a", "Poked", () => void heard.push("resource"));
          end = ctx.on("Test.First.Poked", () => void heard.push("ended"));
          return {};
        },
      },
    },
    resources: [resource("First", "a"), resource("Second", "b")].join("---\n"),
  });
  await kernel.load("/app");
  await kernel.start();
  await kernel.execute("Test.First.a");
  end();
  heard.splice(0);
  await kernel.execute("Test.First.a");
  assert.deepEqual(heard.filter((event) => !/Execut/.test(event)), [
    "resource",
    "Test.First.Poked",
  ]);
  heard.splice(0);
  await kernel.stop();
  // `Test.First.Teardown` comes after the listener is gone.
  assert.deepEqual(heard, []);
});

test("the random numbers and trace ids of two apps with one seed are the same", async () => {
  const results: unknown[] = [];
  for (let run = 0; run < 2; run++) {
    const { kernel } = app({
      kinds: {
        Dice: {
          create: (_, ctx) => ({
            execute: (__, { traceId, spanId }) => [ctx.random(), ctx.random(), traceId, spanId],
          }),
        },
      },
      resources: resource("Dice", "d"),
      seed: 42,
    });
    await kernel.load("/app");
    await kernel.start();
    results.push(await kernel.execute("Test.Dice.d"));
    await kernel.stop();
  }
  assert.deepEqual(results[0], results[1]);
  const [first, second, traceId] = results[0] as [number, number, string];
  assert.ok(first >= 0 && first < 1 && first !== second);
  assert.match(traceId, /^[0-9a-f]{32}$/);
});
