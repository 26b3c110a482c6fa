/** What an execution passes on to the executions it starts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Context,
  type DiglyError,
  isDiglyError,
  type ModuleCreateContext,
} from "../../../../mod.ts";
import { fail } from "../../../../src/contract/author.ts";
import { bootApp, type TestApp, TestClock } from "../../../../testing.ts";

type Handler = (input: unknown, ctx: Context, create: ModuleCreateContext) => unknown;

/** An app with a resource `Test.Step.<name>` per handler. */
function steps(
  handlers: Readonly<Record<string, Handler>>,
  clock?: TestClock,
): Promise<TestApp> {
  const documents = Object.keys(handlers)
    .map((name) => `---\nkind: Test.Step\nmetadata: { name: ${name} }\n`);
  return bootApp({
    ...(clock === undefined ? {} : { clock }),
    manifest: `name: App\n${documents.join("")}`,
    modules: [{
      name: "Test",
      definitions: [{ kind: "Test.Step" }],
      create: ({ metadata: { name } }, create) => ({
        execute: (input, ctx) => handlers[name]!(input, ctx, create),
      }),
    }],
  });
}

async function failure(promise: Promise<unknown>): Promise<DiglyError> {
  const error = await promise.then(() => assert.fail("it did not fail"), (thrown) => thrown);
  assert(isDiglyError(error));
  return error;
}

test("an execution with a context runs below it", async () => {
  let outer: Context | undefined;
  let inner: Context | undefined;
  await using app = await steps({
    outer: (_, ctx, { kernel }) => kernel.execute("Test.Step.inner", 1, outer = ctx),
    inner: (_, ctx) => void (inner = ctx),
  });
  await app.execute("Test.Step.outer", 0, { values: { user: "ada" } });
  assert.equal(inner?.parent, outer);
  assert.equal(inner?.depth, 1);
  assert.equal(inner?.traceId, outer?.traceId);
  assert.deepEqual(inner?.values, { user: "ada" });
});

test("without a context it is a new root", async () => {
  let inner: Context | undefined;
  await using app = await steps({
    outer: (_, _ctx, { execute }) => execute("Test.Step.inner"),
    inner: (_, ctx) => void (inner = ctx),
  });
  await app.execute("Test.Step.outer", 0, { values: { user: "ada" } });
  assert.equal(inner?.parent, undefined);
  assert.deepEqual([inner?.depth, inner?.values], [0, {}]);
});

for (const way of ["ctx.execute", "kernel.execute"]) {
  test(`a cycle over ${way} ends at the call depth, with the whole chain`, async () => {
    await using app = await steps({
      a: (_, ctx) => ctx.execute("Test.Step.b"),
      b: (_, ctx, { kernel }) =>
        way === "ctx.execute"
          ? ctx.execute("Test.Step.a")
          : kernel.execute("Test.Step.a", undefined, ctx),
    });
    const error = await failure(app.execute("Test.Step.a"));
    assert.equal(error.code, "ERR_EXECUTION_FAILED");
    assert.match(error.message, /call depth/);
    assert.match(error.help!, /`callDepth`/);
    const { chain } = (error as DiglyError<"ERR_EXECUTION_FAILED">).details;
    assert.equal(chain.length, 65);
    assert.deepEqual(chain.slice(0, 2), ["Test.Step.a", "Test.Step.b"]);
  });
}

test("a nested execution inherits the earlier deadline", async () => {
  const deadlines: (number | undefined)[] = [];
  const soon = Date.now() + 60_000;
  await using app = await steps({
    outer: async (_, ctx) => {
      await ctx.execute("Test.Step.inner");
      await ctx.execute("Test.Step.inner", 0, { deadline: soon + 1_000 });
      await ctx.execute("Test.Step.inner", 0, { deadline: soon - 1_000 });
    },
    inner: (_, ctx) => void deadlines.push(ctx.deadline),
  });
  await app.execute("Test.Step.outer", 0, { deadline: soon });
  assert.deepEqual(deadlines, [soon, soon, soon - 1_000]);
});

test("the timer of a deadline ends with its execution", async (t) => {
  const pending = new Set<unknown>();
  await using app = await steps({
    outer: async (_, ctx) => {
      assert.equal(ctx.signal.aborted, false);
      await ctx.execute("Test.Step.inner");
      assert.equal(pending.size, 1);
    },
    inner: (_, ctx) => ctx.signal.aborted,
  });
  const { setTimeout, clearTimeout } = globalThis;
  t.mock.method(globalThis, "setTimeout", (callback: () => void, ms: number) => {
    const timer = setTimeout(callback, ms);
    pending.add(timer);
    return timer;
  });
  t.mock.method(globalThis, "clearTimeout", (timer: number) => {
    pending.delete(timer);
    clearTimeout(timer);
  });
  await app.execute("Test.Step.outer", 0, { deadline: Date.now() + 60_000 });
  assert.equal(pending.size, 0);
});

