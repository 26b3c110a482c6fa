import assert from "node:assert/strict";
import { test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import type { RecordedApp } from "../app.ts";
import { ECHO, executing, texts, wasmApp, withAllocator } from "./wasm_app.ts";

async function started(
  ...args: Parameters<typeof wasmApp>
): Promise<RecordedApp & { execute: (input?: unknown) => Promise<unknown> }> {
  const made = wasmApp(...args);
  await made.kernel.load("/app");
  await made.kernel.start();
  return { ...made, execute: (input) => made.kernel.execute("Test.Code.a", input) };
}

/** A request that the module makes, and then returns nothing. */
function asking(request: unknown): string {
  const { data, at } = texts(JSON.stringify(request));
  return executing(`(drop (call $call ${at(0)})) (i64.const 0)`, data);
}

test("a module gets the input as JSON and returns the result as JSON", async () => {
  const { execute, kernel } = await started(ECHO);
  for (const input of [5, "Ada", null, { list: [1, { deep: "ü €" }] }, []]) {
    assert.deepEqual(await execute(input), input);
  }
  assert.equal(await execute(undefined), null);
  await kernel.stop();
});

test("a module that returns 0 has no result", async () => {
  const { execute } = await started(executing("(i64.const 0)"));
  assert.equal(await execute(1), undefined);
});

test("`create` gets the resource, once for each instance", async () => {
  const { execute } = await started(
    withAllocator(`
      (global $at (mut i32) (i32.const 0))
      (global $length (mut i32) (i32.const 0))
      (func (export "create") (param $at i32) (param $length i32)
        (global.set $at (local.get $at))
        (global.set $length (local.get $length)))
      (func (export "execute") (param i32 i32) (result i64)
        (call $pack (global.get $at) (global.get $length)))`),
    { resources: "factor: 3\n" },
  );
  const { kind, factor, metadata } = await execute() as Record<string, unknown>;
  assert.deepEqual([kind, factor], ["Test.Code", 3]);
  assert.equal((metadata as { name: string }).name, "a");
});

test("an instance is used again, and dropped after a trap", async () => {
  const { execute } = await started(
    withAllocator(`
      (global $count (mut i32) (i32.const 0))
      (data (i32.const 1024) "0123456789")
      (func (export "execute") (param $at i32) (param $length i32) (result i64)
        (if (i32.gt_u (local.get $length) (i32.const 4)) (then (unreachable)))
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (call $pack (i32.add (i32.const 1024) (global.get $count)) (i32.const 1)))`),
  );
  assert.equal(await execute(1), 1);
  assert.equal(await execute(1), 2);
  await assert.rejects(execute("long"), { code: "ERR_CODE_TRAP" });
  assert.equal(await execute(1), 1);
});

test("what the module logs and emits is its resource's", async () => {
  const { data, at } = texts(
    '{"op":"log","message":"begun"}',
    '{"op":"log","level":"warn","message":"odd","fields":{"count":2}}',
    '{"op":"emit","event":"Done","payload":{"n":1}}',
    '{"op":"emit","event":"Done","payload":{"n":2}}',
  );
  const { execute, logs, events } = await started(
    executing(
      [0, 1, 2, 3].map((index) => `(drop (call $call ${at(index)}))`).join(" ") + "(i64.const 0)",
      data,
    ),
    { definition: "events: [Done]" },
  );
  await execute();
  const own = logs.filter(({ owner }) => owner === "Test.Code.a");
  assert.deepEqual(own.map(({ level, message, fields }) => [level, message, fields]), [
    ["info", "begun", undefined],
    ["warn", "odd", { count: 2 }],
  ]);
  const done = events.filter(({ event }) => event === "Test.Code.Done");
  assert.deepEqual(done.map(({ payload }) => payload), [{ n: 1 }, { n: 2 }]);
});

test("a module executes others by returning -1, and continues in `resume`", async () => {
  const { data, at } = texts(
    '{"op":"execute","urn":"Test.Other.b","input":1}',
    '{"op":"execute","urn":"Test.Other.b","input":2}',
    '{"op":"execute","urn":"Test.Other.c"}',
  );
  const { execute } = await started(
    executing(
      `(drop (call $call ${at(0)})) (drop (call $call ${at(1)})) (drop (call $call ${at(2)}))
       (i64.const -1)`,
      `${data}
      (func (export "resume") (param $at i32) (param $length i32) (result i64)
        (call $pack (local.get $at) (local.get $length)))`,
    ),
    {
      kinds: { Other: { execute: (name, input) => ({ name, input }) } },
      resources: "---\nkind: Test.Other\nmetadata: { name: b }\n",
    },
  );
  assert.deepEqual(await execute(), [
    { id: 1, result: { name: "b", input: 1 } },
    { id: 2, result: { name: "b", input: 2 } },
    {
      id: 3,
      error: { code: "ERR_RESOURCE_NOT_FOUND", message: "No resource is named Test.Other.c" },
    },
  ]);
});

test("executions that wait do not disturb each other", async () => {
  const { data, at } = texts('{"op":"execute","urn":"Test.Slow.b"}');
  const waiting: (() => void)[] = [];
  const { execute, kernel } = await started(
    withAllocator(`${data}
      (global $at (mut i32) (i32.const 0))
      (global $length (mut i32) (i32.const 0))
      (func (export "execute") (param $at i32) (param $length i32) (result i64)
        (global.set $at (local.get $at))
        (global.set $length (local.get $length))
        (drop (call $call ${at(0)}))
        (i64.const -1))
      (func (export "resume") (param i32 i32) (result i64)
        (call $pack (global.get $at) (global.get $length)))`),
    {
      kinds: { Slow: { execute: () => new Promise<void>((done) => waiting.push(done)) } },
      resources: "---\nkind: Test.Slow\nmetadata: { name: b }\n",
    },
  );
  const results = Promise.all(["one", "two", "three"].map(execute));
  while (waiting.length < 3) await new Promise((done) => setImmediate(done));
  for (const done of waiting.splice(0).reverse()) done();
  assert.deepEqual(await results, ["one", "two", "three"]);
  await kernel.stop();
});

test("`fail` ends an execution with a code of the module, and keeps the instance", async () => {
  const { execute } = await started(
    asking({ op: "fail", code: "Test.Gone", message: "It is gone", status: 410, data: { id: 7 } }),
    { definition: "errors: { Gone: { status: 410 } }" },
  );
  await assert.rejects(execute(), (error: unknown) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "Test.Gone");
    assert.equal(error.message, "It is gone");
    assert.deepEqual((error.details as { data: unknown }).data, { id: 7 });
    return true;
  });
});

