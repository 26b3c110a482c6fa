import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AppView,
  EventsView,
  ExecutionsView,
  ExecutionView,
  GraphView,
  HttpRequestResult,
  LogsView,
  ReloadsView,
  ResourcesView,
  ResourceView,
  SavedTest,
  SnapshotsView,
} from "../../../src/inspector/api.ts";
import { app, resource } from "../app.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { inspect, startInspected } from "./inspected_app.ts";

/** `Outer` executes `Inner`, which fails for 13. */
const kinds = {
  Outer: {
    execute: (
      _name: string,
      input: unknown,
      ctx: { execute(urn: string, input: unknown): unknown },
    ) => ctx.execute("Test.Inner.i", input),
  },
  Inner: {
    execute(_name: string, input: unknown) {
      if (input === 13) throw new Error("13 is not lucky");
      return { doubled: Number(input) * 2 };
    },
  },
};
const resources = `${resource("Outer", "o", "uses: Test.Inner.i")}---\n${resource("Inner", "i")}`;

test("the app, its resources and their connections", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({ kinds, resources, ...inspected.options });
  await startInspected(t, inspected, kernel);
  const view = await inspected.get<AppView>("app");
  assert.equal(view.name, "App");
  assert.equal(view.state, "started");
  assert.equal(view.generation, 1);

  const { items } = await inspected.get<ResourcesView>("resources");
  assert.deepEqual(
    items.map(({ urn, module, state, file, line }) => [urn, module, state, file, line]),
    [
      ["Test.Outer.o", "Test", "initialised", "runtime.yaml", 5],
      ["Test.Inner.i", "Test", "initialised", "runtime.yaml", 9],
    ],
  );
  assert.ok(items.every(({ isExecutable }) => isExecutable));

  await kernel.execute("Test.Outer.o", 1);
  const { nodes, edges } = await inspected.get<GraphView>("graph");
  assert.equal(nodes.length, 2);
  assert.deepEqual(
    edges.map(({ from, to, reasons, activity }) => [from, to, reasons, activity.executions]),
    [["Test.Outer.o", "Test.Inner.i", ["execution"], 1]],
  );
});

test("one resource with its source, fields and latest executions", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({
    kinds,
    resources: `# Doubles numbers.\n${
      resource("Inner", "i", "size: ${ env.GREETING }\nlist: [1]")
    }`,
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  await kernel.execute("Test.Inner.i", 2);
  const view = await inspected.get<ResourceView>("resources/Test.Inner.i");
  assert.deepEqual(view.fields, { size: "hello", list: [1] });
  assert.match(view.source.text, /^# Doubles numbers\.\nkind: Test\.Inner\n/);
  assert.equal(view.source.firstLine, 5);
  assert.deepEqual(
    view.origins.map(({ path, via, name, line }) => [path, via, name, line]),
    [
      [["size"], "environment", "GREETING", 8],
      [["list", 0], "manifest", undefined, 9],
    ],
  );
  assert.deepEqual(view.executions.map(({ urn, state }) => [urn, state]), [[
    "Test.Inner.i",
    "done",
  ]]);
  const missing = await inspected.refused("/api/v1/resources/Test.Inner.j");
  assert.equal(missing.status, 404);
  assert.equal(missing.help, 'Did you mean "Test.Inner.i"?');
});

test("an execution with its spans, input, output and error", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({ kinds, resources, ...inspected.options });
  await startInspected(t, inspected, kernel);
  const done = await inspected.post<ExecutionView>("executions", { urn: "Test.Outer.o", input: 4 });
  assert.equal(done.state, "done");
  assert.equal(done.startedBy, "inspector");
  assert.equal(done.input, 4);
  assert.deepEqual(done.output, { doubled: 8 });
  assert.deepEqual(done.items.map(({ urn, parent }) => [urn, parent]), [
    ["Test.Outer.o", undefined],
    ["Test.Inner.i", done.id],
  ]);
  assert.equal(done.command, "digly exec runtime.yaml Test.Outer.o --input 4");

  const failed = await inspected.post<ExecutionView>("executions", {
    urn: "Test.Outer.o",
    input: 13,
  });
  assert.equal(failed.state, "failed");
  assert.equal(failed.failure?.code, "ERR_EXECUTION_FAILED");
  assert.match(failed.failure?.message ?? "", /13 is not lucky/);
  assert.equal(failed.failure?.place?.line, 9);
  assert.match(failed.failure?.frame ?? "", /kind: Test\.Inner/);

  const list = await inspected.get<ExecutionsView>("executions?failed=true");
  assert.deepEqual(list.items.map(({ id }) => id), [failed.id]);
  const later = await inspected.get<ExecutionsView>(`executions?after=${done.seq}`);
  assert.deepEqual(later.items.map(({ id }) => id), [failed.id]);
  const inner = await inspected.get<ExecutionsView>("executions?resource=Test.Inner.i");
  assert.equal(inner.items.length, 2);
});

test("an execution is sampled when many run, and a failure is noted nevertheless", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({ kinds, resources, ...inspected.options });
  await startInspected(t, inspected, kernel);
  for (let count = 0; count < 100; count++) await kernel.execute("Test.Inner.i", count % 10);
  await assert.rejects(kernel.execute("Test.Inner.i", 13));
  const { items } = await inspected.get<ExecutionsView>("executions?limit=2000");
  assert.equal(items.length, 11);
  const last = items.at(-1)!;
  assert.equal(last.detail, "outline");
  assert.match(last.error?.message ?? "", /13 is not lucky/);
  const { items: [inner] } = await inspected.get<ResourcesView>("resources").then(
    ({ items }) => ({ items: items.filter(({ urn }) => urn === "Test.Inner.i") }),
  );
  assert.equal(inner?.activity.executions, 101);
  assert.equal(inner?.activity.errors, 1);
  assert.equal(inner?.activity.perSecond, 101);
  inspected.setTime(1_060_000);
  const quiet = await inspected.get<ResourceView>("resources/Test.Inner.i");
  assert.equal(quiet.activity.executions, 101);
  assert.equal(quiet.activity.perSecond, 0);
});

