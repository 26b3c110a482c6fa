/** Controllers in WebAssembly: their results, limits and errors are the same in every form. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assemble, ECHO, executing, texts } from "../unit/wasm/wasm_app.ts";
import { assertCode, forms, root, run, tempApp } from "./forms.ts";

/** A module that runs, and what executing it with `{}` comes to. */
interface Running {
  readonly module: string;
  readonly limits?: string;
  readonly outcome: unknown;
}

const context = texts('{"op":"context"}');

const RUNNING: Readonly<Record<string, Running>> = {
  Echo: { module: ECHO, outcome: { result: {} } },
  Endless: {
    module: executing("(loop $l (br $l)) (i64.const 0)"),
    limits: "{ time: 50ms }",
    outcome: failed("ERR_CODE_TIME", "computes longer than its limit of 50ms"),
  },
  Counting: {
    module: executing("(loop $l (br $l)) (i64.const 0)"),
    limits: "{ fuel: 1e6, time: 10m }",
    outcome: failed("ERR_CODE_FUEL", "takes more instructions than its limit of 1e6"),
  },
  Asking: {
    module: executing(
      `(loop $l (drop (call $call ${context.at(0)})) (br $l)) (i64.const 0)`,
      context.data,
    ),
    limits: "{ fuel: 1e5, time: 10m }",
    outcome: failed("ERR_CODE_FUEL", "takes more instructions than its limit of 1e5"),
  },
  Growing: {
    module: executing(
      "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)",
    ),
    limits: "{ memory: 1MiB, time: 10m }",
    outcome: failed("ERR_CODE_MEMORY", "needs more memory than its limit of 1MiB"),
  },
  Recursive: {
    module: executing(
      "(call $f (i64.const 1))",
      "(func $f (param i64) (result i64)" +
        "(i64.add (local.get 0) (call $f (i64.add (local.get 0) (i64.const 1)))))",
    ),
    limits: "{ time: 10m }",
    outcome: failed("ERR_CODE_TRAP", "trapped: its calls nest too deeply"),
  },
  Dividing: {
    module: executing("(drop (i32.div_s (i32.const 1) (i32.const 0))) (i64.const 0)"),
    outcome: failed("ERR_CODE_TRAP", "trapped: it divided by zero"),
  },
  Overflowing: {
    module: executing("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1))) (i64.const 0)"),
    outcome: failed("ERR_CODE_TRAP", "trapped: a number was too large for its type"),
  },
  Converting: {
    module: executing("(drop (i32.trunc_f64_s (f64.const 1e300))) (i64.const 0)"),
    outcome: failed("ERR_CODE_TRAP", "trapped: a number was too large for its type"),
  },
  Panicking: {
    module: executing("(unreachable)"),
    outcome: failed(
      "ERR_CODE_TRAP",
      "trapped: it reached code that must not be reached, as after a panic",
    ),
  },
  Reading: {
    module: executing("(drop (i32.load (i32.const -4))) (i64.const 0)"),
    outcome: failed("ERR_CODE_TRAP", "trapped: it used memory out of its bounds"),
  },
  Indirect: {
    module: executing("(call_indirect (i32.const 0)) (i64.const 0)", "(table 1 funcref)"),
    outcome: failed("ERR_CODE_TRAP", "trapped: it called a function that does not exist"),
  },
  Mistyped: {
    module: executing(
      "(call_indirect (i32.const 0)) (i64.const 0)",
      "(table funcref (elem $alloc))",
    ),
    outcome: failed("ERR_CODE_TRAP", "trapped: it called a function that does not exist"),
  },
  Outside: {
    module: executing("(call $pack (i32.const -16) (i32.const 8))"),
    outcome: failed(
      "ERR_CODE_RESULT",
      "returned a result out of the bounds of its memory (4294967280, 8 bytes)",
    ),
  },
};

function failed(code: string, problem: string): unknown {
  return { code, problem };
}

const kinds = Object.keys(RUNNING);

/** One app, so that a form starts once: a script executes every resource and notes what comes. */
const files = {
  "runtime.yaml": `name: App
imports: [./code, ./Rust, ./Assembly, digly:javascript]
${kinds.map((kind) => `---\nkind: Code.${kind}\nmetadata: { name: a }\n`).join("")}---
kind: Rust.Quote
metadata: { name: a }
rates: JavaScript.Script.Rates
---
kind: Assembly.Quote
metadata: { name: a }
rates: JavaScript.Script.Rates
---
kind: JavaScript.Script
metadata: { name: Rates }
code: "const main = (country) => ({ DE: 19 })[country]"
---
kind: JavaScript.Script
metadata: { name: All }
code: |
  async function main(calls, ctx) {
    const outcomes = {};
    for (const [urn, input] of calls) {
      try {
        outcomes[urn] = { result: await ctx.execute(urn, input) };
      } catch ({ code, details }) {
        outcomes[urn] = { code, problem: details.problem };
      }
    }
    return outcomes;
  }
`,
  "code/module.yaml": `name: Code\ndefinitions: [${
    kinds.map((kind) => `${kind}.yaml`).join(", ")
  }]\n`,
  ...Object.fromEntries(kinds.flatMap((kind) => {
    const { module, limits } = RUNNING[kind]!;
    const own = limits === undefined ? "" : `, limits: ${limits}`;
    return [
      [
        `code/${kind}.yaml`,
        `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind} }\n` +
        `controllers: [{ runtime: "go@>=1.24", entrypoint: ./${kind}.wasm${own} }]\n`,
      ],
      [`code/${kind}.wasm`, assemble(module)],
    ] as const;
  })),
};

function app(): string {
  const folder = tempApp(files);
  for (const [name, example] of [["Rust", "rust"], ["Assembly", "assemblyscript"]] as const) {
    cpSync(`${root}examples/${example}-controller/pricing`, join(folder, name), {
      recursive: true,
    });
    const manifest = `name: ${name}\ndefinitions: [quote.yaml]\n`;
    writeFileSync(join(folder, name, "module.yaml"), manifest);
  }
  return folder;
}

describe("WebAssembly", () => {
  for (const form of forms) {
    test(`${form.name} runs controllers within their limits`, async () => {
      const order = { net: 1000, country: "DE" };
      const calls = [
        ...kinds.map((kind) => [`Code.${kind}.a`, {}]),
        ["Rust.Quote.a", order],
        ["Assembly.Quote.a", order],
      ];
      const input = JSON.stringify(calls);
      const ended = await run(form, ["exec", app(), "JavaScript.Script.All", "--input", input]);
      assertCode(ended, 0);
      const quoted = { result: { net: 1000, tax: 190, gross: 1190 } };
      assert.deepEqual(JSON.parse(ended.stdout), {
        ...Object.fromEntries(kinds.map((kind) => [`Code.${kind}.a`, RUNNING[kind]!.outcome])),
        "Rust.Quote.a": quoted,
        "Assembly.Quote.a": quoted,
      });
    });
  }
});
