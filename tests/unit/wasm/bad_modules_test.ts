/** Everything that can be wrong with a controller in WebAssembly gives one error of ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { collect } from "../documents.ts";
import { assemble, ECHO, executing, texts, wasmApp, withAllocator } from "./wasm_app.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Modules that are refused without running them, with what the error says. */
const REFUSED: Readonly<Record<string, readonly [string | Uint8Array, RegExp, RegExp?]>> = {
  "an empty file": [new Uint8Array(), /it is not a WebAssembly module$/],
  "text": [encode("(module)"), /it is not a WebAssembly module$/],
  "a component": [
    new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]),
    /it is a component, and only core modules are supported$/,
  ],
  "another version": [
    new Uint8Array([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]),
    /it is of another version of WebAssembly than 1$/,
  ],
  "half a module": [assemble(ECHO).subarray(0, 60), /it ends too early$/],
  "a section of an unknown kind": [
    Uint8Array.from([...assemble(ECHO), 99, 0]),
    /it has a section of an unknown kind, 99$/,
  ],
  "an invalid function": [executing("(i32.const 1)"), /it does not pass validation$/],
  "no exports": [
    "(module)",
    /does not export `memory`, `alloc`, `dealloc` and `execute`$/,
  ],
  "a misspelt export": [
    ECHO.replace('"execute"', '"excute"'),
    /does not export `execute`$/,
    /It exports "excute": did you mean "execute"\?/,
  ],
  "a memory that is not one": [
    ECHO.replace('(memory (export "memory") 1)', "(memory 1)")
      .replace("(func $pack", '(func (export "memory")) (func $pack'),
    /exports a `memory` that is not a memory$/,
  ],
  "an export with another type": [
    withAllocator('(func (export "execute") (param i32) (result i32) (i32.const 0))'),
    /exports `execute` as \(i32\) -> i32, and it must be \(i32, i32\) -> i64$/,
  ],
  "another version of the interface as a constant": [
    ECHO.replace("(func $pack", '(global (export "digly_abi") i32 (i32.const 2)) (func $pack'),
    /has version 2 of the interface, and this is version 1$/,
  ],
  "another version of the interface as a function": [
    ECHO.replace(
      "(func $pack",
      '(func (export "digly_abi") (result i32) (i32.const 2)) (func $pack',
    ),
    /has version 2 of the interface, and this is version 1$/,
  ],
  "the address of a version": [
    ECHO.replace(
      "(func $pack",
      '(global (export "digly_abi") i32 (i32.const 1048576)) (func $pack',
    ),
    /has version 1048576 of the interface/,
    /Export a function `digly_abi` that returns 1/,
  ],
  "an import that does not exist": [
    executing("(call $f) (i64.const 0)").replace(
      "(module",
      '(module (import "env" "now" (func $f))',
    ),
    /imports "env\.now", which does not exist$/,
    /may import `digly\.call`, and the functions of WASI/,
  ],
  "a misspelt import": [
    ECHO.replace('"digly" "call"', '"digly" "cal"'),
    /imports "digly\.cal", which does not exist$/,
    /Did you mean "digly\.call"\?/,
  ],
  "an import with another type": [
    executing("(call $f (i32.const 0)) (i64.const 0)")
      .replace("(func $call (param i32 i32) (result i64))", "(func $f (param i32))"),
    /imports "digly\.call" as \(i32\) -> \(\), and it is \(i32, i32\) -> i64$/,
  ],
  "an imported memory": [
    ECHO.replace(
      '(memory (export "memory") 1)',
      '(import "env" "memory" (memory 1)) (export "memory" (memory 0))',
    ),
    /imports the memory "env\.memory"$/,
    /has its own memory, and exports it/,
  ],
  "more memory than its limit": [
    ECHO.replace('"memory") 1)', '"memory") 2000)'),
    /needs 125MiB of memory from the beginning, and its limit is 64MiB$/,
    /Raise `memory` in the `limits`/,
  ],
  "shared memory": [
    ECHO.replace('"memory") 1)', '"memory") 1 1 shared)'),
    /shared memory|does not pass validation/,
  ],
  "exceptions": [
    executing("(throw $e) (i64.const 0)", "(tag $e)"),
    /section of an unknown kind, 13$|does not pass validation/,
  ],
  "a tail call": [
    executing("(return_call $pack (local.get $at) (local.get $length))"),
    /it uses an instruction that is not supported \(12\)/,
  ],
  "objects of garbage collection": [
    executing("(drop (struct.new $s)) (i64.const 0)", "(type $s (struct))"),
    /types of objects, which are not supported|not supported|does not pass validation/,
  ],
  "a table that is too large": [
    executing("(i64.const 0)", "(table 200000 funcref)"),
    /its tables have more than 100000 entries$/,
  ],
};

for (const [name, [module, problem, help]] of Object.entries(REFUSED)) {
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
