/** The context that controllers receive. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type ControllerContext,
  isDiglyError,
  type ModuleCreateContext,
  type RuntimeResource,
} from "../../../../mod.ts";
import { bootApp } from "../../../../testing.ts";
import { boot } from "./contexts.ts";

test("register receives every member of the author's interface", async () => {
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

test("context methods work when destructured", async () => {
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

test("serve is false in digly exec and true in digly run", async () => {
  for (const serve of [true, false]) {
    const { app, module } = await boot({ serve });
    assert.equal(module.serve, serve);
    await app.stop();
  }
});

test("log records have level, owner and fields", async () => {
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

describe("holds and exits", () => {
  test("a hold may be released twice", async () => {
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

  test("the highest requested exit code wins, also during the boot", async () => {
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

  test("an exit code that is not a byte is rejected", async () => {
    const { app, a } = await boot();
    for (const code of [-1, 256, 1.5, NaN, "2" as never]) {
      assert.throws(() => a.requestExit(code), /an exit code must be an integer from 0 to 255/);
    }
    assert.equal((await app.stop()).exitCode, 0);
  });
});

test("validator leaves the value as it is, and gives one with defaults and conversions", async () => {
  const { app, module } = await boot();
  const list = { type: "array", items: { type: "object", properties: { n: { default: 1 } } } };
  const schema = { type: "object", properties: { size: { type: "integer" }, list } };
  const given = Object.freeze({
    size: "5",
    list: Object.freeze([Object.freeze({}), Object.freeze({ n: 2 })]),
    when: new Date(0),
  });
  const validate = await module.validator(schema, { coerce: true, defaults: true });
  const { violations, value } = validate(given);
  assert.deepEqual(violations, []);
  assert.deepEqual(value, { size: 5, list: [{ n: 1 }, { n: 2 }], when: new Date(0) });
  assert.equal((value as { when: Date }).when, given.when);
  assert.deepEqual(given, { size: "5", list: [{}, { n: 2 }], when: new Date(0) });
  const plain = await module.validator(schema);
  assert.equal(plain(given).value, given);
  const circular: Record<string, unknown> = { size: "5" };
  circular["self"] = circular;
  const { value: copy } = validate(circular) as { value: typeof circular };
  assert.equal(copy["self"], copy);
  assert.equal(copy["size"], 5);
  const hostile = JSON.parse('{ "__proto__": { "size": 7 }, "size": "5" }');
  assert.deepEqual(Object.keys(validate(hostile).value as object), ["__proto__", "size"]);
  await app.stop();
});

test("validator compiles an equal schema once, and says what is wrong with a bad one", async () => {
  const { app, module, a } = await boot();
  const schema = () => ({ type: "object", properties: { n: { type: "integer" } } });
  const validate = await module.validator(schema());
  assert.equal(await a.validator(schema()), validate);
  assert.deepEqual(validate({ n: 1 }), { violations: [], value: { n: 1 } });
  assert.deepEqual(validate({ n: "x" }).violations.map(({ path, message }) => [path, message]), [
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
