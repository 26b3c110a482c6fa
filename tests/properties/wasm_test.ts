/** A metered module does what the plain one does, and no bytes disturb the metering. */
import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "binaryen";
import fc, { type Arbitrary } from "fast-check";
import { ModuleProblem } from "../../src/wasm/binary.ts";
import { METER_EXPORTS, meterModule } from "../../src/wasm/meter.ts";
import { compileModule } from "../../src/wasm/module.ts";
import { splitModule } from "../../src/wasm/sections.ts";
import { asWasmFunction } from "../../src/wasm/wasm_function.ts";
import { ECHO } from "../unit/wasm/wasm_app.ts";

const PAGES = 4;

/** Programs whose loops end: statements and expressions of 32 bits in the text format. */
const programs = fc.letrec<{ expression: string; statement: string; block: string }>((tie) => {
  const expression = tie("expression");
  const block = tie("block");
  const local = fc.constantFrom("$a", "$b", "$c");
  const binary = fc.constantFrom("add", "sub", "mul", "and", "or", "xor", "div_u", "rem_s", "shl");
  const address = expression.map((value) => `(i32.and ${value} (i32.const 0xffff))`);
  const small = expression.map((value) => `(i32.and ${value} (i32.const 0xff))`);
  const join = (...parts: readonly (string | Arbitrary<string>)[]) =>
    fc.tuple(...parts.map((part) => typeof part === "string" ? fc.constant(part) : part))
      .map((texts) => texts.join(" "));
  return {
    expression: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.integer({ min: -100, max: 100 }).map((value) => `(i32.const ${value})`),
      local.map((name) => `(local.get ${name})`),
      join("(i32.", binary, expression, expression, ")").map((text) => text.replace(". ", ".")),
      join("(i32.wrap_i64 (i64.mul (i64.extend_i32_s", expression, ") (i64.const 1234567891011)))"),
      join("(i32.trunc_sat_f64_s (f64.sqrt (f64.convert_i32_u", expression, ")))"),
      join("(i32.load8_u", address, ")"),
      join("(select", expression, expression, expression, ")"),
      join("(if (result i32)", expression, "(then", expression, ") (else", expression, "))"),
      join("(call $helper", expression, expression, ")"),
      join("(call_indirect (type $two)", expression, expression, "(i32.const 0))"),
      join("(global.get $g)"),
      join("(memory.grow (i32.and", expression, "(i32.const 1)))"),
      join("(i32x4.extract_lane 2 (i32x4.splat", expression, "))"),
    ),
    statement: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      join("(local.set", local, expression, ")"),
      join("(global.set $g", expression, ")"),
      join("(i32.store16", address, expression, ")"),
      join("(memory.fill", address, expression, small, ")"),
      join("(memory.copy", address, address, small, ")"),
      join("(if", expression, "(then", block, ") (else", block, "))"),
      join("(block $out", block, "(br_if $out", expression, ")", block, ")"),
      join(
        "(block $x (block $y (block $z (br_table $x $y $z (i32.and",
        expression,
        "(i32.const 3))))",
        block,
        ")",
        block,
        ")",
      ),
      // The counter is on the host's side of the stack: at most 5 turns for each time it is reached.
      join(
        "(local.set $n (i32.const 5)) (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1)))",
        "(local.set $a (i32.add (local.get $a)",
        expression,
        ")) (br_if $l (i32.gt_s (local.get $n) (i32.const 0))))",
      ),
    ),
    block: fc.array(tie("statement"), { maxLength: 3 }).map((list) => list.join(" ")),
  };
});

const modules = fc.tuple(programs.block, programs.block, programs.expression).map(
  ([body, started, result]) =>
    `(module
      (type $two (func (param i32 i32) (result i32)))
      (memory (export "memory") 1 ${PAGES})
      (global $g (export "g") (mut i32) (i32.const 0))
      (table funcref (elem $helper))
      (func $helper (param $a i32) (param $b i32) (result i32)
        (i32.xor (i32.mul (local.get $a) (i32.const 31)) (local.get $b)))
      (func $start (local $a i32) (local $b i32) (local $c i32) (local $n i32) ${started})
      (func (export "run") (param $a i32) (param $b i32) (result i32)
        (local $c i32) (local $n i32) ${body} ${result})
      (start $start))`,
);

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  try {
    return module.emitBinary() as Uint8Array<ArrayBuffer>;
  } finally {
    module.dispose();
  }
}

/** What a module has done: its results or traps, its global and its memory. */
function outcome(bytes: Uint8Array<ArrayBuffer>, isMetered: boolean): unknown[] {
  const seen: unknown[] = [];
  const attempt = (work: () => unknown) => {
    try {
      seen.push(work());
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      seen.push(error.message);
    }
  };
  let exports: WebAssembly.Exports | undefined;
  attempt(() => {
    exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    if (!isMetered) return;
    const fuel = exports[METER_EXPORTS.fuel] as WebAssembly.Global<"i64">;
    const refill = exports[METER_EXPORTS.refill] as WebAssembly.Table;
    refill.set(
      0,
      asWasmFunction(() => {
        assert(fuel.value < 0n);
        fuel.value = 40n;
        return 0;
      }),
    );
    (exports[METER_EXPORTS.start] as () => void)();
  });
  // A trap at the start leaves the plain module without an instance.
  if (seen[0] !== undefined) return seen;
  const run = exports!["run"] as (a: number, b: number) => number;
  for (const [a, b] of [[0, 0], [1, -1], [123_456, 7]] as const) attempt(() => run(a, b));
  const memory = new Uint8Array((exports!["memory"] as WebAssembly.Memory).buffer);
  let hash = memory.length;
  for (const byte of memory) hash = (Math.imul(hash, 31) + byte) | 0;
  seen.push(hash, (exports!["g"] as WebAssembly.Global<"i32">).value);
  return seen;
}

test("metered modules give the same results, traps, memory and globals as plain ones", () => {
  fc.assert(
    fc.property(modules, (text) => {
      const plain = bytesOf(text);
      const metered = meterModule(splitModule(plain), PAGES) as Uint8Array<ArrayBuffer>;
      assert.deepEqual(outcome(metered, true), outcome(plain, false));
    }),
    { numRuns: 60 },
  );
});

test("random and damaged bytes are refused, and never disturb the metering", async () => {
  const [sample] = fc.sample(modules, { seed: 7, numRuns: 1 });
  const valid = bytesOf(sample!);
  const controller = bytesOf(ECHO);
  const damaged = (whole: Uint8Array<ArrayBuffer>) =>
    fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }).map((changes) => {
      const bytes = whole.slice();
      for (const [index, value] of changes) bytes[index] = value;
      return bytes;
    });
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) =>
    Uint8Array.from([...valid.subarray(0, 8), ...bytes])
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged(valid), damaged(controller), random), async (bytes) => {
      // It refuses with a problem in words, whatever it is given.
      await compileModule(bytes, { memory: PAGES * 65_536 });
      try {
        const metered = meterModule(splitModule(bytes), PAGES) as Uint8Array<ArrayBuffer>;
        // What is valid stays valid.
        if (WebAssembly.validate(bytes)) assert(WebAssembly.validate(metered));
      } catch (error) {
        assert(error instanceof ModuleProblem, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