test("the value of every expression of a request at its place", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({
    kinds: { Inner: kinds.Inner },
    imports: ["digly:http"],
    builtins: embedded,
    serve: false,
    resources: [
      "kind: Http.Server\nmetadata: { name: Main }\nport: 0\nmounts: [{ type: Http.Route.R }]\n",
      'kind: Http.Route\nmetadata: { name: R }\nrequest: { path: "/double/:n" }\nhandler:\n' +
      "  name: Test.Inner.i\n  inputs: ${{ int(request.params.n) }}\n" +
      'response:\n  body: { text: "It is ${{ result.doubled }} for ${{ request.params.n }}" }\n',
      resource("Inner", "i"),
    ].join("---\n"),
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const response = await inspected.post<HttpRequestResult>("requests", {
    method: "GET",
    path: "/double/21",
  });
  assert.equal(response.status, 200);
  assert.equal(response.body, '{"text":"It is 42 for 21"}');
  assert.equal(response.command, "curl -i http://127.0.0.1:0/double/21");
  const [id] = response.executions;
  const view = await inspected.get<ExecutionView>(`executions/${id}`);
  assert.equal(view.isRequest, true);
  assert.deepEqual(view.items.map(({ urn }) => urn), ["Http.Route.R", "Test.Inner.i"]);
  assert.deepEqual(
    view.expressions.map(({ urn, source, value, line, column }) => [
      urn,
      source,
      value,
      line,
      column,
    ]),
    [
      ["Http.Route.R", "int(request.params.n)", 21, 15, 15],
      ["Http.Route.R", "result.doubled", 42, 17, 28],
      ["Http.Route.R", "request.params.n", "21", 17, 54],
    ],
  );
  const { edges } = await inspected.get<GraphView>("graph");
  const edge = edges.find(({ from, to }) => from === "Http.Route.R" && to === "Test.Inner.i");
  assert.equal(edge?.activity.executions, 1);
  const refused = await inspected.post<HttpRequestResult>("requests", {
    method: "GET",
    path: "/double/many",
  });
  const failed = await inspected.get<ExecutionView>(`executions/${refused.executions[0]}`);
  assert.equal(failed.state, "failed");
  assert.match(failed.expressions[0]?.error ?? "", /cannot convert/);
  assert.equal(failed.failure?.place?.line, 15);
  assert.match(failed.failure?.frame ?? "", /int\(request\.params\.n\)/);
  const saved = await inspected.post<SavedTest>(`executions/${id}/test`, { name: "Doubles" });
  assert.equal(saved.fileName, "doubles.test.yaml");
  assert.match(saved.yaml, /path: \/double\/21/);
  assert.match(saved.yaml, /step\.run\.response\.status == 200/);
});

test("events, log lines and snapshots, with filters", async (t) => {
  const inspected = await inspect(t);
  const { kernel } = app({
    kinds: {
      Inner: {
        create: (_resource: unknown, ctx: { log: { warn(message: string): void } }) => ({
          init: () => ctx.log.warn("It is late"),
          snapshot: () => ({ depth: 3 }),
        }),
      },
    },
    resources: resource("Inner", "i"),
    ...inspected.options,
  });
  await startInspected(t, inspected, kernel);
  const events = await inspected.get<EventsView>("events?name=Test.*");
  assert.deepEqual(events.items.map(({ event, resource }) => [event, resource]), [
    ["Test.Inner.Initialized", "Test.Inner.i"],
  ]);
  const none = await inspected.get<EventsView>(`events?after=${events.next}`);
  assert.deepEqual(none.items, []);
  const logs = await inspected.get<LogsView>("logs?level=warn&text=LATE");
  assert.deepEqual(logs.items.map(({ owner, message }) => [owner, message]), [
    ["Test.Inner.i", "It is late"],
  ]);
  const snapshots = await inspected.get<SnapshotsView>("snapshots");
  assert.deepEqual(snapshots.items.map(({ urn, snapshot }) => [urn, snapshot]), [
    ["Test.Inner.i", { depth: 3 }],
  ]);
});

test("reloads with what changed, and one with a mistake", async (t) => {
  const inspected = await inspect(t);
  const { kernel, platform } = app({ kinds, resources, ...inspected.options });
  await startInspected(t, inspected, kernel);
  const text = new TextDecoder().decode(platform.files.readBytes("file:///app/runtime.yaml", 1e6));
  platform.writeFile("/app/runtime.yaml", `${text}size: 2\n---\n${resource("Inner", "j")}`);
  await kernel.reload();
  platform.writeFile("/app/runtime.yaml", `${text}---\nkind: Test.Innner\nmetadata: { name: j }\n`);
  await assert.rejects(kernel.reload());
  const { items } = await inspected.get<ReloadsView>("reloads");
  assert.deepEqual(
    items.map(({ outcome, changed, added, generation }) => [outcome, changed, added, generation]),
    [
      ["reloaded", ["Test.Inner.i"], ["Test.Inner.j"], 2],
      ["failed", [], [], 2],
    ],
  );
  assert.equal(items[1]?.error?.place?.file, "runtime.yaml");
  assert.equal((await inspected.get<AppView>("app")).generation, 2);
});
