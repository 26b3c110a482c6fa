/** What controllers are handed: specification §5, decisions D-8, D-25 and D-36. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type ControllerContext,
  type DiglyModule,
  isDiglyError,
  type ModuleCreateContext,
  type RuntimeResource,
} from "../../../mod.ts";
import { bootApp, type TestApp, type TestAppOptions } from "../../../testing.ts";

interface Contexts {
  readonly app: TestApp;
  /** Of `register`. */
  readonly module: ControllerContext;
  /** Of `Test.Thing.a`. */
  readonly a: ModuleCreateContext;
  readonly b: ModuleCreateContext;
}

/** An app with `Test.Thing.a`, `Test.Thing.b` and `Other.Box.c`, each of a module in code. */
async function boot(options: Partial<TestAppOptions> = {}): Promise<Contexts> {
  let registered: ControllerContext | undefined;
  const created = new Map<string, ModuleCreateContext>();
  const test: DiglyModule = {
    name: "Test",
    version: "1.2.3",
    definitions: [{ kind: "Test.Thing" }],
    register: (ctx) => void (registered = ctx),
    create({ metadata: { name } }, ctx) {
      created.set(name, ctx);
      return { execute: () => name };
    },
  };
  const other: DiglyModule = {
    name: "Other",
    definitions: [{ kind: "Other.Box" }],
    create: () => ({ execute: (input) => input }),
  };
  const app = await bootApp({
    manifest: `
      name: App
      ---
      kind: Test.Thing
      metadata: { name: a }
      port: 1
      nested: { list: [1] }
      ---
      kind: Test.Thing
      metadata: { name: b }
      ---
      kind: Other.Box
      metadata: { name: c, team: red }
      password: hunter2
      ---
      kind: Runtime.KindDefinition
      metadata: { name: App.Special }
      extends: Test.Thing
      ---
      kind: App.Special
      metadata: { name: s }
      port: 9
    `,
    modules: [test, other],
    ...options,
  });
  return { app, module: registered!, a: created.get("a")!, b: created.get("b")! };
}

test("register gets everything that the author's interface lists", async () => {
  const { app, module, a } = await boot();
  const members = [
    ...["log", "on", "once", "off", "emit", "acquireHold", "requestExit", "execute"],
    ...["template", "validator", "module", "signal", "serve"],
  ];
  for (const member of members) assert.ok(member in module, member);
  const more = [
    ...["kernel", "getResources", "getResourceByUri", "getResourcesBySourcePath"],
    ...["getResourcesByGenerationDepth", "registerResource", "isInitialized"],
    ...["onResourceEvent", "onceResourceEvent", "offResourceEvent", "emitResourceEvent"],
  ];
  for (const member of [...members, ...more]) assert.ok(member in a, member);
  assert.deepEqual(module.module, { name: "Test", version: "1.2.3" });
  await app.stop();
});

test("the methods work apart from their context", async () => {
  const { app, a } = await boot();
  const { emit, execute, getResources, acquireHold, log, onResourceEvent, emitResourceEvent } = a;
  const heard: unknown[] = [];
  onResourceEvent("Test.Thing", "b", "Done", (payload) => void heard.push(payload));
  await emitResourceEvent("Test.Thing", "b", "Done", 7);
  await emit("Loose", 1);
  acquireHold("apart")();
  log.warn("apart", { n: 1 });
  assert.deepEqual(heard, [7]);
  assert.equal(await execute("Test.Thing.b"), "b");
  assert.equal(getResources("Test.Thing").length, 2);
  assert.ok(app.story().includes("Test.Loose"));
  await app.stop();
});

test("signal is aborted and isInitialized false once the app has stopped", async () => {
  const { app, module, a } = await boot();
  assert.equal(module.signal.aborted, false);
  assert.equal(a.isInitialized("Other.Box.c"), true);
  assert.equal(a.isInitialized("Other.Box.none"), false);
  await app.stop();
  assert.equal(module.signal.aborted, true);
  assert.equal(a.isInitialized("Other.Box.c"), false);
});