test("`fail` without a code is a failed execution", async () => {
  const { execute } = await started(asking({ op: "fail", message: "no paper" }));
  await assert.rejects(execute(), {
    code: "ERR_EXECUTION_FAILED",
    message: "Executing Test.Code.a failed: no paper",
  });
});

test("`rethrow` fails as the execution that the module waited for", async () => {
  const { data, at } = texts(
    '{"op":"execute","urn":"Test.Other.c"}',
    '{"op":"rethrow","id":1}',
  );
  const { execute } = await started(executing(
    `(drop (call $call ${at(0)})) (i64.const -1)`,
    `${data}
    (func (export "resume") (param i32 i32) (result i64)
      (drop (call $call ${at(1)})) (i64.const 0))`,
  ));
  await assert.rejects(execute(), { code: "ERR_RESOURCE_NOT_FOUND" });
});

test("`context` describes the execution", async () => {
  const { data, at } = texts('{"op":"context"}');
  const { execute, kernel } = await started(executing(`(call $call ${at(0)})`, data));
  const before = Date.now();
  const context = await execute() as Record<string, unknown>;
  assert.deepEqual([context["urn"], context["depth"], context["deadline"]], [
    "Test.Code.a",
    0,
    null,
  ]);
  assert(Number(context["now"]) >= before);
  assert.match(String(context["traceId"]), /^[0-9a-f]{32}$/);
  const deadline = Date.now() + 60_000;
  const late = await kernel.execute("Test.Code.a", null, { deadline });
  assert.equal((late as Record<string, unknown>)["deadline"], deadline);
});

test("an execution whose deadline passes while it computes is aborted", async () => {
  const { kernel } = await started(executing("(loop $l (br $l)) (i64.const 0)"), {
    limits: "{ time: 10m }",
  });
  const deadline = Date.now() + 20;
  await assert.rejects(kernel.execute("Test.Code.a", null, { deadline }), (error: unknown) => {
    assert(isDiglyError(error));
    assert.equal(error.code, "ERR_ABORTED");
    assert.equal((error.details as { isLate: boolean }).isLate, true);
    return true;
  });
});

