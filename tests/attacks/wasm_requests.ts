/** What controllers in WebAssembly may ask of Digly, and of WASI. */
import { executing } from "../unit/wasm/wasm_app.ts";
import {
  asking,
  ATTACK_ON_PROTOTYPES,
  calling,
  EXECUTE_ITSELF,
  failed,
  HUGE,
  RETURN_ANSWERS,
  SEVERAL,
  TEN_MINUTES,
  type WasmAttack,
} from "./wasm_parts.ts";

/** Requests of Digly. */
export const REQUESTS: readonly WasmAttack[] = [
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
];

/** Calls of WASI, which answers with numbers of errors; their last digits are the results. */
export const WASI_CALLS: readonly WasmAttack[] = [
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
];
