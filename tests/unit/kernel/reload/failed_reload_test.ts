/** A reload that fails leaves the running app alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDiglyError } from "../../../../src/contract/errors.ts";
import { app, resource } from "../../app.ts";
import { recording, rewrite, started, until } from "./recording.ts";

test("a mistake in the next version changes nothing", async () => {
  const story: string[] = [];
  const recorded = await started(app({
    resources: resource("Thing", "a", "text: one"),
    kinds: { Thing: recording(story) },
  }));
  const { kernel, platform } = recorded;
  story.length = 0;
  rewrite(recorded, resource("Thing", "a", "text: two"), resource("Thng", "b"));
  await assert.rejects(kernel.reload(), (error) => {
    assert(isDiglyError(error));
    assert.match(error.help!, /Did you mean "Test\.Thing"/);
    return true;
  });
  platform.writeFile("/app/runtime.yaml", "name: [");
  await assert.rejects(kernel.reload());
  // A start would accept this: only the types of expressions tell.
  rewrite(recorded, resource("Thing", "a", `text: "\${{ size('a') == 1 || 'c' + 2 }}"`));
  await assert.rejects(kernel.reload(), { code: "ERR_EXPRESSION_TYPE" });
  assert.deepEqual(story, []);
  assert.equal(await kernel.execute("Test.Thing.a"), "a1 one");
  rewrite(recorded, resource("Thing", "a", "text: two"));
  await kernel.reload();
  assert.equal(await kernel.execute("Test.Thing.a"), "a2 two");
  await kernel.stop();
});

for (const step of ["create", "init", "start"] as const) {
  test(`a failure in ${step} tears down what the reload has created`, async () => {
    const story: string[] = [];
    const recorded = await started(app({
      resources: [resource("Thing", "a"), resource("Thing", "b", "text: one")].join("---\n"),
      kinds: {
        Thing: recording(story),
        Broken: {
          create() {
            if (step === "create") throw new Error("broken");
            return {
              [step]() {
                throw new Error("broken");
              },
            };
          },
        },
      },
    }));
    const { kernel } = recorded;
    story.length = 0;
    rewrite(
      recorded,
      resource("Thing", "a"),
      resource("Thing", "b", "text: two"),
      resource("Broken", "c"),
    );
    await assert.rejects(kernel.reload(), /broken/);
    assert.deepEqual(story.filter((line) => /create|teardown/.test(line)), [
      "create b3",
      "teardown b3",
    ]);
    assert.equal(await kernel.execute("Test.Thing.b"), "b2 one");
    // The mistake is corrected.
    rewrite(recorded, resource("Thing", "a"), resource("Thing", "b", "text: two"));
    assert.deepEqual(await kernel.reload(), { changed: 1, added: 0, removed: 0 });
    assert.equal(await kernel.execute("Test.Thing.b"), "b4 two");
    assert.equal(await kernel.execute("Test.Thing.a"), "a1 ");
    const { errors } = await kernel.stop();
    assert.deepEqual(errors, []);
  });
}

test("listeners and interceptors of a replaced instance end, also after a failure those of the new one", async () => {
  const heard: string[] = [];
  let shouldFail = false;
  const recorded = await started(app({
    resources: resource("Listener", "l", "text: one"),
    kinds: {
      Listener: {
        create(self, ctx) {
          ctx.on("Test.Ping", () => void heard.push(String(self["text"])));
          ctx.intercept(
            { urns: ["Test.Listener.l"] },
            async (_call, next) => `${self["text"]}: ${await next()}`,
          );
          return {
            init() {
              if (shouldFail) throw new Error("broken");
            },
            execute: (_input, { emit }) => emit("Test.Ping").then(() => "done"),
          };
        },
      },
    },
  }));
  const { kernel } = recorded;
  const ping = async () => {
    heard.length = 0;
    return [await kernel.execute("Test.Listener.l"), ...heard];
  };
  assert.deepEqual(await ping(), ["one: done", "one"]);
  shouldFail = true;
  rewrite(recorded, resource("Listener", "l", "text: two"));
  await assert.rejects(kernel.reload(), /broken/);
  assert.deepEqual(await ping(), ["one: done", "one"]);
  shouldFail = false;
  await kernel.reload();
  assert.deepEqual(await ping(), ["two: done", "two"]);
  await kernel.stop();
});

test("an execution that has begun ends with the instance that it began with", async () => {
  let finish = () => {};
  const story: string[] = [];
  const recorded = await started(app({
    resources: resource("Slow", "s", "text: one"),
    kinds: {
      Slow: {
        create: (self) => ({
          execute: () => new Promise((resolve) => finish = () => resolve(self["text"])),
          teardown: () => void story.push(`teardown ${self["text"]}`),
        }),
      },
    },
  }));
  const { kernel } = recorded;
  const running = kernel.execute("Test.Slow.s");
  rewrite(recorded, resource("Slow", "s", "text: two"));
  await kernel.reload();
  assert.deepEqual(story, [], "the instance is in use");
  finish();
  assert.equal(await running, "one");
  await until(() => story.length > 0);
  assert.deepEqual(story, ["teardown one"]);
  await kernel.stop();
});
