/** What controllers in WebAssembly may try, and how each ends; run in process and in every form. */
import { executing, texts } from "../unit/wasm/wasm_app.ts";
import {
  asking,
  ATTACK_ON_PROTOTYPES,
  calling,
  elsewhere,
  EXECUTE_ITSELF,
  failed,
  FOREVER,
  LITTLE_FUEL,
  NO_FUEL,
  NO_FUNCTION,
  OUT_OF_BOUNDS,
  returning,
  TEN_MINUTES,
  TOO_DEEP,
  TOO_LARGE,
  UNREACHABLE,
  type WasmAttack,
} from "./wasm_parts.ts";
import { REQUESTS, WASI_CALLS } from "./wasm_requests.ts";

/** Each attack with its outcome; the names are those of kinds. */
export const WASM_ATTACKS: readonly WasmAttack[] = [
  {
    name: "Echoing",
    module: executing("(call $pack (local.get $at) (local.get $length))"),
    outcome: { result: {} },
  },
  // Time, instructions and memory.
  {
    name: "Endless",
    module: executing(`${FOREVER} (i64.const 0)`),
    limits: "{ time: 50ms }",
    outcome: failed("ERR_CODE_TIME", "computes longer than its limit of 50ms"),
  },
  {
    name: "Counting",
    module: executing(`${FOREVER} (i64.const 0)`),
    limits: LITTLE_FUEL,
    outcome: NO_FUEL,
  },
  {
    name: "EndlessInDealloc",
    module: executing("(i64.const 0)").replace(
      '(func (export "dealloc") (param i32 i32))',
      `(func (export "dealloc") (param i32 i32) ${FOREVER})`,
    ),
    limits: LITTLE_FUEL,
    outcome: NO_FUEL,
  },
  {
    name: "EndlessInAlloc",
    module: executing("(i64.const 0)").replace(
      "(local $start i32)",
      `(local $start i32) ${FOREVER}`,
    ),
    limits: LITTLE_FUEL,
    outcome: NO_FUEL,
  },
  {
    name: "EndlessInResume",
    module: asking([EXECUTE_ITSELF], {
      then: "(i64.const -1)",
      more: `(func (export "resume") (param i32 i32) (result i64) ${FOREVER} (i64.const 0))`,
    }),
    limits: LITTLE_FUEL,
    outcome: NO_FUEL,
  },
  {
    name: "WaitingForever",
    module: asking([EXECUTE_ITSELF], {
      then: "(i64.const -1)",
      more: `(func (export "resume") (param i32 i32) (result i64)
        (drop (call $call ${texts("true", JSON.stringify(EXECUTE_ITSELF)).at(1)})) (i64.const -1))`,
    }),
    limits: LITTLE_FUEL,
    outcome: NO_FUEL,
  },
  {
    name: "Asking",
    module: asking([{ op: "context" }], { times: 1e9 }),
    limits: "{ fuel: 1e4, time: 10m }",
    outcome: failed("ERR_CODE_FUEL", "takes more instructions than its limit of 10000"),
  },
  {
    name: "Filling",
    module: executing(
      `(loop $l (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)) (br $l)) (i64.const 0)`,
    ),
    limits: LITTLE_FUEL,
    outcome: NO_FUEL,
  },
  {
    name: "Growing",
    module: executing(
      "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)",
    ),
    limits: "{ memory: 1MiB, time: 10m }",
    outcome: failed("ERR_CODE_MEMORY", "needs more memory than its limit of 1MiB"),
  },
  {
    name: "GrowingTables",
    module: executing(
      `(loop $l (br_if $l
         (i32.ne (table.grow (ref.func $alloc) (i32.const 1000)) (i32.const -1))))
       (i32.store8 (i32.const 1024) (i32.const 48))
       (call $pack (i32.const 1024)
         (i32.add (i32.const 1) (i32.gt_u (table.size) (i32.const 100000))))`,
      "(table 1 funcref) (elem declare func $alloc)",
    ),
    limits: TEN_MINUTES,
    outcome: { result: 0 },
  },
  {
    name: "Recursive",
    module: executing(
      "(call $f (i64.const 1))",
      "(func $f (param i64) (result i64)" +
        "(i64.add (local.get 0) (call $f (i64.add (local.get 0) (i64.const 1)))))",
    ),
    limits: TEN_MINUTES,
    outcome: failed("ERR_CODE_TRAP", TOO_DEEP),
  },
  {
    name: "RecursiveThroughDigly",
    module: asking([{ op: "context" }]).replace(
      "(local $start i32)",
      `(local $start i32)
       (if (global.get $top) (then
         (drop (call $call ${texts("true", '{"op":"context"}').at(1)}))))`,
    ),
    limits: TEN_MINUTES,
    outcome: failed("ERR_CODE_RESULT", "asks Digly for an answer in its `alloc`"),
  },
  // Traps.
  {
    name: "Dividing",
    module: executing("(drop (i32.div_s (i32.const 1) (i32.const 0))) (i64.const 0)"),
    outcome: failed("ERR_CODE_TRAP", "trapped: it divided by zero"),
  },
  {
    name: "Overflowing",
    module: executing("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1))) (i64.const 0)"),
    outcome: failed("ERR_CODE_TRAP", TOO_LARGE),
  },
  {
    name: "Converting",
    module: executing("(drop (i32.trunc_f64_s (f64.const 1e300))) (i64.const 0)"),
    outcome: failed("ERR_CODE_TRAP", TOO_LARGE),
  },
  {
    name: "Panicking",
    module: executing("(unreachable)"),
    outcome: failed("ERR_CODE_TRAP", UNREACHABLE),
  },
  {
    name: "PanickingInDealloc",
    module: executing("(i64.const 0)").replace(
      '(func (export "dealloc") (param i32 i32))',
      `(func (export "dealloc") (param i32 i32) (unreachable))`,
    ),
    outcome: failed("ERR_CODE_TRAP", UNREACHABLE),
  },
  {
    name: "Reading",
    module: executing("(drop (i32.load (i32.const -4))) (i64.const 0)"),
    outcome: failed("ERR_CODE_TRAP", OUT_OF_BOUNDS),
  },
  {
    name: "Copying",
    module: executing(
      "(memory.copy (i32.const 0) (i32.const 65530) (i32.const 100)) (i64.const 0)",
    ),
    outcome: failed("ERR_CODE_TRAP", OUT_OF_BOUNDS),
  },
  {
    name: "Indirect",
    module: executing("(call_indirect (i32.const 0)) (i64.const 0)", "(table 1 funcref)"),
    outcome: failed("ERR_CODE_TRAP", NO_FUNCTION),
  },
  {
    name: "Mistyped",
    module: executing(
      "(call_indirect (i32.const 0)) (i64.const 0)",
      "(table funcref (elem $alloc))",
    ),
    outcome: failed("ERR_CODE_TRAP", NO_FUNCTION),
  },
  {
    name: "Exiting",
    module: calling(
      "proc_exit",
      "(param i32)",
      "(block (result i32) (call $wasi (i32.const 7)) (i32.const 0))",
    ),
    outcome: failed("ERR_CODE_TRAP", "panicked: it exited with code 7"),
  },
  // Results.
  {
    name: "Outside",
    module: executing("(call $pack (i32.const -16) (i32.const 8))"),
    outcome: failed(
      "ERR_CODE_RESULT",
      "returned a result out of the bounds of its memory (4294967280, 8 bytes)",
    ),
  },
  {
    name: "Everything",
    module: executing("(call $pack (i32.const 1) (i32.const -1))"),
    outcome: failed(
      "ERR_CODE_RESULT",
      "returned a result out of the bounds of its memory (1, 4294967295 bytes)",
    ),
  },
  {
    name: "Huge",
    module: executing("(call $pack (i32.const 0) (i32.const 17000000))")
      .replace('"memory") 1)', '"memory") 300)'),
    outcome: failed(
      "ERR_CODE_RESULT",
      "returned a result of 17000000 bytes, and 16777216 is the most",
    ),
  },
  {
    name: "Deep",
    module: executing(
      `(memory.fill (i32.const 1024) (i32.const ${"[".charCodeAt(0)}) (i32.const 60000))
       (call $pack (i32.const 1024) (i32.const 60000))`,
    ),
    outcome: failed("ERR_CODE_RESULT", "returned a result that nests more than 256 levels deep"),
  },
  {
    name: "NotUtf8",
    module: executing(
      "(call $pack (i32.const 1024) (i32.const 3))",
      '(data (i32.const 1024) "\\22\\ff\\22")',
    ),
    outcome: failed("ERR_CODE_RESULT", "returned a result that is not valid UTF-8"),
  },
  {
    name: "ReturningInfinity",
    module: returning('{"a":[1,-1e999]}'),
    outcome: failed("ERR_CODE_RESULT", "returned a result with a number that is too large"),
  },
  {
    name: "NotJson",
    module: returning("{a: 1}"),
    outcome: failed("ERR_CODE_RESULT", 'returned a result that is not valid JSON: "{a: 1}"'),
  },
  {
    name: "Polluting",
    module: returning(ATTACK_ON_PROTOTYPES),
    outcome: { result: JSON.parse(ATTACK_ON_PROTOTYPES) },
  },
  {
    name: "Thenable",
    module: returning('{"then":{"then":1},"catch":2,"toJSON":3}'),
    outcome: { result: { then: { then: 1 }, catch: 2, toJSON: 3 } },
  },
  {
    name: "Surrogate",
    module: returning('"\\ud800\\u0000"'),
    outcome: { result: "\ud800\0" },
  },
  ...REQUESTS,
  ...WASI_CALLS,
  // Before anything is executed.
  {
    name: "Initializing",
    module: elsewhere("_initialize", "", "(drop (memory.grow (i32.const 1)))"),
    outcome: { result: true },
  },
];
