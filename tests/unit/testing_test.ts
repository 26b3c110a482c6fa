import assert from "node:assert/strict";
import { test } from "node:test";
import { defineController } from "../../src/contract/author.ts";
import { isDiglyError } from "../../mod.ts";
import { bootApp } from "../../testing.ts";

const echo = defineController<{ prefix: string }>({
  create: ({ prefix }, ctx) => ({
    init: () => ctx.log.info("Ready"),
    execute: (input) => `${prefix}${input}`,
  }),
});

test("boots an app in memory, with modules in code, and records what happens", async () => {
  const app = await bootApp({
    manifest: `
      name: Test
      imports: [digly:javascript]
      resources: [more.yaml]
      ---
      kind: Echo.Say
      metadata: { name: a }
      prefix: "\${env.PREFIX}"
    `,
    files: {
      "more.yaml": "kind: JavaScript.Script\nmetadata: { name: Double }\n" +
        'code: "function main(n) { return n * 2 }"\n',
    },
    modules: [{
      name: "Echo",
      definitions: [{ kind: "Echo.Say" }],
      controllers: { "Echo.Say": echo },
    }],
    env: { PREFIX: "hi " },
  });
  assert.equal(await app.execute("Echo.Say.a", "you"), "hi you");
  assert.equal(await app.execute("JavaScript.Script.Double", 21), 42);
  assert.deepEqual(app.logs.map(({ owner, message }) => [owner, message]), [
    ["Echo.Say.a", "Ready"],
  ]);
  assert.ok(app.story().includes("Echo.Say.Initialized Echo.Say.a"));
  assert.equal((await app.stop()).exitCode, 0);
  assert.equal(app.story().at(-1), "Runtime.Stopped");
});

test("boots an app from the disk", async () => {
  await using app = await bootApp({
    path: new URL("../../examples/hello-world/runtime.yaml", import.meta.url),
    serve: false,
  });
  assert.ok(app.story().includes("Runtime.Started"));
});

test("throws what digly run would show", async () => {
  await assert.rejects(
    bootApp({ manifest: "name: Test\n---\nkind: No.Kind\nmetadata: { name: a }\n" }),
    (error) => isDiglyError(error) && error.code === "ERR_CONTROLLER_NOT_FOUND",
  );
});
