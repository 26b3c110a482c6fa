/** Executing and registering before the app has started. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Controller,
  type DiglyError,
  isDiglyError,
  type ModuleCreateContext,
} from "../../../../mod.ts";
import { app, resource } from "../../app.ts";

async function failure(promise: Promise<unknown>): Promise<DiglyError> {
  const error = await promise.then(() => assert.fail("it did not fail"), (thrown) => thrown);
  assert(isDiglyError(error));
  return error;
}

test("a resource can be executed from its own init's end, not before", async () => {
  const reports: string[] = [];
  const say = async (what: string, promise: Promise<unknown>) => {
    reports.push(`${what}: ${await promise.catch((error: DiglyError) => error.message)}`);
  };
  const controller: Controller = {
    register: (ctx) => say("register", ctx.execute("Test.Thing.a")),
    async create({ metadata: { name } }, ctx) {
      await say(`create ${name}`, ctx.execute("Test.Thing.a"));
      return {
        init: () => say(`init ${name}`, ctx.kernel.execute("Test.Thing.a")),
        execute: () => "done",
      };
    },
  };
  const { kernel } = app({
    resources: [resource("Thing", "a"), resource("Thing", "b")].join("---\n"),
    kinds: { Thing: controller },
  });
  await kernel.load("/app");
  await say("loaded", kernel.execute("Test.Thing.a"));
  await kernel.start();
  const early = "Executing Test.Thing.a failed: it is not initialised yet";
  assert.deepEqual(reports, [
    "loaded: Executing Test.Thing.a failed: it is not running",
    `register: ${early}`,
    `create a: ${early}`,
    `init a: ${early}`,
    "create b: done",
    "init b: done",
  ]);
  await kernel.stop();
});

test("a resource may be registered from init, and from an execution while booting", async () => {
  const { kernel } = app({
    resources: [resource("Maker", "m"), resource("Caller", "c")].join("---\n"),
    kinds: {
      Maker: {
        create: (_, ctx) => ({
          init: () => ctx.registerResource({ kind: "Test.Made", metadata: { name: "one" } }),
          execute: () => ctx.registerResource({ kind: "Test.Made", metadata: { name: "two" } }),
        }),
      },
      Caller: {
        create: (_, ctx) => ({ init: () => void ctx.execute("Test.Maker.m") }),
      },
      Made: { create: ({ metadata: { name } }) => ({ execute: () => name }) },
    },
  });
  await kernel.load("/app");
  await kernel.start();
  for (const name of ["one", "two"]) {
    assert.equal(await kernel.execute(`Test.Made.${name}`), name);
  }
  const { metadata } = kernel.registry.get("Test.Made")!.get("two")!;
  assert.equal(metadata.uri, "file:///app/runtime.yaml#Test.Maker.m/Test.Made.two");
  assert.equal(metadata.generationDepth, 1);
  await kernel.stop();
});

test("a listener of Runtime.Started cannot register resources", async () => {
  let refused: unknown;
  const { kernel } = app({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create(_, ctx) {
          ctx.on("Runtime.Started", () => {
            try {
              ctx.registerResource({ kind: "Test.Thing", metadata: { name: "late" } });
            } catch (error) {
              refused = error;
            }
          });
          return {};
        },
      },
    },
  });
  await kernel.load("/app");
  await kernel.start();
  assert(isDiglyError(refused));
  assert.match(refused.message, /only until Runtime\.Started/);
  assert.equal(kernel.registry.get("Test.Thing")?.has("late"), false);
  await kernel.stop();
});

test("a boot that fails releases its holds and ends with Runtime.Stopped", async () => {
  const { kernel, story } = app({
    resources: [resource("Thing", "a"), resource("Bad", "b")].join("---\n"),
    kinds: {
      Thing: {
        create: (_, ctx) => ({ init: () => void ctx.acquireHold("working") }),
      },
      Bad: {
        create() {
          throw new Error("planned");
        },
      },
    },
  });
  await kernel.load("/app");
  assert.equal((await failure(kernel.start())).code, "ERR_CREATE_FAILED");
  assert.deepEqual(
    story().slice(-5),
    [
      "Runtime.Blocked",
      "Test.Thing.Initialized Test.Thing.a",
      "Runtime.Stopping",
      "Test.Thing.Teardown Test.Thing.a",
      "Runtime.Unblocked",
      "Runtime.Stopped",
    ].slice(-5),
  );
});

test("the registry view shows resources registered during the boot", async () => {
  const contexts: ModuleCreateContext[] = [];
  const { kernel } = app({
    resources: resource("Thing", "a"),
    kinds: {
      Thing: {
        create({ metadata: { name } }, ctx) {
          contexts.push(ctx);
          if (name === "a") {
            assert.equal(ctx.kernel.registry.get("Test.Thing")?.size, 1);
            ctx.registerResource({ kind: "Test.Thing", metadata: { name: "b" } });
            assert.equal(ctx.kernel.registry.get("Test.Thing")?.size, 2);
          }
          return {};
        },
      },
    },
  });
  await kernel.load("/app");
  await kernel.start();
  assert.equal(contexts.length, 2);
  assert.equal(contexts[0]!.getResourcesByGenerationDepth(1)[0]?.metadata.name, "b");
  await kernel.stop();
});
