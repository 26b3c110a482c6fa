/** An app with a kind for each attack in WebAssembly, and a script that executes them all. */
import { assemble } from "../unit/wasm/wasm_app.ts";
import { WASM_ATTACKS } from "./wasm.ts";
import type { WasmOutcome } from "./wasm_parts.ts";

/** Resources that attacks execute. */
const TARGETS = `---
kind: JavaScript.Script
metadata: { name: Large }
code: const main = () => "x".repeat(500_000)
---
kind: JavaScript.Script
metadata: { name: Circular }
code: "function main() { const result = {}; result.self = result; return result; }"
---
kind: JavaScript.Script
metadata: { name: Failing }
code: |
  function main(_, ctx) { throw ctx.fail("Shop.Closed", "Closed", { data: { count: 1n } }) }
`;

/** Executes what it is given, and notes what comes of it. */
const DRIVER = `---
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
    return { outcomes, polluted: {}.polluted ?? null };
  }
`;

/** What the driver gives. */
export interface AttackedResult {
  readonly outcomes: Readonly<Record<string, WasmOutcome>>;
  readonly polluted: unknown;
}

/** The URN of the resource of an attack. */
export function wasmUrnOf({ name }: { readonly name: string }): string {
  return `Code.${name}.a`;
}

/** The files of the app, whose manifest has these imports and documents, too. */
export function wasmAttackedFiles(
  imports: readonly string[],
  documents: string,
): Record<string, string | Uint8Array> {
  const names = WASM_ATTACKS.map(({ name }) => name);
  const resources = names.map((name) => `---\nkind: Code.${name}\nmetadata: { name: a }\n`);
  const files: Record<string, string | Uint8Array> = {
    "runtime.yaml":
      `name: App\nimports: [./code, ${["digly:javascript", ...imports].join(", ")}]\n` +
      resources.join("") + TARGETS + DRIVER + documents,
    "code/module.yaml": `name: Code\ndefinitions: [${
      names.map((name) => `${name}.yaml`).join(", ")
    }]\n`,
  };
  // The default limit of time is short for a machine that is busy with other tests.
  for (const { name, module, limits = "{ time: 10m }" } of WASM_ATTACKS) {
    const own = `, limits: ${limits}`;
    files[`code/${name}.yaml`] = `kind: Runtime.Definition
metadata: { name: ${name}, resourceKind: ${name} }
controllers: [{ runtime: "go@>=1.24", entrypoint: ./${name}.wasm${own} }]
`;
    files[`code/${name}.wasm`] = assemble(module);
  }
  return files;
}
