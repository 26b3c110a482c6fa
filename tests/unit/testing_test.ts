import assert from "node:assert/strict";
import { test } from "node:test";
import { defineController } from "../../src/contract/author.ts";
import { isDiglyError } from "../../mod.ts";
import { bootApp, TestClock } from "../../testing.ts";

const echo = defineController<{ prefix: string }>({
  create: ({ prefix }, ctx) => ({
    init: () => ctx.log.info("Ready"),
    execute: (input) => `${prefix}${input}`,
  }),
});

test("boots an app in memory, with modules in code, and records what happens", async () => {
  const app = await bootApp({
    manifest: `
      name: Test
      imports: [digly:javascript]
      resources: [more.yaml]
      ---
      kind: Echo.Say
      metadata: { name: a }
      prefix: "\${env.PREFIX}"
    `,
    files: {
      "more.yaml": "kind: JavaScript.Script\nmetadata: { name: Double }\n" +
        'code: "function main(n) { return n * 2 }"\n',
    },
    modules: [{
      name: "Echo",
      definitions: [{ kind: "Echo.Say" }],
      controllers: { "Echo.Say": echo },
    }],
    env: { PREFIX: "hi " },
  });
  assert.equal(await app.execute("Echo.Say.a", "you"), "hi you");
  assert.equal(await app.execute("JavaScript.Script.Double", 21), 42);
  assert.deepEqual(app.logs.map(({ owner, message }) => [owner, message]), [
    ["Echo.Say.a", "Ready"],
  ]);
  assert.ok(app.story().includes("Echo.Say.Initialized Echo.Say.a"));
  assert.equal((await app.stop()).exitCode, 0);
  assert.equal(app.story().at(-1), "Runtime.Stopped");
});

test("boots an app from the disk", async () => {
  await using app = await bootApp({
    path: new URL("../../examples/hello-world/runtime.yaml", import.meta.url),
    serve: false,
  });
  assert.ok(app.story().includes("Runtime.Started"));
});

test("throws what digly run would show", async () => {
  await assert.rejects(
    bootApp({ manifest: "name: Test\n---\nkind: No.Kind\nmetadata: { name: a }\n" }),
    (error) => isDiglyError(error) && error.code === "ERR_CONTROLLER_NOT_FOUND",
  );
});

const REMINDER = `
  name: Test
  imports: [digly:javascript]
  ---
  kind: Shop.Reminder
  metadata: { name: Daily }
  ---
  kind: JavaScript.Script
  metadata: { name: Send }
  inputSchema: { to: string }
  code: "function main() { throw new Error('sends a mail') }"
`;

const reminder = defineController({
  create: (_, ctx) => ({
    start() {
      const remind = async () => {
        await ctx.execute("JavaScript.Script.Send", { to: "Ada" });
        await ctx.emit("Reminded", { at: ctx.clock.now() });
        ctx.clock.setTimeout(() => void remind(), 1_000);
      };
      ctx.clock.setTimeout(() => void remind(), 1_000);
    },
    async execute(_, { clock }) {
      await clock.sleep(5_000);
      return clock.now();
    },
  }),
});

const shop = {
  name: "Shop",
  definitions: [{ kind: "Shop.Reminder" }],
  controllers: { "Shop.Reminder": reminder },
};

test("fakes are executed instead of resources, and a test clock moves time", async () => {
  const sent: unknown[] = [];
  const clock = new TestClock(Date.UTC(2026, 0, 1));
  await using app = await bootApp({
    manifest: REMINDER,
    modules: [shop],
    clock,
    fakes: {
      "JavaScript.Script.Send": (input, { urn }) => void sent.push([urn, input]),
    },
  });
  await clock.advance(999);
  assert.deepEqual(sent, []);
  await clock.advance(2_001);
  const one = ["JavaScript.Script.Send", { to: "Ada" }];
  assert.deepEqual(sent, [one, one, one]);
  const record = await app.waitFor(
    "Shop.Reminded",
    ({ payload }) => (payload as { at: number }).at === Date.UTC(2026, 0, 1) + 3_000,
  );
  assert.equal(record.source, "Shop.Reminder.Daily");
  const result = app.execute("Shop.Reminder.Daily");
  await clock.advance(5_000);
  assert.equal(await result, Date.UTC(2026, 0, 1) + 8_000);
  await assert.rejects(app.execute("JavaScript.Script.Send", { to: 7 }), {
    code: "ERR_INPUT_INVALID",
    message: "The input of JavaScript.Script.Send is invalid: `to` must be a string",
  });
});

