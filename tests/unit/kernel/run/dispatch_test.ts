import assert from "node:assert/strict";
import { test } from "node:test";
import { DiglyError, fail, isDiglyError } from "../../../../src/contract/errors.ts";
import type { Context } from "../../../../src/contract/execution.ts";
import { secureRandom } from "../../../../src/kernel/run/random.ts";
import { realClock } from "../../../../src/contract/clock.ts";
import { createDispatcher, type Target } from "../../../../src/kernel/run/dispatch.ts";

function dispatcher(targets: Record<string, Target>) {
  return createDispatcher({
    callDepth: () => 64,
    originOf: () => undefined,
    errors: { throwerOf: () => undefined, declared: () => undefined },
    log: () => {},
    random: secureRandom,
    clock: realClock,
    emit: () => Promise.resolve(),
    ownUrn: (urn) => urn,
    find(urn) {
      const target = targets[urn];
      if (target === undefined) throw fail("ERR_RESOURCE_NOT_FOUND", { urn });
      return target;
    },
  });
}

test("passes the input on and returns the result", async () => {
  const { execute } = dispatcher({ "A.double": (input) => Number(input) * 2 });
  assert.equal(await execute("A.double", 21), 42);
});

test("a nested execution has its caller as parent, the same trace and one more depth", async () => {
  const seen: Context[] = [];
  const { execute } = dispatcher({
    "A.outer": (_, ctx) => {
      seen.push(ctx);
      const { execute: below } = ctx;
      return below("A.inner", 1, { values: { b: 2 } });
    },
    "A.inner": (input, ctx) => {
      seen.push(ctx);
      return input;
    },
  });
  assert.equal(await execute("A.outer", null, { values: { a: 1 } }), 1);
  const [outer, inner] = seen as [Context, Context];
  assert.equal(inner.parent, outer);
  assert.deepEqual([outer.depth, inner.depth], [0, 1]);
  assert.match(outer.traceId, /^[0-9a-f]{32}$/);
  assert.equal(inner.traceId, outer.traceId);
  assert.match(inner.spanId, /^[0-9a-f]{16}$/);
  assert.notEqual(inner.spanId, outer.spanId);
  assert.deepEqual(inner.values, { a: 1, b: 2 });
});

test("what a controller throws is wrapped once, with cause and the chain of URNs", async () => {
  const cause = new Error("no such table");
  const { execute } = dispatcher({
    "A.outer": (_, ctx) => ctx.execute("A.inner"),
    "A.inner": () => {
      throw cause;
    },
  });
  await assert.rejects(execute("A.outer"), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_EXECUTION_FAILED");
    assert.equal(error.cause, cause);
    assert.deepEqual((error as DiglyError<"ERR_EXECUTION_FAILED">).details.chain, [
      "A.outer",
      "A.inner",
    ]);
    return true;
  });
});

test("a DiglyError passes through unchanged", async () => {
  const own = fail("ERR_SCHEMA_VALIDATION", { problem: "bad" });
  const { execute } = dispatcher({
    "A.a": () => {
      throw own;
    },
  });
  await assert.rejects(execute("A.a"), (error) => error === own);
});

