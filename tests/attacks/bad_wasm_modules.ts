/** Files that are not controllers in WebAssembly; refused in process and in every form. */
import { assemble, ECHO, executing, withAllocator } from "../unit/wasm/wasm_app.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Modules that are refused without running them, with what the error says. */
export const BAD_MODULES: Readonly<
  Record<string, readonly [string | Uint8Array, RegExp, RegExp?]>
> = {
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
    /it needs shared memory or memory of 64 bits$/,
  ],
  "exceptions": [
    executing("(throw $e) (i64.const 0)", "(tag $e)"),
    /it uses exceptions, which are not supported$/,
  ],
  "a tail call": [
    executing("(return_call $pack (local.get $at) (local.get $length))"),
    /it uses an instruction that is not supported \(12\)/,
  ],
  "objects of garbage collection": [
    executing("(drop (struct.new $s)) (i64.const 0)", "(type $s (struct))"),
    /types of objects, which are not supported$/,
  ],
  "a table that is too large": [
    executing("(i64.const 0)", "(table 200000 funcref)"),
    /its tables have more than 100000 entries$/,
  ],
};