test("deadlines, timeouts of routes and times to live follow the test clock", async () => {
  const clock = new TestClock();
  const reasons: string[] = [];
  await using app = await bootApp({
    manifest: `
      name: Test
      imports: [digly:http, digly:kv]
      ---
      kind: Slow.Work
      metadata: { name: A }
      ---
      kind: Http.Server
      metadata: { name: Main }
      timeouts: { handler: 20s }
      ---
      kind: Http.Route
      metadata: { name: Work }
      request: { path: /work }
      handler: Slow.Work.A
      ---
      kind: Kv.Store
      metadata: { name: Main }
      url: "memory:"
      ---
      kind: Kv.Set
      metadata: { name: Put }
      store: Kv.Store.Main
      key: a
      value: 1
      ttl: 60s
      ---
      kind: Kv.Get
      metadata: { name: Look }
      store: Kv.Store.Main
      key: a
    `,
    modules: [{
      name: "Slow",
      definitions: [{ kind: "Slow.Work" }],
      controllers: {
        "Slow.Work": defineController({
          create: () => ({
            execute: (_, { signal, deadline }) =>
              new Promise(() => {
                signal.addEventListener("abort", () => {
                  reasons.push(`${(signal.reason as Error).name} at ${clock.now()} of ${deadline}`);
                });
              }),
          }),
        }),
      },
    }],
    serve: false,
    clock,
  });
  await app.execute("Kv.Set.Put");
  const late = assert.rejects(app.execute("Slow.Work.A", null, { deadline: clock.now() + 1_000 }), {
    code: "ERR_ABORTED",
    message: "Slow.Work.A was aborted: its deadline has passed",
  });
  const response = app.fetch("/work");
  await clock.advance(1_000);
  await late;
  await clock.advance(20_000);
  assert.equal((await response).status, 504);
  assert.deepEqual(reasons, ["TimeoutError at 1000 of 1000", "TimeoutError at 20000 of 20000"]);
  assert.equal(await app.execute("Kv.Get.Look"), 1);
  await clock.advance(40_000);
  assert.equal(await app.execute("Kv.Get.Look"), null);
  const done = app.execute("Kv.Get.Look", null, { deadline: clock.now() + 1_000 });
  await done;
  assert.equal(clock.pending, 0);
});

test("the controller of a faked resource is not imported, and a misspelt fake is an error", async () => {
  const files = {
    "mail/module.yaml": "name: Mail\ndefinitions: [send.yaml]\n",
    "mail/send.yaml": "kind: Runtime.Definition\nmetadata: { name: Send, resourceKind: Send }\n" +
      "controllers: [{ runtime: node@>=99, entrypoint: ./send.ts }]\n",
    "mail/send.ts": "throw new Error('imported')",
  };
  const manifest = "name: Test\nimports: [./mail]\n---\nkind: Mail.Send\nmetadata: { name: A }\n";
  await using app = await bootApp({ manifest, files, fakes: { "Mail.Send.A": () => "faked" } });
  assert.equal(await app.execute("Mail.Send.A"), "faked");
  await assert.rejects(bootApp({ manifest, files }), { code: "ERR_RUNTIME_MISMATCH" });
  await assert.rejects(
    bootApp({ manifest, files, fakes: { "Mail.Send.A": () => 1, "Mail.Send.B": () => 1 } }),
    { code: "ERR_USAGE", message: "The fake Mail.Send.B does not name a resource of the app" },
  );
});

test("a resource that uses a mocked one in code has to be mocked as well", async () => {
  const manifest = `
    name: Test
    imports: [digly:sql]
    ---
    kind: Sql.Connection
    metadata: { name: Main }
    url: "sqlite::memory:"
    ---
    kind: Sql.Query
    metadata: { name: One }
    connection: Sql.Connection.Main
    text: SELECT 1
  `.replaceAll("\n    ", "\n");
  await assert.rejects(bootApp({ manifest, fakes: { "Sql.Connection.Main": () => null } }), {
    code: "ERR_CREATE_FAILED",
    message: "Creating Sql.Query.One failed: it uses Sql.Connection.Main, which is mocked, " +
      "and a mock can only be executed",
    help: "Mock Sql.Query.One as well, or do not mock Sql.Connection.Main",
  });
});

