/** What controllers in WebAssembly may try, and how each ends; run in process and in every form. */
import { executing, texts } from "./unit/wasm/wasm_app.ts";

/** A module, and what executing it with `{}` comes to. */
export interface WasmAttack {
  /** The name of its kind. */
  readonly name: string;
  readonly module: string;
  /** As in the manifest. */
  readonly limits?: string;
  readonly outcome: WasmOutcome;
}

/** A result, or the code of an error and what it says after the URN of the resource. */
export type WasmOutcome =
  | { readonly result: unknown }
  | { readonly code: string; readonly problem: string };

function failed(code: string, problem: string): WasmOutcome {
  return { code, problem };
}

const UNREACHABLE = "trapped: it reached code that must not be reached, as after a panic";
const OUT_OF_BOUNDS = "trapped: it used memory out of its bounds";
const NO_FUNCTION = "trapped: it called a function that does not exist";
const TOO_LARGE = "trapped: a number was too large for its type";
const TOO_DEEP = "trapped: its calls nest too deeply";

const FOREVER = "(loop $l (br $l))";
const TEN_MINUTES = "{ time: 10m }";
const LITTLE_FUEL = "{ fuel: 1e5, time: 10m }";
const NO_FUEL = failed("ERR_CODE_FUEL", "takes more instructions than its limit of 1e5");

/** A module that returns this text. */
function returning(text: string): string {
  const { data, at } = texts(text);
  return executing(`(call $pack ${at(0)})`, data);
}

/** A module that makes these requests, each `times`, and then returns `true` or does `then`. */
function asking(requests: readonly unknown[], { times = 1, then = "", more = "" } = {}): string {
  const list = requests.map((one) => typeof one === "string" ? one : JSON.stringify(one));
  const { data, at } = texts("true", ...list);
  const each = list.map((_, index) =>
    `(local.set $left (i32.const ${times}))
     (loop $l
       (drop (call $call ${at(index + 1)}))
       (br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))`
  );
  return executing(
    `(local $left i32) ${each.join("\n")} ${then === "" ? `(call $pack ${at(0)})` : then}`,
    data + more,
  ).replace("(i32.const 8192))", "(i32.const 40000))");
}

const EXECUTE_ITSELF = { op: "execute", urn: "Code.Echoing.a", input: 1 };
const RETURN_ANSWERS = `(func (export "resume") (param $at i32) (param $length i32) (result i64)
    (call $pack (local.get $at) (local.get $length)))`;

/** A module that returns `true`, and does `code` in another function that Digly calls. */
function elsewhere(name: string, type: string, code: string): string {
  const { data, at } = texts("true");
  return executing(
    `(call $pack ${at(0)})`,
    `${data} (func (export "${name}") ${type} ${code})`,
  );
}

/** A module with this function of WASI as `$wasi`, which returns the number that `code` leaves. */
function calling(name: string, type: string, code: string): string {
  const digit = "(i32.store8 (i32.const 1024) (i32.add (i32.const 48) (i32.rem_u " + code +
    " (i32.const 10))))";
  return executing(`${digit} (call $pack (i32.const 1024) (i32.const 1))`).replace(
    "(module",
    `(module (import "wasi_snapshot_preview1" "${name}" (func $wasi ${type}))`,
  );
}

