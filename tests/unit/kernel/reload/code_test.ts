/** A running app takes up code that has changed: WebAssembly, and scripts that are isolated. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bootApp } from "../../../../testing.ts";
import { assemble, executing, texts, wasmApp } from "../../wasm/wasm_app.ts";

function returning(text: string): Uint8Array {
  const { data, at } = texts(text);
  return assemble(executing(`(call $pack ${at(0)})`, data));
}

test("a changed WebAssembly file is used after a reload, and a damaged one is refused", async () => {
  const { kernel, platform } = wasmApp(returning('"one"'), {
    resources: "---\nkind: Test.Code\nmetadata: { name: other }\n",
  });
  await kernel.load("/app");
  await kernel.start();
  assert.equal(await kernel.execute("Test.Code.a"), "one");

  platform.writeFile("/app/test/code.wasm", returning('"two"'));
  assert.deepEqual(await kernel.reload(), { changed: 2, added: 0, removed: 0 });
  assert.equal(await kernel.execute("Test.Code.a"), "two");

  platform.writeFile("/app/test/code.wasm", returning('"three"').subarray(0, 60));
  await assert.rejects(kernel.reload(), {
    code: "ERR_MODULE_INVALID",
    message: "The controller /app/test/code.wasm cannot be used: it ends too early",
  });
  assert.equal(await kernel.execute("Test.Code.a"), "two");

  platform.writeFile("/app/test/code.wasm", returning('"four"'));
  await kernel.reload();
  assert.equal(await kernel.execute("Test.Code.a"), "four");
  assert.deepEqual(await kernel.reload(), { changed: 0, added: 0, removed: 0 });
  await kernel.stop();
});

test("isolated scripts that have changed are used after a reload", async () => {
  const folder = mkdtempSync(join(tmpdir(), "digly-reload-"));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const manifest = (code: string) =>
    `name: App
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Inside }
isolate: true
limits: { time: 60s }
code: ${code}
---
kind: JavaScript.Script
metadata: { name: Beside }
isolate: process
limits: { time: 60s }
file: ./beside.mjs
`;
  write("runtime.yaml", manifest("const main = () => 1"));
  write("beside.mjs", `import { value } from "./value.mjs";\nexport const main = () => value;\n`);
  write("value.mjs", "export const value = 1;\n");
  await using app = await bootApp({ path: folder });
  assert.equal(await app.execute("JavaScript.Script.Inside"), 1);
  assert.equal(await app.execute("JavaScript.Script.Beside"), 1);

  write("runtime.yaml", manifest("const main = () => 20"));
  write("value.mjs", "export const value = 200;\n");
  const { changed } = await app.kernel.reload();
  assert.equal(changed, 2);
  assert.equal(await app.execute("JavaScript.Script.Inside"), 20);
  assert.equal(await app.execute("JavaScript.Script.Beside"), 200);
  rmSync(folder, { recursive: true });
});