test("serve tells digly exec from digly run", async () => {
  for (const serve of [true, false]) {
    const { app, module } = await boot({ serve });
    assert.equal(module.serve, serve);
    await app.stop();
  }
});

test("log lines bear level, owner and fields", async () => {
  const { app, module, a } = await boot();
  for (const level of ["debug", "info", "warn", "error"] as const) a.log[level](level, { level });
  module.log.info("from the module");
  const lines = app.logs.map((
    { level, owner, message, fields },
  ) => [level, owner, message, fields]);
  assert.deepEqual(lines, [
    ...["debug", "info", "warn", "error"].map((level) => [level, "Test.Thing.a", level, { level }]),
    ["info", "Test", "from the module", undefined],
  ]);
  await app.stop();
});

describe("isolation", () => {
  test("a module sees its own kinds whole, those that inherit from them, and of others the metadata", async () => {
    const { app, a } = await boot();
    assert.equal(a.getResources("Test.Thing")[0]?.["port"], 1);
    assert.equal(a.getResources("App.Special")[0]?.["port"], 9);
    const [box] = a.getResources("Other.Box");
    assert.deepEqual(Object.keys(box!), ["kind", "metadata"]);
    assert.equal(box!.metadata["team"], "red");
    const ways = [
      a.kernel.registry.get("Other.Box")?.get("c"),
      a.getResourceByUri(box!.metadata.uri),
      a.getResourcesByGenerationDepth(0).find(({ kind }) => kind === "Other.Box"),
      a.getResourcesBySourcePath(sourceOf(box!.metadata.uri))
        .find(({ kind }) => kind === "Other.Box"),
    ];
    for (const seen of ways) assert.equal(seen, box);
    assert.equal(
      JSON.stringify([...a.kernel.registry.values()].map((names) => [...names]))
        .includes("hunter2"),
      false,
    );
    assert.deepEqual(a.getResources("No.Kind"), []);
    await app.stop();
  });

  test("nothing that a module sees can be changed", async () => {
    const { app, a, b } = await boot();
    const registry = a.kernel.registry as Map<string, Map<string, unknown>>;
    assert.throws(() => registry.delete("Test.Thing"), /read-only/);
    assert.throws(() => registry.clear(), /read-only/);
    assert.throws(() => registry.get("Test.Thing")!.set("x", {}), /read-only/);
    a.getResources("Test.Thing").length = 0;
    const [thing] = b.getResources("Test.Thing");
    assert.equal(thing?.metadata.name, "a");
    assert.throws(() => (thing!["nested"] as { list: number[] }).list.push(2), TypeError);
    const [box] = b.getResources("Other.Box") as Record<string, unknown>[];
    assert.throws(() => box!["password"] = "mine", TypeError);
    assert.throws(() => (a.module as { name: string }).name = "Other", TypeError);
    assert.throws(() => (a.kernel as { execute: unknown }).execute = null, TypeError);
    assert.throws(() => (box!["metadata"] as Record<string, unknown>)["team"] = "x", TypeError);
    await app.stop();
  });
});

