/** The boot of an app: its order, and what ends it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import type { Controller } from "../../../src/contract/module.ts";
import { app, resource } from "../app.ts";

const nothing: Controller = { create: () => ({}) };

test("events come in the order of the specification", async () => {
  const { kernel, story } = app({
    resources: [resource("Thing", "a"), resource("Thing", "b")].join("---\n"),
    kinds: { Thing: nothing },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  await kernel.stop();
  assert.deepEqual(story(), [
    "Module.Registered",
    "Module.Registered",
    "Resource.Registered Test.Thing.a",
    "Resource.Registered Test.Thing.b",
    "Runtime.Starting",
    "Test.Thing.Initialized Test.Thing.a",
    "Test.Thing.Initialized Test.Thing.b",
    "Runtime.Started",
    "Runtime.Stopping",
    "Test.Thing.Teardown Test.Thing.b",
    "Test.Thing.Teardown Test.Thing.a",
    "Runtime.Stopped",
  ]);
});

test("create returning null means not yet: a later pass tries again", async () => {
  const seen: string[] = [];
  const { kernel } = app({
    resources: [resource("Late", "needsA"), resource("Thing", "a")].join("---\n"),
    kinds: {
      Thing: nothing,
      Late: {
        create(self, ctx) {
          seen.push(self.metadata.name);
          return ctx.isInitialized("Test.Thing.a") ? {} : null;
        },
      },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.deepEqual(seen, ["needsA", "needsA"]);
});

test("a controller that keeps returning null is an error that says so", async () => {
  let calls = 0;
  const { kernel } = app({
    resources: resource("Thing", "a"),
    kinds: { Thing: { create: () => (calls++, null) } },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), {
    code: "ERR_CONTROLLER_NOT_FOUND",
    message:
      /No controller found for resource: Test\.Thing\.a \(its controller kept returning null\)/,
  });
  assert.equal(calls, 1, "a pass that handles nothing is the last one");
});

test("all resources of unknown kinds are listed in one error, with the nearest kind", async () => {
  const { kernel } = app({
    resources: [resource("Thingy", "a"), resource("Thingy", "b")].join("---\n"),
    kinds: { Thing: nothing },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_CONTROLLER_NOT_FOUND");
    assert.match(error.message, /Test\.Thingy\.a\n.*Test\.Thingy\.b/);
    assert.match(error.help!, /Did you mean "Test\.Thing"\?/);
    return true;
  });
});

for (
  const [step, code, controller] of [
    ["create", "ERR_CREATE_FAILED", {
      create() {
        throw new Error("boom");
      },
    }],
    ["init", "ERR_INIT_FAILED", {
      create: () => ({ init: () => Promise.reject(new Error("boom")) }),
    }],
    ["register", "ERR_MODULE_INVALID", {
      register() {
        throw new Error("boom");
      },
    }],
  ] as const satisfies [string, string, Controller][]
) {
  test(`a failing ${step} stops the boot, tears down what ran and releases every hold`, async () => {
    const steps: string[] = [];
    const { kernel, story } = app({
      resources: [resource("Good", "a"), resource("Bad", "b")].join("---\n"),
      kinds: {
        Good: {
          create: (_, ctx) => {
            ctx.acquireHold("testing");
            return { teardown: () => void steps.push("teardown") };
          },
        },
        Bad: controller,
      },
    });
    await kernel.load("runtime.yaml");
    await assert.rejects(kernel.start(), { code, message: /boom/ });
    assert.deepEqual(steps, step === "register" ? [] : ["teardown"]);
    await kernel.waitUntilIdle();
    assert.equal(story().at(-1), "Runtime.Stopped");
    assert(!story().includes("Runtime.Started"));
  });
}

test("a create that returns nothing is an error that says what to return", async () => {
  const { kernel } = app({
    resources: resource("Thing", "a"),
    kinds: { Thing: { create: () => undefined as unknown as null } },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), { code: "ERR_CREATE_FAILED", message: /returned nothing/ });
});

test("abort during boot rejects start and rolls back", async () => {
  const steps: string[] = [];
  const { kernel } = app({
    resources: [resource("Good", "a"), resource("Stuck", "b")].join("---\n"),
    kinds: {
      Good: { create: () => ({ teardown: () => void steps.push("teardown") }) },
      Stuck: { create: () => ({ init: () => new Promise<void>(() => {}) }) },
    },
  });
  await kernel.load("runtime.yaml");
  const started = kernel.start();
  setTimeout(() => kernel.abort("SIGTERM"), 5);
  await assert.rejects(started, { code: "ERR_ABORTED" });
  assert.deepEqual(steps, ["teardown"]);
});

test("a boot that exceeds its timeout is aborted and names the pending step", async () => {
  const { kernel } = app({
    resources: resource("Stuck", "b"),
    kinds: { Stuck: { create: () => ({ init: () => new Promise<void>(() => {}) }) } },
    bootTimeoutMs: 20,
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), {
    code: "ERR_ABORTED",
    message: "The boot took longer than 0.02 s, waiting for init of Test.Stuck.b",
  });
});

test("a boot that fails before Runtime.Starting emits no Stopping and no Stopped", async () => {
  const { kernel, story } = app({
    resources: resource("Thing", "a", "port: none"),
    kinds: { Thing: nothing },
    definitions: { Thing: "schema: { properties: { port: { type: integer } } }" },
  });
  await kernel.load("runtime.yaml");
  await assert.rejects(kernel.start(), { code: "ERR_SCHEMA_VALIDATION" });
  await kernel.stop();
  assert.deepEqual(story(), [
    "Module.Registered",
    "Module.Registered",
    "Resource.Registered Test.Thing.a",
  ]);
});

describe("a start that fails because of another resource points at both", () => {
  const fails: Controller = {
    execute() {
      throw new Error("boom");
    },
  };
  const places = (error: unknown) => {
    assert(isDiglyError(error));
    return [
      error.origin?.line,
      ...error.related.map(({ message, origin }) => `${message}: ${origin.line}`),
    ];
  };
  const wrapped = (cause: unknown) => Promise.reject(new Error("it is closed", { cause }));

  for (
    const [step, past, controller] of [
      ["create", "created", {
        create: async (_, ctx) => (await ctx.execute("Test.Bad.b"), {}),
      }],
      ["init", "initialised", {
        create: (_, ctx) => ({ init: async () => void await ctx.execute("Test.Bad.b") }),
      }],
      ["init, with a cause", "initialised", {
        create: (_, ctx) => ({ init: () => ctx.execute("Test.Bad.b").then(() => {}, wrapped) }),
      }],
    ] as const satisfies [string, string, Controller][]
  ) {
    test(`in ${step}`, async () => {
      const { kernel } = app({
        resources: [resource("Bad", "b"), resource("User", "u")].join("---\n"),
        kinds: { Bad: fails, User: controller },
      });
      await kernel.load("runtime.yaml");
      const error = await kernel.start().catch((thrown) => thrown);
      assert.deepEqual(places(error), [5, `Test.User.u was being ${past}: 9`]);
    });
  }

  test("also where the other one is not initialised yet", async () => {
    const { kernel } = app({
      resources: [resource("User", "u"), resource("Bad", "b")].join("---\n"),
      kinds: {
        Bad: fails,
        User: { create: (_, ctx) => ({ init: async () => void await ctx.execute("Test.Bad.b") }) },
      },
    });
    await kernel.load("runtime.yaml");
    const error = await kernel.start().catch((thrown) => thrown);
    assert.match(error.message, /it is not initialised yet/);
    assert.deepEqual(places(error), [9, "Test.User.u was being initialised: 5"]);
  });
});