test("an execution that outlives the one above it still has its deadline", async () => {
  const clock = new TestClock();
  let outer: Context | undefined;
  const outcomes: Promise<DiglyError>[] = [];
  const waits = (_: unknown, { signal }: Context) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  await using app = await steps({
    outer: (_, ctx) => {
      outer = ctx;
      assert.equal(ctx.signal.aborted, false);
      outcomes.push(failure(ctx.execute("Test.Step.waits")));
    },
    quick: (_, ctx) => ctx.signal.aborted,
    waits,
  }, clock);
  await app.execute("Test.Step.outer", 0, { deadline: 1_000 });
  assert.equal(clock.pending, 1);
  // One that begins only now.
  assert(outer !== undefined);
  outcomes.push(failure(outer.execute("Test.Step.waits")));
  await clock.advance(1_000);
  for (const { code } of await Promise.all(outcomes)) assert.equal(code, "ERR_ABORTED");
  await app.execute("Test.Step.quick", 0, { deadline: 2_000 });
  assert.equal(clock.pending, 0);
});

test("an execution that begins after the one above it has ended has its deadline", async () => {
  const clock = new TestClock();
  let outer: Context | undefined;
  await using app = await steps({
    outer: (_, ctx) => {
      outer = ctx;
      return ctx.signal.aborted;
    },
    waits: (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  }, clock);
  await app.execute("Test.Step.outer", 0, { deadline: 1_000 });
  assert.equal(clock.pending, 0);
  assert(outer !== undefined);
  const outcome = failure(outer.execute("Test.Step.waits"));
  await clock.advance(1_000);
  assert.equal((await outcome).code, "ERR_ABORTED");
});

test("an execution that is aborted before its start never runs", async () => {
  const started: string[] = [];
  await using app = await steps({
    outer: async (_, ctx) => {
      started.push("outer");
      caller.abort();
      await ctx.execute("Test.Step.inner");
    },
    inner: () => void started.push("inner"),
  });
  const caller = new AbortController();
  const { signal } = caller;
  assert.equal((await failure(app.execute("Test.Step.outer", 0, { signal }))).code, "ERR_ABORTED");
  await failure(app.execute("Test.Step.inner", 0, { signal }));
  const late = await failure(app.execute("Test.Step.inner", 0, { deadline: Date.now() - 1 }));
  assert.match(late.message, /Test\.Step\.inner was aborted: its deadline has passed/);
  assert.deepEqual(started, ["outer"]);
});

test("the reason of an abort is kept as the cause", async () => {
  await using app = await steps({ a: () => 1 });
  const reason = new Error("the client went away");
  const { cause } = await failure(
    app.execute("Test.Step.a", 0, { signal: AbortSignal.abort(reason) }),
  );
  assert.equal(cause, reason);
});

test("a deadline weeks away does not end at once", async () => {
  await using app = await steps({
    a: async (_, { signal }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return signal.aborted;
    },
  });
  for (const deadline of [Date.now() + 40 * 86_400_000, Infinity]) {
    assert.equal(await app.execute("Test.Step.a", 0, { deadline }), false);
  }
});

test("the spans of a trace have parents; an invalid trace id is ignored", async () => {
  const seen: Context[] = [];
  await using app = await steps({
    outer: (_, ctx) => {
      seen.push(ctx);
      return ctx.execute("Test.Step.inner");
    },
    inner: (_, ctx) => void seen.push(ctx),
  });
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  await app.execute("Test.Step.outer", 0, { traceId });
  const [outer, inner] = seen as [Context, Context];
  assert.deepEqual([outer.traceId, inner.traceId], [traceId, traceId]);
  const executing = app.events.filter(({ event }) => event === "Test.Step.Executing");
  const spans = executing.map(({ payload }) => payload as Record<string, unknown>);
  assert.equal(spans[1]?.["parentSpanId"], spans[0]?.["spanId"]);
  assert.equal(inner.traceparent, `00-${traceId}-${inner.spanId}-01`);
  await app.execute("Test.Step.inner", 0, { traceId: "nonsense" });
  assert.match(seen.at(-1)!.traceId, /^[0-9a-f]{32}$/);
});

test("parallel executions share nothing", async () => {
  await using app = await steps({
    outer: async (input, ctx) => {
      await new Promise((resolve) => setTimeout(resolve, 5 - Number(input)));
      return ctx.execute("Test.Step.inner");
    },
    inner: (_, { values, traceId }) => [values["n"], traceId],
  });
  const calls = [1, 2, 3].map((n) => app.execute("Test.Step.outer", n, { values: { n } }));
  const results = await Promise.all(calls) as [number, string][];
  assert.deepEqual(results.map(([n]) => n), [1, 2, 3]);
  assert.equal(new Set(results.map(([, traceId]) => traceId)).size, 3);
});

test("a nested failure is wrapped once, with the call chain", async () => {
  const cause = new Error("no such table");
  await using app = await steps({
    a: (_, ctx) => ctx.execute("Test.Step.b"),
    b: (_, ctx) => ctx.execute("Test.Step.c"),
    c: () => {
      throw cause;
    },
  });
  const error = await failure(app.execute("Test.Step.a"));
  assert.equal(error.message, "Executing Test.Step.c failed: no such table");
  assert.equal(error.cause, cause);
  assert.deepEqual((error as DiglyError<"ERR_EXECUTION_FAILED">).details.chain, [
    "Test.Step.a",
    "Test.Step.b",
    "Test.Step.c",
  ]);
});

test("onError handles the failure of a nested execution", async () => {
  const fallback = (error: DiglyError) => `instead of ${error.code}: ${error.message}`;
  await using app = await steps({
    caught: (_, ctx) => ctx.execute("Test.Step.broken").catch(fallback),
    onError: (_, ctx) => ctx.execute("Test.Step.broken", 0, { onError: fallback }),
    later: (_, ctx) =>
      ctx.execute("Test.Step.broken", 0, { onError: (error) => Promise.resolve(error.code) }),
    unknown: (_, ctx) => ctx.execute("Test.Step.none", 0, { onError: ({ code }) => code }),
    unneeded: (_, ctx) => ctx.execute("Test.Step.fine", 0, { onError: fallback }),
    fine: () => "fine",
    broken: () => Promise.reject(new Error("no paper")),
  });
  const instead = "instead of ERR_EXECUTION_FAILED: Executing Test.Step.broken failed: no paper";
  const results = {
    caught: instead,
    onError: instead,
    later: "ERR_EXECUTION_FAILED",
    unknown: "ERR_RESOURCE_NOT_FOUND",
    unneeded: "fine",
  };
  for (const [name, result] of Object.entries(results)) {
    assert.equal(await app.execute(`Test.Step.${name}`), result);
  }
});

test("what onError throws is the failure of the caller", async () => {
  const cause = new Error("not even that");
  const onError = () => {
    throw cause;
  };
  await using app = await steps({
    outer: (_, ctx) => ctx.execute("Test.Step.broken", 0, { onError }),
    again: (_, ctx) =>
      ctx.execute("Test.Step.broken", 0, {
        onError: (error) => {
          throw error;
        },
      }),
    broken: () => Promise.reject(new Error("no paper")),
  });
  const error = await failure(app.execute("Test.Step.outer"));
  assert.equal(error.message, "Executing Test.Step.outer failed: not even that");
  assert.equal(error.cause, cause);
  assert.match((await failure(app.execute("Test.Step.again"))).message, /Test\.Step\.broken/);
  const root = await failure(app.execute("Test.Step.broken", 0, { onError }));
  assert.deepEqual([root.code, root.cause], ["ERR_EXECUTION_FAILED", cause]);
});

test("an unknown URN names the nearest, at any depth", async () => {
  await using app = await steps({
    outer: (_, ctx) => ctx.execute("Test.Step.inne"),
    inner: () => 1,
  });
  for (const promise of [app.execute("Test.Step.outer"), app.execute("Test.Step.inne")]) {
    const error = await failure(promise);
    assert.equal(error.code, "ERR_RESOURCE_NOT_FOUND");
    assert.match(error.help!, /Test\.Step\.inner/);
  }
  for (const urn of [undefined, null, 3, {}]) {
    assert.equal((await failure(app.execute(urn as never))).code, "ERR_EXECUTION_FAILED");
  }
  for (const urn of ["", ".", "Test.", "nodot", "__proto__.x"]) {
    assert.equal((await failure(app.execute(urn))).code, "ERR_RESOURCE_NOT_FOUND", urn);
  }
});

test("a DiglyError passes unchanged, or with the call chain added", async () => {
  const own = fail("ERR_INTEGRITY", { problem: "the file was changed" });
  await using app = await steps({
    outer: (input, ctx) => ctx.execute(`Test.Step.${input}`),
    own: () => {
      throw own;
    },
    bare: () => {
      throw fail("ERR_EXECUTION_FAILED", {
        urn: "Test.Step.bare",
        problem: "no paper",
        chain: ["Test.Step.bare"],
      }, { help: "Put some in" });
    },
  });
  assert.equal(await failure(app.execute("Test.Step.outer", "own")), own);
  const error = await failure(app.execute("Test.Step.outer", "bare"));
  assert.equal(error.message, "Executing Test.Step.bare failed: no paper");
  assert.equal(error.help, "Put some in");
  assert.match(error.stack!, /context_test/);
  assert.deepEqual((error as DiglyError<"ERR_EXECUTION_FAILED">).details.chain, [
    "Test.Step.outer",
    "Test.Step.bare",
  ]);
});