const SEVERAL = "(param i32 i32 i32 i32) (result i32)";
const ATTACK_ON_PROTOTYPES =
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}';
const HUGE = "x".repeat(20_000);

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
  // Requests.
  {
    name: "AskingOutside",
    module: executing("(call $call (i32.const -1) (i32.const 4))"),
    outcome: failed(
      "ERR_CODE_RESULT",
      "called Digly with a request out of the bounds of its memory (4294967295, 4 bytes)",
    ),
  },
  {
    name: "AskingDeeply",
    module: executing(
      `(memory.fill (i32.const 1024) (i32.const ${"[".charCodeAt(0)}) (i32.const 60000))
       (call $call (i32.const 1024) (i32.const 60000))`,
    ),
    outcome: failed(
      "ERR_CODE_RESULT",
      "called Digly with a request that nests more than 256 levels deep",
    ),
  },
  {
    name: "AskingForPrototypes",
    module: asking(['{"op":"__proto__"}']),
    outcome: failed(
      "ERR_CODE_RESULT",
      'called Digly with a request whose `op` is "__proto__", which does not exist',
    ),
  },
  {
    name: "LoggingPrototypes",
    module: asking([
      `{"op":"log","level":"debug","message":"\\u001b[2J","fields":${ATTACK_ON_PROTOTYPES}}`,
    ]),
    outcome: { result: true },
  },
  {
    name: "LoggingMuch",
    module: asking([{ op: "log", level: "debug", message: "flood" }], { times: 3_000 }),
    limits: TEN_MINUTES,
    outcome: { result: true },
  },
  {
    name: "EmittingPrototypes",
    module: asking([`{"op":"emit","event":"Done","payload":${ATTACK_ON_PROTOTYPES}}`]),
    outcome: { result: true },
  },
  {
    name: "EmittingMuch",
    module: asking([{ op: "emit", event: "Done" }], { times: 1e9 }),
    limits: TEN_MINUTES,
    outcome: failed("ERR_CODE_RESULT", "asks for more than 10000 events at once"),
  },
  {
    name: "EmittingLongNames",
    module: asking([{ op: "emit", event: HUGE }]),
    outcome: failed(
      "ERR_CODE_RESULT",
      `called Digly with a request \`emit\` whose \`event\` is "${"x".repeat(59)}…`,
    ),
  },
  {
    name: "ExecutingMuch",
    module: asking([EXECUTE_ITSELF], { times: 1e9 }),
    limits: TEN_MINUTES,
    outcome: failed("ERR_CODE_RESULT", "asks for more than 1000 executions at once"),
  },
  {
    name: "ExecutingNothing",
    module: asking([{ op: "execute", urn: "__proto__.constructor" }], {
      then: "(i64.const -1)",
      more: RETURN_ANSWERS,
    }),
    outcome: {
      result: [{
        id: 1,
        error: {
          code: "ERR_RESOURCE_NOT_FOUND",
          message: "No resource is named __proto__.constructor",
        },
      }],
    },
  },
  {
    name: "GettingTooMuch",
    module: asking([{ op: "execute", urn: "JavaScript.Script.Large" }], {
      times: 10,
      then: "(i64.const -1)",
      more: RETURN_ANSWERS,
    }),
    limits: "{ memory: 1MiB, time: 10m }",
    outcome: failed("ERR_CODE_MEMORY", "needs more memory than its limit of 1MiB"),
  },
  {
    name: "GettingWhatIsNotData",
    module: asking([
      { op: "execute", urn: "JavaScript.Script.Circular" },
      { op: "execute", urn: "JavaScript.Script.Failing" },
    ], { then: "(i64.const -1)", more: RETURN_ANSWERS }),
    outcome: {
      result: [
        {
          id: 1,
          error: {
            code: "ERR_EXECUTION_FAILED",
            message:
              "Executing JavaScript.Script.Circular failed: its result cannot be written as JSON: " +
              "`result.self` contains itself",
          },
        },
        { id: 2, error: { code: "Shop.Closed", message: "Closed" } },
      ],
    },
  },
  {
    name: "FailingAsDigly",
    module: asking([{ op: "fail", code: "ERR_ABORTED", message: "no" }]),
    outcome: failed(
      "ERR_CODE_RESULT",
      "failed with the code ERR_ABORTED, which is one of Digly's own",
    ),
  },
  {
    name: "FailingWithoutCode",
    module: asking([{ op: "fail", code: "constructor\\n", message: "no" }]),
    outcome: failed(
      "ERR_CODE_RESULT",
      'failed with the code "constructor\\\\n", which is not a code',
    ),
  },
  {
    name: "FailingWithSuccess",
    module: asking([{ op: "fail", code: "Code.Bad", message: "no", status: 200 }]),
    outcome: failed("ERR_CODE_RESULT", "called Digly with a request `fail` whose `status` is 200"),
  },
  {
    name: "FailingAtLength",
    module: asking([{ op: "fail", message: HUGE }]),
    outcome: failed("ERR_EXECUTION_FAILED", "x".repeat(16_384)),
  },
  {
    name: "PanickingAtLength",
    module: asking([{ op: "panic", message: HUGE }]),
    outcome: failed("ERR_CODE_TRAP", `panicked: ${"x".repeat(16_384)}`),
  },
  {
    name: "RethrowingNothing",
    module: asking([{ op: "rethrow", id: -1 }]),
    outcome: failed("ERR_CODE_RESULT", "rethrows the error of execution -1, which has none"),
  },
  // WASI, which answers with numbers of errors; their last digits.
  {
    name: "OpeningFiles",
    module: calling(
      "path_open",
      "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)",
      "(call $wasi (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 9) (i32.const 0) " +
        "(i64.const -1) (i64.const -1) (i32.const 0) (i32.const 0))",
    ),
    outcome: { result: 8 },
  },
  {
    name: "WritingOutside",
    module: calling(
      "fd_write",
      SEVERAL,
      "(call $wasi (i32.const 1) (i32.const -8) (i32.const 4) (i32.const 0))",
    ),
    outcome: { result: 21 % 10 },
  },
  {
    name: "WritingManyTimesTheSame",
    module: calling(
      "fd_write",
      SEVERAL,
      `(block (result i32)
         (memory.fill (i32.const 8192) (i32.const 0) (i32.const 8192))
         (local.set $at (i32.const 8192))
         (loop $l
           (i32.store (i32.add (local.get $at) (i32.const 4)) (i32.const 65536))
           (local.set $at (i32.add (local.get $at) (i32.const 8)))
           (br_if $l (i32.lt_u (local.get $at) (i32.const 16384))))
         (drop (call $wasi (i32.const 2) (i32.const 8192) (i32.const 1024) (i32.const 16)))
         (i32.eq (i32.load (i32.const 16)) (i32.const 65536)))`,
    ),
    outcome: { result: 1 },
  },
  {
    name: "RandomOutside",
    module: calling(
      "random_get",
      "(param i32 i32) (result i32)",
      "(call $wasi (i32.const 8) (i32.const -8))",
    ),
    outcome: { result: 21 % 10 },
  },
  // Before anything is executed.
  {
    name: "Initializing",
    module: elsewhere("_initialize", "", "(drop (memory.grow (i32.const 1)))"),
    outcome: { result: true },
  },
];
