/**
 * That the compiler finds the mistakes of authors. `tsc` checks this file: where a line after
 * `@ts-expect-error` compiles, it reports the comment. The test runs what does compile.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Call,
  type Context,
  defineController,
  type Late,
  type ModuleCreateContext,
  type ResourceInstance,
} from "../../src/contract/author.ts";
import { bootApp } from "../../testing.ts";

const heard: string[] = [];

const counter = defineController<{ start: number; label?: string }>({
  create(resource, ctx) {
    let count = resource.start;
    ctx.once("Runtime.Started", (payload) => {
      const nothing: undefined = payload;
      heard.push(String(nothing));
    });
    ctx.on("Runtime.Stopping", ({ reason }) => void heard.push(reason));
    ctx.on("Shop.Order.Placed", (payload: unknown) => void payload);
    ctx.on("Shop.*", (_, { event }) => void heard.push(event));
    ctx.intercept({ kinds: ["Shop.Counter"] }, async (call, next) => {
      call.input = Number(call.input) + 1;
      return await next();
    });
    return { execute: (input) => count += input as number };
  },
});

/** Never called: each line has a mistake that must not compile. */
export function mistakes(ctx: ModuleCreateContext, execution: Context, call: Call): void {
  // @ts-expect-error A misspelt member of an instance.
  const instance: ResourceInstance = { excute: () => 1 };
  void instance;
  defineController<{ port: number }>({
    // @ts-expect-error A misspelt export.
    creat: () => ({}),
  });
  defineController<{ port: number }>({
    create(resource) {
      // @ts-expect-error The wrong type of a field.
      const port: string = resource.port;
      // @ts-expect-error Fields are read-only.
      resource.port = 1;
      return { snapshot: () => ({ port }) };
    },
  });
  defineController({
    // @ts-expect-error A misspelt member of an instance that a controller creates.
    create: () => ({ excute: () => 1 }),
  });
  defineController<{ port: number }, { isOpen(): boolean }>({
    // @ts-expect-error An `api` of another type.
    create: ({ port }) => ({ api: { isOpen: () => port } }),
  });
  defineController<{ retries: number | Late<number> }>({
    create({ retries }, ctx) {
      const now: number = ctx.template(retries)({});
      // @ts-expect-error A value that may wait is not used without `template`.
      const early: number = retries;
      return { snapshot: () => ({ now, early }) };
    },
  });
  // @ts-expect-error An event that the runtime does not emit.
  ctx.on("Runtime.Strated", () => {});
  // @ts-expect-error The payload of another event.
  ctx.on("Runtime.Stopped", ({ reason }) => void reason);
  // @ts-expect-error A misspelt key of a pattern.
  ctx.intercept({ kind: ["A.B"] }, (_, next) => next());
  // @ts-expect-error A misspelt option of an execution.
  void execution.execute("A.b", null, { deadlin: 1 });
  // @ts-expect-error Only the input of a call can be replaced.
  call.urn = "A.b";
  // @ts-expect-error A fake is a function.
  void bootApp({ manifest: "name: T", fakes: { "A.b": 7 } });
  // @ts-expect-error Only a TestClock can be moved by a test.
  void bootApp({ manifest: "name: T", clock: { now: () => 0 } });
}

test("what the compiler accepts works", async () => {
  const app = await bootApp({
    manifest: "name: Test\n---\nkind: Shop.Counter\nmetadata: { name: A }\nstart: 40\n",
    modules: [{
      name: "Shop",
      definitions: [{ kind: "Shop.Counter" }],
      controllers: { "Shop.Counter": counter },
    }],
  });
  assert.equal(await app.execute("Shop.Counter.A", 1), 42);
  await app.stop();
  assert.ok(heard.includes("undefined") && heard.includes("stop"));
});
