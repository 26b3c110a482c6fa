/** How modules are isolated from each other: registry views and listeners. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { boot } from "./contexts.ts";

describe("isolation", () => {
  test("a module sees full resources of its own and inherited kinds, and only metadata of others", async () => {
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
    for (let at: object = a; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      if (at !== a) assert(Object.isFrozen(at));
    }
    await app.stop();
  });

  test("the methods of a context can be taken out of it, and belong to its resource", async () => {
    const { app, a, b } = await boot();
    for (const name of ["emit", "use", "getResources", "onResourceEvent", "problem", "template"]) {
      const read = (from: object) => (from as Record<string, unknown>)[name];
      assert.equal(typeof read(a), "function", name);
      assert.equal(read(a), read(a), name);
      if (name !== "template") assert.notEqual(read(a), read(b), name);
    }
    const owners: unknown[] = [];
    const { acquireHold, waitFor, getResources, originAt } = b;
    const release = acquireHold("a reason");
    owners.push(...a.kernel.holds().map(({ owner }) => owner));
    release();
    assert.deepEqual(owners, ["Test.Thing.b"]);
    assert.equal(waitFor("Test.Thing.a"), null);
    assert.equal(getResources("Test.Thing").length, 2);
    assert.equal(originAt(["metadata", "name"])?.line, b.originAt(["metadata", "name"])?.line);
    await app.stop();
  });
});

describe("events", () => {
  test("a failing listener is logged with its owner, in every way it can fail", async () => {
    const { app, module, a } = await boot();
    const received: unknown[] = [];
    module.on("Test.Ping", () => {
      throw new Error("threw");
    });
    a.on("Test.*", () => Promise.reject(new Error("rejected")));
    a.onResourceEvent("Test.Thing", "b", "Ping", () => {
      // deno-lint-ignore no-throw-literal
      throw "a string";
    });
    a.on("*", (payload) => void received.push(payload));
    await module.emit("Ping", 1);
    await a.emitResourceEvent("Test.Thing", "b", "Ping", 2);
    assert.deepEqual(received, [1, 2]);
    const lines = app.logs.map(({ level, owner, message }) => `${level} ${owner} ${message}`);
    assert.deepEqual(lines, [
      "error Test A listener for Test.Ping failed: threw",
      "error Test.Thing.a A listener for Test.Ping failed: rejected",
      "error Test.Thing.a A listener for Test.Thing.Ping failed: a string",
      "error Test.Thing.a A listener for Test.Thing.Ping failed: rejected",
    ]);
    assert.equal((await app.stop()).exitCode, 0);
  });

  test("the kernel does not wait for listeners, neither in boot nor in stop", async () => {
    const { app, a } = await boot({
      modules: [{
        name: "Test",
        definitions: [{ kind: "Test.Thing" }, { kind: "Other.Box" }],
        register: (ctx) => void ctx.on("*", () => new Promise(() => {})),
        create: () => ({}),
      }],
    });
    assert.equal(a, undefined);
    assert.equal((await app.stop()).exitCode, 0);
    assert.equal(app.story().at(-1), "Runtime.Stopped");
  });

  test("resource events reach only who listens to that resource, once or until off", async () => {
    const { app, a, b } = await boot();
    const received: string[] = [];
    const keep = (payload: unknown) => void received.push(`on ${payload}`);
    a.onResourceEvent("Test.Thing", "b", "Ready", keep);
    a.onceResourceEvent(
      "Test.Thing",
      "b",
      "Ready",
      (payload) => void received.push(`once ${payload}`),
    );
    assert.equal(b.hasResourceListeners("Test.Thing", "b", "Ready"), true);
    await b.emitResourceEvent("Test.Thing", "b", "Ready", 1);
    await b.emitResourceEvent("Test.Thing", "a", "Ready", 2);
    await b.emitResourceEvent("Test.Thing", "b", "Ready", 3);
    a.offResourceEvent("Test.Thing", "b", "Ready", keep);
    await b.emitResourceEvent("Test.Thing", "b", "Ready", 4);
    assert.deepEqual(received, ["on 1", "once 1", "on 3"]);
    const [record] = app.events.filter(({ event }) => event === "Test.Thing.Ready");
    const { kind, name, resource, module, payload } = record!;
    assert.deepEqual([kind, name, resource, module, payload], [
      ...["Test.Thing", "b", "Test.Thing.b", "Test", 1],
    ]);
    await app.stop();
  });

  test("a listener that is not a function is rejected by on()", async () => {
    const { app, a } = await boot();
    assert.throws(() => a.on("Test.Ping", undefined as never), {
      code: "ERR_USAGE",
      message: "A listener for Test.Ping must be a function, not undefined",
    });
    assert.throws(() => app.kernel.on("", () => {}), { code: "ERR_USAGE" });
    assert.throws(() => app.kernel.on("*.Started", () => {}), { code: "ERR_USAGE" });
    await app.stop();
  });

  test("Runtime.Stopped is the last event, whatever a module still does", async () => {
    const { app, a } = await boot();
    await app.stop();
    await a.emit("Late");
    await a.emitResourceEvent("Test.Thing", "a", "Late");
    a.acquireHold("late")();
    assert.equal(app.story().at(-1), "Runtime.Stopped");
    assert.equal(a.hasResourceListeners("Test.Thing", "a", "Late"), false);
    await assert.rejects(a.execute("Test.Thing.b"), { code: "ERR_ABORTED" });
  });

  test("the life cycle of a resource emits events", async () => {
    const { app, a } = await boot();
    let torn = 0;
    a.onResourceEvent("Test.Thing", "b", "Teardown", () => void torn++);
    await app.stop();
    assert.equal(torn, 1);
  });
});

/** The path of a `file:` URI without its fragment. */
function sourceOf(uri: string): string {
  return decodeURIComponent(new URL(uri).pathname);
}
