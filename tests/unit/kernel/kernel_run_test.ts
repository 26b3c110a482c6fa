/** An app that runs: executions, events, holds and the stop. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import type { Controller } from "../../../src/contract/module.ts";
import { app, resource } from "../app.ts";

const nothing: Controller = { create: () => ({}) };

test("execute goes to the controller, else to the instance", async () => {
  const { kernel } = app({
    resources: [resource("ByName", "a"), resource("ByInstance", "b"), resource("Data", "c")].join(
      "---\n",
    ),
    kinds: {
      ByName: { execute: (name, input) => `${name} ${input}` },
      ByInstance: { create: (self) => ({ execute: (input) => `${self.metadata.name}: ${input}` }) },
    },
    definitions: { Data: "" },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.equal(await kernel.execute("Test.ByName.a", 1), "a 1");
  assert.equal(await kernel.execute("Test.ByInstance.b", 2), "b: 2");
  await assert.rejects(kernel.execute("Test.Data.c"), {
    code: "ERR_EXECUTION_FAILED",
    message: /resources of the kind Test\.Data cannot be executed/,
  });
  await assert.rejects(kernel.execute("Test.ByName.aa"), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_RESOURCE_NOT_FOUND");
    assert.match(error.help!, /Did you mean "Test\.ByName\.a"\?/);
    return true;
  });
});

test("a resource that is not initialised yet cannot be executed", async () => {
  let failed: unknown;
  const { kernel } = app({
    resources: [resource("Early", "a"), resource("Thing", "b")].join("---\n"),
    kinds: {
      Early: {
        create: (_, ctx) => ({
          init: () => ctx.execute("Test.Thing.b").then(() => {}, (error) => void (failed = error)),
        }),
      },
      Thing: { execute: () => 1 },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert(isDiglyError(failed));
  assert.equal(failed.code, "ERR_EXECUTION_FAILED");
  assert.match(failed.message, /not initialised yet/);
});

test("holds keep the runtime alive; requestExit requests an exit code", async () => {
  let release: (() => void) | undefined;
  const { kernel, story } = app({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create(_, ctx) {
          release = ctx.acquireHold("testing");
          return { execute: () => ctx.requestExit(7) };
        },
      },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  await kernel.execute("Test.Thing.a");
  assert.equal(await kernel.waitForExitRequest(), 7);
  release?.();
  await kernel.waitUntilIdle();
  const { exitCode, errors } = await kernel.stop();
  assert.deepEqual([exitCode, errors.length], [7, 0]);
  assert.deepEqual(story().filter((line) => /Blocked|Unblocked/.test(line)), [
    "Runtime.Blocked",
    "Runtime.Unblocked",
  ]);
});

test("resource events reach the listeners of that resource; reserved ones are rejected", async () => {
  const heard: unknown[] = [];
  const { kernel } = app({
    resources: [resource("Thing", "a"), resource("Thing", "b")].join("---\n"),
    kinds: {
      Thing: {
        create: (self, ctx) => {
          const { name } = self.metadata;
          if (name === "a") {
            ctx.onResourceEvent("Test.Thing", "b", "Ready", (payload) => void heard.push(payload));
          }
          return {
            execute: async () => {
              await ctx.emitResourceEvent("Test.Thing", name, "Ready", name);
              await ctx.emit("Done", name);
              await ctx.emitResourceEvent("Test.Thing", name, "Initialized");
            },
          };
        },
      },
    },
  });
  kernel.on("Test.Done", (payload) => void heard.push(`done ${payload}`));
  await kernel.load("runtime.yaml");
  await kernel.start();
  await assert.rejects(kernel.execute("Test.Thing.a"), /reserved/);
  await assert.rejects(kernel.execute("Test.Thing.b"), /reserved/);
  assert.deepEqual(heard, ["done a", "b", "done b"]);
});

test("a listener that throws is logged and does not affect others", async () => {
  const { kernel, logs } = app({ resources: resource("Thing", "a"), kinds: { Thing: nothing } });
  kernel.on("Runtime.Started", () => {
    throw new Error("listener broke");
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.match(
    logs.map(({ message }) => message).join(),
    /Runtime\.Started failed: listener broke/,
  );
});

test("stopping finishes executions, then rejects new ones", async () => {
  let finish: ((value: string) => void) | undefined;
  const { kernel, story } = app({
    resources: resource("Thing", "a"),
    kinds: { Thing: { execute: () => new Promise((resolve) => finish = resolve) } },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  const running = kernel.execute("Test.Thing.a");
  const stopped = kernel.stop();
  assert(!story().includes("Test.Thing.Teardown Test.Thing.a"));
  finish?.("done");
  assert.equal(await running, "done");
  await stopped;
  await assert.rejects(kernel.execute("Test.Thing.a"), { code: "ERR_ABORTED" });
});

test("a module registered in code serves its kinds", async () => {
  const { kernel } = app({ resources: "kind: Code.Thing\nmetadata: { name: a }\n" });
  let registered = 0;
  kernel.register({
    name: "Code",
    definitions: [{ kind: "Code.Thing" }],
    register: () => void registered++,
    execute: (name, input) => `${name} ${input}`,
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.equal(registered, 1);
  assert.equal(await kernel.execute("Code.Thing.a", 1), "a 1");
  assert.equal(kernel.modules.get("Code.Thing")?.name, "Code");
  assert.throws(() => kernel.register({ name: "Late" }), { code: "ERR_MODULE_INVALID" });
});

test("listening to an event that is never emitted logs a warning", async () => {
  const { kernel, logs } = app({
    resources: [resource("Source", "s"), resource("Listener", "l")].join("---\n"),
    kinds: {
      Source: nothing,
      Listener: {
        create(_, ctx) {
          const listener = () => {};
          ctx.onResourceEvent("Test.Source", "s", "Chnged", listener);
          ctx.onResourceEvent("Test.Sorce", "s", "Changed", listener);
          ctx.onResourceEvent("Test.Source", "s", "Changed", listener);
          ctx.onceResourceEvent("Test.Listener", "l", "Anything", listener);
          ctx.on("Test.Source.Teardown", listener);
          ctx.on("Own.Event", listener);
          // @ts-expect-error The compiler knows the runtime's events, too.
          assert.throws(() => ctx.on("Runtime.Startd", listener), {
            code: "ERR_USAGE",
            message: 'The runtime has no event "Runtime.Startd"',
            help: 'Did you mean "Runtime.Started"?',
          });
          ctx.on("Runtime.KindDefinition.Initialized", listener);
          return {};
        },
      },
    },
    definitions: { Source: "events: [Changed]" },
  });
  kernel.on("Test.Source.Canged", () => {});
  // @ts-expect-error The compiler knows the runtime's events, too.
  assert.throws(() => kernel.on("Runtime.Loaded", () => {}), { code: "ERR_USAGE" });
  await kernel.load("runtime.yaml");
  await kernel.start();
  await kernel.stop();
  assert.deepEqual(logs.map(({ owner, message }) => `${owner}: ${message}`), [
    'kernel: Listens to "Canged" of Test.Source, which its definition does not list. ' +
    'Did you mean "Changed"?',
    'Test.Listener.l: Listens to "Chnged" of Test.Source, which its definition does not list. ' +
    'Did you mean "Changed"?',
    'Test.Listener.l: Listens to "Changed" of Test.Sorce.s, whose kind is not defined. ' +
    'Did you mean "Test.Source"?',
  ]);
});