test("an execution that is aborted while it waits does not continue", async () => {
  const { data, at } = texts('{"op":"execute","urn":"Test.Slow.b"}', '{"op":"log","message":"on"}');
  const abort = new AbortController();
  const { kernel, logs } = await started(
    executing(
      `(drop (call $call ${at(0)})) (i64.const -1)`,
      `${data}
      (func (export "resume") (param i32 i32) (result i64)
        (drop (call $call ${at(1)})) (i64.const 0))`,
    ),
    {
      kinds: {
        Slow: {
          async execute() {
            abort.abort();
            await new Promise((done) => setImmediate(done));
          },
        },
      },
      resources: "---\nkind: Test.Slow\nmetadata: { name: b }\n",
    },
  );
  const { signal } = abort;
  await assert.rejects(kernel.execute("Test.Code.a", null, { signal }), { code: "ERR_ABORTED" });
  await new Promise((done) => setImmediate(done));
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(logs.filter(({ owner }) => owner === "Test.Code.a"), []);
  await kernel.stop();
});

test("kinds that use the same file have limits of their own", async () => {
  const { kernel } = await started(executing("(loop $l (br $l)) (i64.const 0)"), {
    limits: "{ fuel: 1e4 }",
    definitions: {
      Code: "controllers: [{ runtime: wasm, entrypoint: ./code.wasm, limits: { fuel: 1e4 } }]",
      Slow: "controllers: [{ runtime: wasm, entrypoint: ./code.wasm, limits: { time: 1ms } }]",
    },
    resources: "---\nkind: Test.Slow\nmetadata: { name: b }\n",
  });
  await assert.rejects(kernel.execute("Test.Code.a"), { code: "ERR_CODE_FUEL" });
  await assert.rejects(kernel.execute("Test.Slow.b"), { code: "ERR_CODE_TIME" });
});

test("a snapshot says how many instances there are", async () => {
  const { execute, kernel } = await started(ECHO);
  await execute(1);
  const { resources } = await kernel.takeSnapshot();
  const own = resources.find(({ kind }) => kind === "Test.Code");
  assert.deepEqual(own?.snapshot, { instances: 1, idleMemoryBytes: 65_536 });
});

test("a thousand executions that wait have an instance each, a further one is refused, and few are kept", async () => {
  const { data, at } = texts('{"op":"execute","urn":"Test.Slow.b"}');
  let release = (): void => {};
  const released = new Promise<void>((done) => release = done);
  let waiting = 0;
  const { execute, kernel } = await started(
    withAllocator(`${data}
      (func (export "execute") (param i32 i32) (result i64)
        (drop (call $call ${at(0)}))
        (i64.const -1))
      (func (export "resume") (param $at i32) (param $length i32) (result i64)
        (call $pack (local.get $at) (local.get $length)))`),
    {
      kinds: {
        Slow: {
          async execute() {
            waiting++;
            await released;
            return "ready";
          },
        },
      },
      resources: "---\nkind: Test.Slow\nmetadata: { name: b }\n",
    },
  );
  const snapshot = async () => {
    const { resources } = await kernel.takeSnapshot();
    return resources.find(({ kind }) => kind === "Test.Code")?.snapshot;
  };
  const results = Promise.all(Array.from({ length: 1_000 }, () => execute()));
  while (waiting < 1_000) await new Promise((done) => setImmediate(done));
  assert.deepEqual(await snapshot(), { instances: 1_000, idleMemoryBytes: 0 });
  await assert.rejects(execute(), {
    code: "ERR_UNAVAILABLE",
    message: "Test.Code.a is executed 1000 times at once, which is the most",
  });
  release();
  for (const result of await results) assert.deepEqual(result, [{ id: 1, result: "ready" }]);
  assert.deepEqual(await snapshot(), { instances: 16, idleMemoryBytes: 16 * 65_536 });
  await kernel.stop();
});

test("a thousand executions that do not wait share one instance", async () => {
  const { execute, kernel } = await started(ECHO);
  const inputs = Array.from({ length: 1_000 }, (_, index) => index);
  assert.deepEqual(await Promise.all(inputs.map(execute)), inputs);
  const { resources } = await kernel.takeSnapshot();
  const own = resources.find(({ kind }) => kind === "Test.Code");
  assert.deepEqual(own?.snapshot, { instances: 1, idleMemoryBytes: 65_536 });
  await kernel.stop();
});

test("an execution that logs too much is told once, and what comes later is dropped", async () => {
  const { data, at } = texts('{"op":"log","message":"flood"}');
  const { execute, logs } = await started(executing(
    `(local $left i32) (local.set $left (i32.const 3000))
     (loop $l
       (drop (call $call ${at(0)}))
       (br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
     (i64.const 0)`,
    data,
  ));
  await execute();
  const own = logs.filter(({ owner }) => owner === "Test.Code.a");
  assert.equal(own.length, 1_001);
  assert.deepEqual([own.at(-1)!.level, own.at(-1)!.message], [
    "warn",
    "More than 1000 log lines of one execution, or more than 16 MiB of them, are not written",
  ]);
});