test("a thrown value that is not an error is wrapped without quoting it", async () => {
  const { execute } = dispatcher({
    "A.a": () => {
      throw { secret: "hunter2" };
    },
  });
  await assert.rejects(execute("A.a"), (error) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_EXECUTION_FAILED");
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});

test("executions that call each other end at the call depth", async () => {
  const { execute } = dispatcher({ "A.loop": (_, ctx) => ctx.execute("A.loop") });
  await assert.rejects(execute("A.loop"), { code: "ERR_EXECUTION_FAILED", message: /call depth/ });
});

test("a signal and a deadline end an execution that ignores them", async () => {
  const { execute } = dispatcher({ "A.never": () => new Promise(() => {}) });
  const caller = new AbortController();
  const aborted = execute("A.never", null, { signal: caller.signal });
  caller.abort();
  await assert.rejects(aborted, { code: "ERR_ABORTED", message: /its caller aborted it/ });
  await assert.rejects(execute("A.never", null, { deadline: Date.now() + 10 }), {
    code: "ERR_ABORTED",
    message: /deadline/,
  });
});

test("what code throws because its signal is aborted is reported as that, wherever it was called", async () => {
  const target = (thrown?: Error): Target => (_, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(thrown ?? signal.reason));
    });
  const lost = new Error("The connection was closed");
  const { execute } = dispatcher({
    "A.obeys": target(),
    "A.wraps": target(lost),
    "A.calls": (_, ctx) => ctx.execute("A.obeys"),
  });
  const abortedLate = (urn: string) => {
    const caller = new AbortController();
    const execution = execute(urn, null, { signal: () => caller.signal });
    caller.abort(new DOMException("", "TimeoutError"));
    return execution;
  };
  const problem = "A.obeys was aborted: its deadline has passed";
  for (const urn of ["A.obeys", "A.calls"]) {
    await assert.rejects(abortedLate(urn), {
      code: "ERR_ABORTED",
      details: { problem, isLate: true },
    });
  }
  await assert.rejects(abortedLate("A.wraps"), { code: "ERR_ABORTED", cause: lost });
});

test("the signal reaches nested executions", async () => {
  const caller = new AbortController();
  let inner: AbortSignal | undefined;
  const { execute } = dispatcher({
    "A.outer": (_, ctx) => ctx.execute("A.inner"),
    "A.inner": (_, ctx) => {
      inner = ctx.signal;
    },
  });
  await execute("A.outer", null, { signal: caller.signal });
  caller.abort();
  assert.equal(inner?.aborted, true);
});

test("idle waits for executions; after close new ones are rejected", async () => {
  let finish!: () => void;
  const { execute, idle, close, active } = dispatcher({
    "A.slow": () => new Promise<void>((resolve) => finish = resolve),
  });
  const running = execute("A.slow");
  assert.deepEqual(active(), ["A.slow"]);
  close();
  await assert.rejects(execute("A.slow"), { code: "ERR_ABORTED" });
  let ended = false;
  const waiting = idle().then(() => ended = true);
  assert.equal(ended, false);
  finish();
  await Promise.all([running, waiting]);
  assert.deepEqual(active(), []);
});

test("with a signal given as a function, the caller enforces the deadline", async () => {
  const { execute, idle, active } = dispatcher({
    "A.never": (_, ctx) => ctx.execute("A.below"),
    "A.below": () => new Promise(() => {}),
    "A.slow": () => new Promise((resolve) => setTimeout(resolve, 60)),
  });
  let isSettled = false;
  const options = { signal: () => new AbortController().signal, deadline: Date.now() + 30 };
  void execute("A.never", null, options).finally(() => isSettled = true);
  const slow = execute("A.slow");
  await idle();
  assert.equal(isSettled, false);
  assert.deepEqual(active(), []);
  await slow;
});

test("bytes, streams and responses are passed through untouched", async () => {
  const results = [
    new Uint8Array([1]),
    new ReadableStream(),
    new Response("x"),
    (async function* () {})(),
  ];
  let result: unknown;
  const { execute } = dispatcher({
    "A.outer": (_, ctx) => ctx.execute("A.inner"),
    "A.inner": () => result,
  });
  for (result of results) assert.equal(await execute("A.outer"), result);
});

function streamOf<Part, Chunk = Part>(
  parts: AsyncGenerator<Part>,
  convert = (part: Part): Chunk => part as unknown as Chunk,
): ReadableStream<Chunk> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done === true) controller.close();
      else controller.enqueue(convert(value));
    },
  });
}

