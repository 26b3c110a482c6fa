import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import type { ModuleCreateContext } from "../../../../src/contract/contexts.ts";
import type { ResourceInstance } from "../../../../src/contract/module.ts";
import { app, resource } from "../../app.ts";

/** An app of `Test.Thing`s whose `start` is given. */
function things(
  names: readonly string[],
  start: (name: string, ctx: ModuleCreateContext) => void | Promise<void>,
) {
  const steps: string[] = [];
  const recorded = app({
    resources: names.map((name) => resource("Thing", name)).join("---\n"),
    kinds: {
      Thing: {
        create: ({ metadata: { name } }, ctx): ResourceInstance => ({
          init: () => void steps.push(`init ${name}`),
          async start() {
            steps.push(`start ${name}`);
            await start(name, ctx);
          },
          execute: () => name,
          teardown: () => void steps.push(`teardown ${name}`),
        }),
      },
    },
  });
  recorded.kernel.on("Runtime.Started", () => void steps.push("started"));
  return { ...recorded, steps };
}

describe("start", () => {
  test("is called after every init, in the order of creation, before Runtime.Started", async () => {
    const answers: unknown[] = [];
    const { kernel, steps } = things(["a", "b"], async (name, ctx) => {
      if (name === "a") answers.push(await ctx.execute("Test.Thing.b"));
    });
    await kernel.load("/app");
    await kernel.start();
    assert.deepEqual(steps, ["init a", "init b", "start a", "start b", "started"]);
    assert.deepEqual(answers, ["b"]);
  });

  test("that fails ends the boot and tears everything down", async () => {
    const { kernel, steps } = things(["a", "b", "c"], (name) => {
      if (name === "b") throw new Error("the port is taken");
    });
    await kernel.load("/app");
    const error = await kernel.start().then(() => assert.fail(), (error: DiglyError) => error);
    assert.equal(error.code, "ERR_START_FAILED");
    assert.equal(error.message, "Starting Test.Thing.b failed: the port is taken");
    assert.equal(error.origin?.line, 9);
    assert.deepEqual(steps.slice(3), [
      "start a",
      "start b",
      "teardown c",
      "teardown b",
      "teardown a",
    ]);
  });

  test("is called for what controllers register, also in start", async () => {
    const { kernel, steps } = things(["a"], (name, ctx) => {
      if (name === "a") ctx.registerResource({ kind: "Test.Thing", metadata: { name: "b" } });
    });
    await kernel.load("/app");
    await kernel.start();
    assert.deepEqual(steps, ["init a", "start a", "init b", "start b", "started"]);
  });
});

describe("the members of an instance", () => {
  const created = (instance: object) =>
    app({ resources: resource("Thing", "a"), kinds: { Thing: { create: () => instance } } });

  async function failure(instance: object): Promise<DiglyError> {
    const { kernel } = created(instance);
    await kernel.load("/app");
    return await kernel.start().then(() => assert.fail("it booted"), (error) => error);
  }

  test("that are misspelt are errors with the nearest name", async () => {
    for (
      const [name, meant] of [["excute", "execute"], ["tearDown", "teardown"], ["inti", "init"], [
        "strat",
        "start",
      ], ["snapshoot", "snapshot"]]
    ) {
      const error = await failure({ [name!]() {} });
      assert.equal(error.code, "ERR_CREATE_FAILED");
      assert.match(error.message, new RegExp(`unknown member \`${name}\``));
      assert.equal(error.help, `Did you mean "${meant}"?`);
    }
    const ofClass = await failure(
      new class {
        excute() {}
      }(),
    );
    assert.match(ofClass.message, /unknown member `excute`/);
    assert.equal((await failure({ apis: {} })).help, 'Did you mean "api"?');
    assert.match((await failure({ start: 1 })).message, /`start` is not a function/);
  });

  test("that are others are left alone", async () => {
    for (
      const instance of [
        { started: true, init() {} },
        { executor() {}, execute() {} },
        { close() {}, pool: [] },
        Object.create({ init() {} }),
        Object.create(null),
      ]
    ) {
      const { kernel } = created(instance);
      await kernel.load("/app");
      await kernel.start();
    }
  });
});

describe("the exports of a controller", () => {
  test("that are misspelt are errors with the nearest name", async () => {
    const { kernel } = app({
      resources: resource("Thing", "a"),
      kinds: { Thing: { create: () => ({}), excute: () => 1 } as never },
    });
    await kernel.load("/app");
    await assert.rejects(kernel.start(), {
      code: "ERR_MODULE_INVALID",
      message: "The controller /app/test/Thing.ts exports `excute`, which nothing calls",
      help: 'Did you mean "execute"?',
    });
  });
});
