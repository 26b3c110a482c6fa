import assert from "node:assert/strict";
import { test } from "node:test";
import type { Controller } from "../../../../src/contract/module.ts";
import { app } from "../../app.ts";

/** A module whose code names its own resource `Test.Thing.Shared`, and executes what it is asked to. */
const thing: Controller = {
  create({ metadata: { name }, kind, next }, ctx) {
    return {
      async execute(input, execution) {
        if (input === "name") return `${kind}.${name}`;
        if (input === "next") return await execution.execute(String(next), "name");
        if (input === "outside") return await ctx.execute("Test.Thing.Shared", "name");
        return await execution.execute(String(input), "name");
      },
    };
  },
};

test("the code of a renamed module executes its own resources by its own name", async () => {
  const { kernel } = app({
    resources: "",
    files: {
      "/app/runtime.yaml": `name: App
imports: [./test, { from: ./test, as: Copy }]
---
kind: Copy.Thing
metadata: { name: Mine }
next: Test.Thing.Only
---
kind: Copy.Thing
metadata: { name: Other }
next: Test.Thing.Shared
---
kind: Test.Thing
metadata: { name: Only }
`,
      "/app/test/module.yaml":
        "name: Test\ndefinitions: [Thing.yaml]\n---\nkind: Test.Thing\nmetadata: { name: Shared }\n",
    },
    kinds: { Thing: thing },
  });
  await kernel.load("/app");
  await kernel.start();
  // Written in the code of the module.
  assert.equal(await kernel.execute("Copy.Thing.Mine", "Test.Thing.Shared"), "Copy.Thing.Shared");
  assert.equal(await kernel.execute("Copy.Thing.Mine", "outside"), "Copy.Thing.Shared");
  assert.equal(await kernel.execute("Test.Thing.Only", "Test.Thing.Shared"), "Test.Thing.Shared");
  // Written in a field of the resource, by the author of the app.
  assert.equal(await kernel.execute("Copy.Thing.Other", "next"), "Test.Thing.Shared");
  // Only one of the copies has it.
  assert.equal(await kernel.execute("Copy.Thing.Mine", "next"), "Test.Thing.Only");
  assert.equal(await kernel.execute("Copy.Thing.Mine", "Test.Thing.Only"), "Test.Thing.Only");
  await assert.rejects(kernel.execute("Copy.Thing.Mine", "Test.Thing.None"), {
    code: "ERR_RESOURCE_NOT_FOUND",
    message: /Copy\.Thing\.None/,
  });
  await kernel.stop();
});