describe("events", () => {
  test("a failing listener is logged with its owner, in every way it can fail", async () => {
    const { app, module, a } = await boot();
    const heard: unknown[] = [];
    module.on("Test.Ping", () => {
      throw new Error("threw");
    });
    a.on("Test.*", () => Promise.reject(new Error("rejected")));
    a.onResourceEvent("Test.Thing", "b", "Ping", () => {
      // deno-lint-ignore no-throw-literal
      throw "a string";
    });
    a.on("*", (payload) => void heard.push(payload));
    await module.emit("Ping", 1);
    await a.emitResourceEvent("Test.Thing", "b", "Ping", 2);
    assert.deepEqual(heard, [1, 2]);
    const lines = app.logs.map(({ level, owner, message }) => `${level} ${owner} ${message}`);
    assert.deepEqual(lines, [
      "error Test A listener for Test.Ping failed: threw",
      "error Test.Thing.a A listener for Test.Ping failed: rejected",
      "error Test.Thing.a A listener for Test.Thing.Ping failed: a string",
      "error Test.Thing.a A listener for Test.Thing.Ping failed: rejected",
    ]);
    assert.equal((await app.stop()).exitCode, 0);
  });

  test("the kernel waits for no listener, neither in boot nor in stop", async () => {
    const { app, a } = await boot({
      modules: [{
        name: "Test",
        definitions: [{ kind: "Test.Thing" }, { kind: "Other.Box" }],
        register: (ctx) => ctx.on("*", () => new Promise(() => {})),
        create: () => ({}),
      }],
    });
    assert.equal(a, undefined);
    assert.equal((await app.stop()).exitCode, 0);
    assert.equal(app.story().at(-1), "Runtime.Stopped");
  });

  test("resource events reach only who listens to that resource, once or until off", async () => {
    const { app, a, b } = await boot();
    const heard: string[] = [];
    const keep = (payload: unknown) => void heard.push(`on ${payload}`);
    a.onResourceEvent("Test.Thing", "b", "Ready", keep);
    a.onceResourceEvent(
      "Test.Thing",
      "b",
      "Ready",
      (payload) => void heard.push(`once ${payload}`),
    );
    assert.equal(b.isResourceEventHeard("Test.Thing", "b", "Ready"), true);
    await b.emitResourceEvent("Test.Thing", "b", "Ready", 1);
    await b.emitResourceEvent("Test.Thing", "a", "Ready", 2);
    await b.emitResourceEvent("Test.Thing", "b", "Ready", 3);
    a.offResourceEvent("Test.Thing", "b", "Ready", keep);
    await b.emitResourceEvent("Test.Thing", "b", "Ready", 4);
    assert.deepEqual(heard, ["on 1", "once 1", "on 3"]);
    const [record] = app.events.filter(({ event }) => event === "Test.Thing.Ready");
    const { kind, name, resource, module, payload } = record!;
    assert.deepEqual([kind, name, resource, module, payload], [
      ...["Test.Thing", "b", "Test.Thing.b", "Test", 1],
    ]);
    await app.stop();
  });

  test("a listener that is none is refused where it is given", async () => {
    const { app, a } = await boot();
    assert.throws(() => a.on("Test.Ping", undefined as never), {
      code: "ERR_USAGE",
      message: "A listener for Test.Ping must be a function, not undefined",
    });
    assert.throws(() => app.kernel.on("", () => {}), { code: "ERR_USAGE" });
    assert.throws(() => app.kernel.on("*.Started", () => {}), { code: "ERR_USAGE" });
    await app.stop();
  });

  test("Runtime.Stopped is the last one, whatever a module still does", async () => {
    const { app, a } = await boot();
    await app.stop();
    await a.emit("Late");
    await a.emitResourceEvent("Test.Thing", "a", "Late");
    a.acquireHold("late")();
    assert.equal(app.story().at(-1), "Runtime.Stopped");
    assert.equal(a.isResourceEventHeard("Test.Thing", "a", "Late"), false);
    await assert.rejects(a.execute("Test.Thing.b"), { code: "ERR_ABORTED" });
  });

  test("the life of a resource can be listened to", async () => {
    const { app, a } = await boot();
    let torn = 0;
    a.onResourceEvent("Test.Thing", "b", "Teardown", () => void torn++);
    await app.stop();
    assert.equal(torn, 1);
  });
});

