/** Executions that continue in another process; two kernels take the place of two processes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context, WireContext } from "../../../../src/contract/execution.ts";
import type { Kernel } from "../../../../src/kernel/kernel.ts";
import { app, resource } from "../../app.ts";

type Execute = (input: unknown, ctx: Context) => unknown;

async function started(execute: Execute): Promise<Kernel> {
  const { kernel } = app({
    kinds: { Thing: { create: () => ({ execute }) } },
    resources: [resource("Thing", "a"), resource("Thing", "b")].join("---\n"),
  });
  await kernel.load("/app");
  await kernel.start();
  return kernel;
}

test("chain, depth, deadline, trace and values cross as JSON", async () => {
  let seen: Context | undefined;
  const worker = await started((_, ctx) => {
    seen = ctx;
    throw new Error("no");
  });
  let caller: Context | undefined;
  const gateway = await started((input, ctx) => {
    if (input === "outer") return ctx.execute("Test.Thing.b", "inner");
    caller = ctx;
    const wire = JSON.parse(JSON.stringify(ctx.toWire())) as WireContext;
    return worker.execute("Test.Thing.a", null, { wire, values: { own: 2 } });
  });
  const deadline = Date.now() + 5_000;
  await assert.rejects(
    gateway.execute("Test.Thing.a", "outer", { deadline, values: { user: "Ada" } }),
    (error) => {
      assert.deepEqual((error as { details: { chain: unknown } }).details.chain, [
        "Test.Thing.a",
        "Test.Thing.b",
        "Test.Thing.a",
      ]);
      return true;
    },
  );
  assert.deepEqual([caller!.depth, seen!.depth], [1, 2]);
  assert.equal(seen!.traceId, caller!.traceId);
  assert.deepEqual(seen!.values, { user: "Ada", own: 2 });
  assert.ok(Math.abs(seen!.deadline! - deadline) < 1_000);
  assert.equal(seen!.parent?.urn, "Test.Thing.b");
  await gateway.stop();
  await worker.stop();
});

test("a deadline from another process aborts, and the call depth holds across processes", async () => {
  const worker = await started((_, ctx) =>
    new Promise((_resolve, reject) =>
      ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason))
    )
  );
  const wire: WireContext = {
    chain: ["A.b"],
    depth: 0,
    traceparent: "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
    values: {},
  };
  await assert.rejects(
    worker.execute("Test.Thing.a", null, { wire: { ...wire, remainingMs: 20 } }),
    {
      code: "ERR_ABORTED",
    },
  );
  await assert.rejects(worker.execute("Test.Thing.a", null, { wire: { ...wire, depth: 63 } }), {
    message: /call depth/,
  });
  await worker.stop();
});

test("a malformed wire is an error", async () => {
  const worker = await started(() => 1);
  const good = { chain: ["A.b"], depth: 0, traceparent: "", values: {} };
  assert.equal(await worker.execute("Test.Thing.a", null, { wire: good }), 1);
  const wrong: [unknown, RegExp][] = [
    [null, /it must be an object/],
    [{ ...good, chain: "A.b" }, /`chain` must be a list of at most 1000 URNs/],
    [{ ...good, chain: Array(1_001).fill("A.b") }, /`chain`/],
    [{ ...good, chain: [7] }, /`chain`/],
    [{ ...good, depth: -1 }, /`depth` must be an integer from 0/],
    [{ ...good, remainingMs: "5" }, /`remainingMs`/],
    [{ ...good, traceparent: undefined }, /`traceparent`/],
    [{ ...good, values: [] }, /`values`/],
  ];
  for (const [wire, message] of wrong) {
    await assert.rejects(worker.execute("Test.Thing.a", null, { wire: wire as WireContext }), {
      code: "ERR_USAGE",
      message,
    });
  }
  await worker.stop();
});

test("values that are not JSON cannot cross", async () => {
  const worker = await started((_, ctx) => ctx.toWire());
  await assert.rejects(worker.execute("Test.Thing.a", null, { values: { f() {} } }), {
    message: /`values\.f` is a function/,
  });
  await worker.stop();
});