test("onError sees the failure of a stream, with the chain, and may replace it", async () => {
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    await Promise.resolve();
    throw new Error("no more");
  }
  const seen: DiglyError[] = [];
  const { execute } = dispatcher({
    "A.items": failing,
    "A.stream": () => streamOf(failing()),
    "A.response": () =>
      new Response(streamOf(failing(), (n) => new TextEncoder().encode(String(n))), {
        status: 201,
      }),
  });
  const onError = (error: DiglyError) => void seen.push(error);
  for (const urn of ["A.items", "A.stream"]) {
    const parts: unknown[] = [];
    const items = await execute(urn, null, { onError }) as AsyncIterable<number>;
    await assert.rejects(async () => {
      for await (const item of items) parts.push(item);
    }, (error) => error === seen.at(-1));
    assert.deepEqual(parts, [1]);
    assert.equal(seen.at(-1)!.message, `Executing ${urn} failed: no more`);
  }
  const response = await execute("A.response", null, { onError }) as Response;
  assert.equal(response.status, 201);
  await assert.rejects(response.text());
  assert.equal(seen.length, 3);
  const replaced = await execute("A.items", null, {
    onError() {
      throw fail("Order.Lost", { problem: "lost" });
    },
  }) as AsyncIterable<number>;
  await assert.rejects(async () => {
    for await (const _ of replaced);
  }, { code: "Order.Lost" });
});

test("stopping to read a watched stream stops its producer", async () => {
  const stopped: string[] = [];
  const { execute } = dispatcher({
    "A.items": async function* () {
      try {
        for (let n = 0;; n++) yield n;
      } finally {
        stopped.push("items");
      }
    },
    "A.stream": () => new ReadableStream({ cancel: () => void stopped.push("stream") }),
  });
  const onError = () => {};
  for await (const _ of await execute("A.items", null, { onError }) as AsyncIterable<number>) break;
  await (await execute("A.stream", null, { onError }) as ReadableStream).cancel();
  assert.deepEqual(stopped, ["items", "stream"]);
});

test("a deadline concerns the result, not a stream that is still read", async () => {
  const { execute } = dispatcher({
    "A.items": async function* (_, ctx) {
      for (let n = 0; n < 3; n++) {
        yield ctx.signal.aborted;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  });
  const items = await execute("A.items", null, { deadline: Date.now() + 30 });
  const aborted: unknown[] = [];
  for await (const item of items as AsyncIterable<boolean>) aborted.push(item);
  assert.deepEqual(aborted, [false, false, false]);
});

test("dispatch gives a result that is there at once without a promise, and throws at once", async () => {
  const seen: (readonly string[])[] = [];
  const { dispatch, active } = dispatcher({
    "A.now": (input) => {
      seen.push(active());
      return input;
    },
    "A.later": (input) => Promise.resolve(input),
    "A.thenable": () => ({ then: (resolve: (value: number) => void) => resolve(3) }),
    "A.broken": () => {
      throw new Error("no such table");
    },
    "A.brokenLater": () => Promise.reject(new Error("no such table")),
  });
  assert.equal(dispatch("A.now", 1), 1);
  assert.deepEqual([seen, active()], [[["A.now"]], []]);
  assert.throws(() => dispatch("A.broken"), { code: "ERR_EXECUTION_FAILED" });
  assert.equal(dispatch("A.broken", 1, { onError: () => "instead" }), "instead");
  assert.throws(() => dispatch("A.missing"), { code: "ERR_RESOURCE_NOT_FOUND" });
  assert.deepEqual(active(), []);

  const later = dispatch("A.later", 2);
  assert(later instanceof Promise);
  assert.deepEqual(active(), ["A.later"]);
  assert.equal(await later, 2);
  assert.equal(await dispatch("A.thenable"), 3);
  await assert.rejects(dispatch("A.brokenLater") as Promise<unknown>, {
    code: "ERR_EXECUTION_FAILED",
  });
  assert.deepEqual(active(), []);
});