describe("holds and exits", () => {
  test("a hold may be given back twice", async () => {
    const { app, a } = await boot();
    const [first, second] = [a.acquireHold("one"), a.acquireHold("two")];
    first();
    first();
    assert.deepEqual(a.kernel.holds(), [{ owner: "Test.Thing.a", reason: "two" }]);
    second();
    const story = app.story().filter((event) => /Runtime\.(B|Unb)locked/.test(event));
    assert.deepEqual(story, ["Runtime.Blocked", "Runtime.Unblocked"]);
    await app.stop();
  });

  test("the highest exit code that was asked for wins, also while booting", async () => {
    const { app, a } = await boot({
      modules: [{
        name: "Test",
        definitions: [{ kind: "Test.Thing" }, { kind: "Other.Box" }],
        create(_, ctx) {
          for (const code of [3, 9, undefined]) ctx.requestExit(code);
          return {};
        },
      }],
    });
    assert.equal(a, undefined);
    assert.equal(app.kernel.exitCode, 9);
    assert.equal((await app.stop()).exitCode, 9);
  });

  test("an exit code that no process can have is refused", async () => {
    const { app, a } = await boot();
    for (const code of [-1, 256, 1.5, NaN, "2" as never]) {
      assert.throws(() => a.requestExit(code), /an exit code is a whole number from 0 to 255/);
    }
    assert.equal((await app.stop()).exitCode, 0);
  });
});

test("validator compiles an equal schema once, and says what is wrong with a bad one", async () => {
  const { app, module, a } = await boot();
  const schema = () => ({ type: "object", properties: { n: { type: "integer" } } });
  const validate = await module.validator(schema());
  assert.equal(await a.validator(schema()), validate);
  assert.deepEqual(validate({ n: 1 }), []);
  assert.deepEqual(validate({ n: "x" }).map(({ path, message }) => [path, message]), [
    [["n"], "must be an integer"],
  ]);
  assert.notEqual(await a.validator(schema(), { coerce: true }), validate);
  const circular: Record<string, unknown> = { type: "object" };
  circular["properties"] = { again: circular };
  for (const bad of [{ type: "objekt" }, 7, undefined, null, circular]) {
    await assert.rejects(
      module.validator(bad),
      (error) => isDiglyError(error) && error.code === "ERR_SCHEMA_VALIDATION",
    );
  }
  await app.stop();
});

test("template names the expression that fails and its place in the manifest", async () => {
  const seen: {
    resource?: RuntimeResource;
    ctx?: ModuleCreateContext;
    module?: ControllerContext;
  } = {};
  await using app = await bootApp({
    manifest: `
      name: App
      ---
      kind: Test.Thing
      metadata: { name: a }
      text: "hello \${{ input.nme }}"
      deep:
        - plain
        - one: \${{ input.n + 1 }}
    `,
    modules: [{
      name: "Test",
      definitions: [{ kind: "Test.Thing", scope: ["input"] }],
      register: (ctx) => void (seen.module = ctx),
      create(resource, ctx) {
        Object.assign(seen, { resource, ctx });
        const build = ctx.template(resource["deep"]);
        return { execute: (input) => build({ input }) };
      },
    }],
  });
  assert.deepEqual(await app.execute("Test.Thing.a", { n: 1 }), ["plain", { one: 2 }]);
  assert.equal(seen.ctx!.template("\${{ 1 + 1 }} is text")({}), "\${{ 1 + 1 }} is text");
  const ofResource = seen.ctx!.template(seen.resource!["text"]);
  const ofModule = seen.module!.template(seen.resource!["text"]);
  const places: (number | undefined)[][] = [];
  for (const evaluate of [ofResource, ofResource, ofModule]) {
    assert.throws(() => evaluate({ input: { name: "x" } }), (error) => {
      assert(isDiglyError(error));
      assert.equal(error.code, "ERR_EXECUTION_FAILED");
      assert.match(error.message, /^Executing Test\S* failed: input has no field "nme"$/);
      places.push([error.origin?.line, error.origin?.column]);
      return true;
    });
  }
  await assert.rejects(app.execute("Test.Thing.a", { n: "x" }), (error) => {
    assert(isDiglyError(error));
    places.push([error.origin?.line, error.origin?.column]);
    return true;
  });
  assert.deepEqual(places, [[5, 24], [5, 24], [5, 24], [8, 14]]);
});

/** The path of a `file:` URI without its fragment. */
function sourceOf(uri: string): string {
  return decodeURIComponent(new URL(uri).pathname);
}