test("fetch goes through the routes without a port", async () => {
  const manifest = `
    name: Test
    imports: [digly:http, digly:javascript]
    ---
    kind: Http.Server
    metadata: { name: Main }
    port: 1
    mounts: [{ path: /v1, type: Http.Route.Hello }]
    ---
    kind: Http.Server
    metadata: { name: Other }
    port: 2
    hosts: [other.example]
    mounts: [{ type: Http.Route.Other }]
    ---
    kind: Http.Route
    metadata: { name: Hello }
    request: { method: POST, path: "/hello/:name" }
    handler: JavaScript.Script.Hello
    ---
    kind: Http.Route
    metadata: { name: Other }
    request: { path: / }
    response: { body: other }
    ---
    kind: JavaScript.Script
    metadata: { name: Hello }
    code: "const main = ({ params, body }) => [params.name, body]"
  `;
  await using app = await bootApp({ manifest, serve: false });
  const response = await app.fetch("/v1/hello/Ada", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"a":1}',
  });
  assert.deepEqual([response.status, await response.json()], [200, ["Ada", { a: 1 }]]);
  assert.equal((await app.fetch("/nothing")).status, 404);
  assert.equal(await (await app.fetch("http://other.example/")).text(), '"other"');
  assert.equal(await (await app.fetch(new Request("http://other.example:2/"))).text(), '"other"');
  assert.ok(!app.story().some((event) => event.startsWith("Http.Server.Listening")));
});

test("fetch works beside a server that listens, and needs one", async () => {
  const manifest = "name: Test\nimports: [digly:http]\n---\nkind: Http.Server\n" +
    "metadata: { name: Main }\nport: 0\n---\nkind: Http.Route\nmetadata: { name: R }\n" +
    "request: { path: / }\nresponse: { body: hi }\n";
  await using app = await bootApp({ manifest });
  assert.equal(await (await app.fetch("/")).text(), '"hi"');
  await using without = await bootApp({ manifest: "name: Test" });
  await assert.rejects(without.fetch("/"), { code: "ERR_USAGE" });
});

test("waitFor waits for an event to come, and says what came instead", async () => {
  await using app = await bootApp({
    manifest: "name: Test\nimports: [digly:javascript]\n---\nkind: JavaScript.Script\n" +
      "metadata: { name: A }\ncode: \"const main = (n, { emit }) => emit('Order.Placed', n)\"\n",
  });
  const coming = app.waitFor("Order.Placed", ({ payload }) => payload === 2);
  await app.execute("JavaScript.Script.A", 1);
  await app.execute("JavaScript.Script.A", 2);
  assert.equal((await coming).payload, 2);
  await assert.rejects(app.waitFor("Order.Plaecd", undefined, 10), {
    code: "ERR_ABORTED",
    message: "The event Order.Plaecd was not emitted within 10 ms",
    help: 'Did you mean "Order.Placed"?',
  });
  await assert.rejects(app.waitFor("Order.Placed", () => false, 10), /None of 2 events/);
});

test("a test clock keeps the order of timers, cancels them, and refuses impossible times", async () => {
  const clock = new TestClock();
  const calls: string[] = [];
  clock.setTimeout(() => calls.push("late"), 20);
  clock.setTimeout(() => calls.push("first"), 10);
  clock.setTimeout(() => calls.push("second"), 10);
  clock.setTimeout(() => calls.push("never"), 5)();
  const controller = new AbortController();
  const slept = clock.sleep(15, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(slept, /enough/);
  await clock.advance(10);
  assert.deepEqual([calls, clock.now(), clock.pending], [["first", "second"], 10, 1]);
  await assert.rejects(clock.advance(-1), { code: "ERR_USAGE" });
  assert.throws(() => new TestClock(NaN), { code: "ERR_USAGE" });
});

test("a seed makes random numbers and trace ids repeatable", async () => {
  const numbers: unknown[] = [];
  for (let run = 0; run < 2; run++) {
    await using app = await bootApp({
      manifest: "name: Test\n---\nkind: Dice.Die\nmetadata: { name: A }\n",
      modules: [{
        name: "Dice",
        definitions: [{ kind: "Dice.Die" }],
        controllers: {
          "Dice.Die": {
            create: (_, ctx) => ({ execute: (__, { traceId }) => [ctx.random(), traceId] }),
          },
        },
      }],
      seed: 7,
    });
    numbers.push(await app.execute("Dice.Die.A"));
  }
  assert.deepEqual(numbers[0], numbers[1]);
});
