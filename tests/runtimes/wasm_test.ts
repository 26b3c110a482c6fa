/** Controllers in WebAssembly: their results, limits and errors are the same in every form. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { BAD_MODULES } from "../attacks/bad_wasm_modules.ts";
import { type AttackedResult, wasmAttackedFiles, wasmUrnOf } from "../attacks/wasm_attacked_app.ts";
import { WASM_ATTACKS } from "../attacks/wasm.ts";
import { assemble } from "../unit/wasm/wasm_app.ts";
import { assertCode, forms, root, run, tempApp, transcriptOf } from "./forms.ts";

/** Controllers that compilers have made, beside those that attack. */
const QUOTES = `---
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
`;

const files = wasmAttackedFiles(["./Rust", "./Assembly"], QUOTES);

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

const bad = Object.values(BAD_MODULES);

/** Kinds whose files check reports in order. */
function badKind(index: number): string {
  return `Bad${String(index).padStart(2, "0")}`;
}

/** A kind for each file that is not a controller, and one whose file is missing. */
function badApp(): string {
  const kinds = [...bad.map((_, index) => badKind(index)), "Greeting"];
  return tempApp({
    "runtime.yaml": `name: App\nimports: [./bad]\n` +
      kinds.map((kind) => `---\nkind: Bad.${kind}\nmetadata: { name: a }\n`).join(""),
    "bad/module.yaml": `name: Bad\ndefinitions: [${
      kinds.map((kind) => `${kind}.yaml`).join(", ")
    }]\n`,
    ...Object.fromEntries(kinds.map((kind) => [
      `bad/${kind}.yaml`,
      `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind} }\n` +
      `controllers: [{ runtime: wasm, entrypoint: ./${kind}.wasm }]\n`,
    ])),
    ...Object.fromEntries(bad.map(([module], index) => [
      `bad/${badKind(index)}.wasm`,
      typeof module === "string" ? assemble(module) : module,
    ])),
  });
}

interface Checked {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly message: string;
    readonly help: string | null;
    readonly file: string;
    readonly related: readonly { readonly message: string }[];
  }[];
}

describe("WebAssembly", () => {
  for (const form of forms) {
    test(`${form.name} runs controllers within their limits`, async () => {
      const order = { net: 1000, country: "DE" };
      const calls = [
        ...WASM_ATTACKS.map((attack) => [wasmUrnOf(attack), {}]),
        ["Rust.Quote.a", order],
        ["Assembly.Quote.a", order],
      ];
      const args = ["exec", app(), "JavaScript.Script.All", "--input", JSON.stringify(calls)];
      const ended = await run(form, args);
      assertCode(ended, 0);
      const { outcomes, polluted } = JSON.parse(ended.stdout) as AttackedResult;
      const quoted = { result: { net: 1000, tax: 190, gross: 1190 } };
      assert.deepEqual(outcomes, {
        ...Object.fromEntries(WASM_ATTACKS.map((attack) => [wasmUrnOf(attack), attack.outcome])),
        "Rust.Quote.a": quoted,
        "Assembly.Quote.a": quoted,
      });
      assert.equal(polluted, null);
    });

    test(`${form.name} refuses what is not a controller, with an error for each`, async () => {
      const folder = badApp();
      const ended = await run(form, ["check", folder, "--format", "json"]);
      assertCode(ended, 1);
      const { diagnostics } = JSON.parse(ended.stdout) as Checked;
      assert.equal(diagnostics.length, bad.length + 1, transcriptOf(ended));
      bad.forEach(([, problem], index) => {
        const { code, message, file, related } = diagnostics[index]!;
        assert.equal(code, "ERR_MODULE_INVALID");
        assert.match(message, problem);
        assert(message.includes(`${badKind(index)}.wasm `), message);
        assert(file.endsWith(`${badKind(index)}.yaml`), file);
        assert.deepEqual(related.map((one) => one.message), [`Bad.${badKind(index)}.a needs it`]);
      });
      const missing = diagnostics.at(-1)!;
      assert.match(missing.message, /^The controller ".\/Greeting.wasm" of Bad.Greeting does not/);
      assert.match(missing.help ?? "", /^Looked at .*Greeting\.wasm$/);
    });
  }
});
