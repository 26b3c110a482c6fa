/** Names of events that only the runtime may emit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bootApp } from "../../../../testing.ts";
import type { ModuleCreateContext } from "../../../../mod.ts";

const RESERVED = [
  "Runtime.Started",
  "Runtime.Anything",
  "Module.Registered",
  "Resource.Registered",
  "Test.Thing.Initialized",
  "Http.Server.Teardown",
  "Initialized",
];

async function withContext(): Promise<
  { ctx: ModuleCreateContext; story: () => string[]; stop: () => Promise<unknown> }
> {
  let ctx: ModuleCreateContext | undefined;
  const app = await bootApp({
    manifest: `
      name: App
      ---
      kind: Test.Thing
      metadata: { name: a }
    `,
    modules: [{
      name: "Test",
      definitions: [{ kind: "Test.Thing" }],
      create(_, given) {
        ctx = given;
        return {};
      },
    }],
  });
  return { ctx: ctx!, story: app.story, stop: app.stop };
}

test("a module cannot emit what only the runtime emits", async () => {
  const { ctx, story, stop } = await withContext();
  const before = story();
  for (const event of RESERVED) {
    await assert.rejects(ctx.emit(event), {
      code: "ERR_EXECUTION_FAILED",
      message: /the event ".*" is reserved for the runtime/,
    }, event);
  }
  assert.deepEqual(story(), before);
  await stop();
});

test("a module cannot emit the reserved events of a resource", async () => {
  const { ctx, stop } = await withContext();
  for (const event of ["Initialized", "Teardown"]) {
    await assert.rejects(ctx.emitResourceEvent("Test.Thing", "a", event), /reserved/);
  }
  await stop();
});

test("an event needs a name", async () => {
  const { ctx, stop } = await withContext();
  for (const event of ["", undefined, null] as string[]) {
    await assert.rejects(ctx.emit(event), /an event needs a name/);
    await assert.rejects(ctx.emitResourceEvent("Test.Thing", "a", event), /an event needs a name/);
  }
  await stop();
});

test("names similar to reserved ones are allowed", async () => {
  const { ctx, story, stop } = await withContext();
  await ctx.emit("RuntimeX.Started");
  await ctx.emit("Started");
  await ctx.emit("Test.InitializedAll");
  assert.deepEqual(story().slice(-3), ["RuntimeX.Started", "Test.Started", "Test.InitializedAll"]);
  await stop();
});
