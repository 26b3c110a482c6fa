import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import type { Controller } from "../../../../src/contract/module.ts";
import { app, resource } from "../../app.ts";

const FAST = `
concurrentInit: true
schema:
  type: object
  properties: { needs: { type: string, format: digly-urn, "digly:ready": true } }
`;

/** An app whose `Test.Fast` says `concurrentInit`, and whose `Test.Slow` does not. */
function fleet(
  resources: readonly string[],
  init: (name: string) => Promise<void>,
  create: (name: string) => object | null = () => ({}),
) {
  const steps: string[] = [];
  let running = 0;
  let most = 0;
  const controller: Controller = {
    create({ metadata: { name } }) {
      steps.push(`create ${name}`);
      const instance = create(name);
      return instance && {
        ...instance,
        async init() {
          steps.push(`init ${name}`);
          most = Math.max(most, ++running);
          try {
            await init(name);
            steps.push(`ready ${name}`);
          } finally {
            running--;
          }
        },
        teardown: () => void steps.push(`teardown ${name}`),
      };
    },
  };
  const recorded = app({
    resources: resources.join("---\n"),
    kinds: { Fast: controller, Slow: controller },
    definitions: { Fast: FAST },
  });
  const initialised = () =>
    recorded.story().filter((line) => line.includes(".Initialized")).map((line) =>
      line.split(".").at(-1)!
    );
  return { ...recorded, steps, initialised, most: () => most };
}

const fast = (name: string, fields = "") => resource("Fast", name, fields);
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("concurrentInit", () => {
  test("initialises neighbours together, and counts them in their order", async () => {
    const names = ["a", "b", "c"];
    // The last one ends first: each waits for the next one.
    const { kernel, steps, initialised } = fleet(names.map((name) => fast(name)), async (name) => {
      const next = name === "a" ? "ready b" : name === "b" ? "ready c" : undefined;
      while (next !== undefined && !steps.includes(next)) await pause(1);
    });
    await kernel.load("/app");
    await kernel.start();
    assert.deepEqual(steps.slice(0, 6), [
      "create a",
      "init a",
      "create b",
      "init b",
      "create c",
      "init c",
    ]);
    assert.deepEqual(steps.slice(6), ["ready c", "ready b", "ready a"]);
    assert.deepEqual(initialised(), names);
    await kernel.stop();
    assert.deepEqual(steps.slice(-3), ["teardown c", "teardown b", "teardown a"]);
  });

  test("sixteen at a time", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    const { kernel, most, initialised } = fleet(names.map((name) => fast(name)), () => pause(5));
    await kernel.load("/app");
    await kernel.start();
    assert.equal(most(), 16);
    assert.deepEqual(initialised(), names);
  });

  test("not with what they depend on, nor with other kinds", async () => {
    const { kernel, steps } = fleet([
      fast("a"),
      fast("b", "needs: Test.Fast.a"),
      fast("c"),
      resource("Slow", "d"),
      fast("e"),
    ], () => pause(5));
    await kernel.load("/app");
    await kernel.start();
    const before = (one: string, other: string) =>
      assert.ok(steps.indexOf(one) < steps.indexOf(other), `${one} before ${other}`);
    before("ready a", "create b");
    before("init c", "ready b");
    before("ready b", "create d");
    before("ready c", "create d");
    before("ready d", "create e");
  });

  test("a failure tears down what was initialised, and the first in their order is thrown", async () => {
    const { kernel, steps, initialised } = fleet(
      ["a", "b", "c", "d"].map((name) => fast(name)),
      async (name) => {
        await pause(name === "b" ? 30 : 5);
        if (name === "b" || name === "c") throw new Error(`${name} is broken`);
      },
    );
    await kernel.load("/app");
    const error = await kernel.start().then(() => assert.fail(), (error: DiglyError) => error);
    assert.equal(error.code, "ERR_INIT_FAILED");
    assert.match(error.message, /Initialising Test\.Fast\.b failed: b is broken/);
    assert.deepEqual(initialised(), ["a", "d"]);
    assert.deepEqual(steps.filter((step) => step.startsWith("teardown")), [
      "teardown d",
      "teardown a",
    ]);
  });

  test("a create that fails waits for those that are being initialised", async () => {
    const { kernel, steps } = fleet(
      ["a", "b"].map((name) => fast(name)),
      () => pause(10),
      (name) => {
        if (name === "b") throw new Error("no");
        return {};
      },
    );
    await kernel.load("/app");
    await assert.rejects(kernel.start(), { code: "ERR_CREATE_FAILED" });
    assert.deepEqual(steps, ["create a", "init a", "create b", "ready a", "teardown a"]);
  });
});
