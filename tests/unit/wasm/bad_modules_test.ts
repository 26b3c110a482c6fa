/** Everything that can be wrong with a controller in WebAssembly gives one error of ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { collect } from "../documents.ts";
import { BAD_MODULES } from "../../attacks/bad_wasm_modules.ts";
import { executing, texts, wasmApp } from "./wasm_app.ts";

for (const [name, [module, problem, help]] of Object.entries(BAD_MODULES)) {
  test(`check and boot refuse ${name}, each with the same error`, async () => {
    const { platform, kernel } = wasmApp(module);
    const boot = await kernel.load("/app").then(() => kernel.start()).then(
      () => assert.fail("it started"),
      (error: unknown) => error,
    );
    assert(isDiglyError(boot));
    assert.equal(boot.code, "ERR_MODULE_INVALID");
    assert.match(boot.message, /^The controller \/app\/test\/code\.wasm /);
    assert.match(boot.message, problem);
    if (help !== undefined) assert.match(boot.help ?? "", help);
    assert.equal(boot.origin?.file, "/app/test/Code.yaml");
    assert.deepEqual(boot.related.map(({ message }) => message), ["Test.Code.a needs it"]);

    const diagnostics = collect();
    const checking = new Kernel({
      platform,
      builtins: { files: {}, controllers: {} },
      diagnostics,
      checking: true,
    });
    await checking.load("/app");
    await checking.verify();
    assert.deepEqual(diagnostics.errors.map(({ message }) => message), [boot.message]);
  });
}

/** Modules that fail when they run. */
const FAILING: Readonly<Record<string, readonly [string, string, RegExp, string?]>> = {
  "a loop without an end": [
    executing("(loop $l (br $l)) (i64.const 0)"),
    "ERR_CODE_FUEL",
    /^Test\.Code\.a takes more instructions than its limit of 1e6$/,
  ],
  "a loop in a block that is left and entered again": [
    executing("(loop $l (block $b (br $b)) (br $l)) (i64.const 0)"),
    "ERR_CODE_FUEL",
    /takes more instructions/,
  ],
  "functions that call each other": [
    executing("(call $f) (i64.const 0)", "(func $f (call $f))"),
    "ERR_CODE_TRAP",
    /^Test\.Code\.a trapped: its calls nest too deeply$/,
    "{ time: 10m }",
  ],
  "filling memory again and again": [
    executing(
      "(loop $l (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)) (br $l)) (i64.const 0)",
    ),
    "ERR_CODE_FUEL",
    /takes more instructions/,
  ],
  "memory that cannot grow": [
    executing(
      "(if (i32.eq (memory.grow (i32.const 5000)) (i32.const -1)) (then (unreachable))) (i64.const 0)",
    ),
    "ERR_CODE_MEMORY",
    /^Test\.Code\.a needs more memory than its limit of 64MiB$/,
  ],
  "an allocator that gives nothing": [
    executing("(i64.const 0)").replace("(local.get $start))\n", "(i32.const 0))\n"),
    "ERR_CODE_MEMORY",
    /needs more memory/,
  ],
  "an allocator with a pointer out of range": [
    executing("(i64.const 0)").replace("(local.get $start))\n", "(i32.const -16))\n"),
    "ERR_CODE_RESULT",
    /has an `alloc` that returned memory out of its bounds \(4294967280\)$/,
  ],
  "a panic": [executing("(unreachable)"), "ERR_CODE_TRAP", /trapped: it reached code/],
  "a division by zero": [
    executing("(drop (i32.div_u (i32.const 1) (i32.const 0))) (i64.const 0)"),
    "ERR_CODE_TRAP",
    /trapped: it divided by zero$/,
  ],
  "a number that is too large": [
    executing("(drop (i32.trunc_f64_s (f64.const 1e300))) (i64.const 0)"),
    "ERR_CODE_TRAP",
    /trapped: a number was too large for its type$/,
  ],
  "memory out of bounds": [
    executing("(drop (i32.load (i32.const -4))) (i64.const 0)"),
    "ERR_CODE_TRAP",
    /trapped: it used memory out of its bounds$/,
  ],
  "a function that does not exist": [
    executing("(call_indirect (i32.const 0)) (i64.const 0)", "(table 1 funcref)"),
    "ERR_CODE_TRAP",
    /trapped: it called a function that does not exist$/,
  ],
  "a result out of bounds": [
    executing("(call $pack (i32.const -16) (i32.const 8))"),
    "ERR_CODE_RESULT",
    /returned a result out of the bounds of its memory \(4294967280, 8 bytes\)$/,
  ],
  "a result that is too long": [
    executing("(call $pack (i32.const 0) (i32.const 17000000))").replace(
      '"memory") 1)',
      '"memory") 300)',
    ),
    "ERR_CODE_RESULT",
    /returned a result of 17000000 bytes, and 16777216 is the most$/,
  ],
  "a result that is not UTF-8": [
    executing("(call $pack (i32.const 1024) (i32.const 2))", '(data (i32.const 1024) "\\ff\\fe")'),
    "ERR_CODE_RESULT",
    /returned a result that is not valid UTF-8$/,
  ],
  "a result that is not JSON": [
    executing("(call $pack (i32.const 1024) (i32.const 2))", '(data (i32.const 1024) "{]")'),
    "ERR_CODE_RESULT",
    /returned a result that is not valid JSON: "\{]"$/,
  ],
  "a result that nests too deeply": [
    executing(
      `(memory.fill (i32.const 1024) (i32.const ${"[".charCodeAt(0)}) (i32.const 1000))
       (call $pack (i32.const 1024) (i32.const 1000))`,
    ),
    "ERR_CODE_RESULT",
    /returned a result that nests more than 256 levels deep$/,
  ],
  "waiting for nothing": [
    executing("(i64.const -1)"),
    "ERR_CODE_RESULT",
    /waits for executions, and has not asked for any$/,
  ],
  "waiting without `resume`": [
    asking('{"op":"execute","urn":"Test.Code.a"}', "(i64.const -1)"),
    "ERR_CODE_RESULT",
    /waits for executions, and does not export `resume`$/,
  ],
  "a result instead of waiting": [
    asking('{"op":"execute","urn":"Test.Code.a"}', "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /returned a result although it has asked to execute Test\.Code\.a$/,
  ],
  "a request out of bounds": [
    executing("(call $call (i32.const -1) (i32.const 4))"),
    "ERR_CODE_RESULT",
    /called Digly with a request out of the bounds of its memory/,
  ],
  "a request that is not JSON": [
    asking("log this", "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /called Digly with a request that is not valid JSON: "log this"$/,
  ],
  "a request that is not an object": [
    asking("[1]", "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /called Digly with a request that is not an object$/,
  ],
  "a request without an operation": [
    asking("{}", "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /called Digly with a request without `op`$/,
  ],
  "an operation that does not exist": [
    asking('{"op":"constructor"}', "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /whose `op` is "constructor", which does not exist$/,
  ],
  "a request with a wrong field": [
    asking('{"op":"log","message":{"a":1}}', "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /called Digly with a request `log` whose `message` is \{"a":1\}$/,
  ],
  "a request without a field": [
    asking('{"op":"emit"}', "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /called Digly with a request `emit` without `event`$/,
  ],
  "a code of Digly's own": [
    asking('{"op":"fail","code":"ERR_ABORTED","message":"no"}', "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /failed with the code ERR_ABORTED, which is one of Digly's own$/,
  ],
  "an error to rethrow that does not exist": [
    asking('{"op":"rethrow","id":3}', "(i64.const 0)"),
    "ERR_CODE_RESULT",
    /rethrows the error of execution 3, which has none$/,
  ],
  "a panic with a message": [
    asking('{"op":"panic","message":"no ink"}', "(unreachable)"),
    "ERR_CODE_TRAP",
    /^Test\.Code\.a panicked: no ink$/,
  ],
  "logging without an end": [
    executing(
      `(loop $l (drop (call $call ${texts('{"op":"context"}').at(0)})) (br $l)) (i64.const 0)`,
      texts('{"op":"context"}').data,
    ),
    "ERR_CODE_FUEL",
    /takes more instructions/,
    "{ fuel: 1e5, time: 10m }",
  ],
  "events that are too large together": [
    executing(
      `(memory.fill (i32.const 1063) (i32.const ${"x".charCodeAt(0)}) (i32.const 10000000))
       (i32.store16 (i32.const 10001063) (i32.const 0x7d22))
       (loop $l (drop (call $call (i32.const 1024) (i32.const 10000041))) (br $l)) (i64.const 0)`,
      '(data (i32.const 1024) "{\\22op\\22:\\22emit\\22,\\22event\\22:\\22Done\\22,\\22payload\\22:\\22x")',
    ).replace('"memory") 1)', '"memory") 200)'),
    "ERR_CODE_RESULT",
    /asks for more than 67108864 bytes at once$/,
    "{ time: 10m }",
  ],
  "a loop in `start`": [
    executing("(i64.const 0)", "(func $s (loop $l (br $l))) (start $s)"),
    "ERR_CODE_FUEL",
    /takes more instructions/,
  ],
  "a start that needs too much memory": [
    executing(
      "(i64.const 0)",
      `(func $s
         (if (i32.eq (memory.grow (i32.const 5000)) (i32.const -1)) (then (unreachable))))
       (start $s)`,
    ),
    "ERR_CODE_MEMORY",
    /needs more memory/,
  ],
  "data that does not fit its memory": [
    executing("(i64.const 0)", '(data (i32.const 65535) "ab")'),
    "ERR_CODE_TRAP",
    /trapped: it used memory out of its bounds$/,
  ],
  "a `create` without an end": [
    executing("(i64.const 0)", '(func (export "create") (param i32 i32) (loop $l (br $l)))'),
    "ERR_CODE_FUEL",
    /takes more instructions/,
  ],
  "executing in `create`": [
    executing(
      "(i64.const 0)",
      `${texts('{"op":"execute","urn":"Test.Code.a"}').data}
      (func (export "create") (param i32 i32)
        (drop (call $call ${texts('{"op":"execute","urn":"Test.Code.a"}').at(0)})))`,
    ),
    "ERR_CODE_RESULT",
    /asks in `create` to execute Test\.Code\.a$/,
  ],
};

/** A module that makes this request, and then does this. */
function asking(request: string, then: string): string {
  const { data, at } = texts(request);
  return executing(`(drop (call $call ${at(0)})) ${then}`, data);
}

for (const [name, [module, code, problem, limits]] of Object.entries(FAILING)) {
  test(`${name}: ${code}`, async () => {
    const { kernel } = wasmApp(module, { limits: limits ?? "{ fuel: 1e6, time: 10m }" });
    await kernel.load("/app");
    const failure = await kernel.start().then(() => kernel.execute("Test.Code.a", {})).then(
      () => assert.fail("it did not fail"),
      (error: unknown) => error,
    );
    assert(isDiglyError(failure), String(failure));
    assert.equal(failure.code, code);
    assert.match(failure.message, problem);
    assert.equal(failure.origin?.file, "/app/runtime.yaml");
    assert.deepEqual(failure.related.map(({ message }) => message), [
      "Its controller is /app/test/code.wasm",
    ]);
    await kernel.stop();
  });
}
