/** `digly check` and `digly graph` say which code of an app is trusted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { embedded } from "../../../src/generated/embedded.ts";
import { commandLine } from "../cli/command.ts";
import { assemble, ECHO, wasmApp } from "./wasm_app.ts";

const RESOURCES = `---
kind: JavaScript.Script
metadata: { name: own }
code: const main = () => 1
---
kind: JavaScript.Script
metadata: { name: foreign }
code: const main = () => 1
isolate: true
---
kind: Variable
metadata: { name: data }
value: 1
`;

test("each resource with code is trusted, isolated or WebAssembly", async () => {
  const { kernel } = wasmApp(ECHO, {
    resources: RESOURCES,
    imports: ["digly:javascript", "digly:core"],
    kinds: { Thing: { execute: () => 1 } },
    builtins: embedded,
  });
  await kernel.load("/app");
  await kernel.verify();
  const expected = [
    ["Test.Code.a", "wasm"],
    ["JavaScript.Script.own", "trusted"],
    ["JavaScript.Script.foreign", "isolated"],
  ];
  assert.deepEqual((await kernel.code()).map(({ urn, code }) => [urn, code]), expected);
  const { resources } = await kernel.graph();
  assert.deepEqual(resources.map(({ urn, code }) => [urn, code]), [
    ...expected,
    ["Variable.data", undefined],
  ]);
});

test("check names them if not all of it is trusted, and graph marks them", async () => {
  const files = {
    "/app/code.yaml":
      "kind: Runtime.Definition\nmetadata: { name: Code, resourceKind: Code, module: Foreign }\n" +
      "controllers: [{ runtime: wasm, entrypoint: ./code.wasm }]\n",
    "/app/code.wasm": assemble(ECHO),
  };
  const resources = `kind: Foreign.Code\nmetadata: { name: a }\n${RESOURCES}`;
  const app = commandLine({
    manifest: "definitions: [code.yaml]",
    imports: ["digly:javascript", "digly:core"],
    resources,
    files,
    builtins: embedded,
  });
  assert.equal(await app.run("check", "."), 0, app.platform.stderrText());
  assert.match(
    app.platform.stderrText(),
    /^Code: 1 trusted \(JavaScript\.Script\.own\), 1 isolated \(JavaScript\.Script\.foreign\), 1 WebAssembly \(Foreign\.Code\.a\)$/m,
  );
  assert.equal(await app.run("check", ".", "--format", "json"), 0);
  assert.deepEqual(JSON.parse(app.platform.stdoutText()).code, [
    { resource: "Foreign.Code.a", code: "wasm" },
    { resource: "JavaScript.Script.own", code: "trusted" },
    { resource: "JavaScript.Script.foreign", code: "isolated" },
  ]);
  assert.equal(await app.run("graph", "."), 0);
  assert.match(app.platform.stdoutText(), /^Foreign\.Code\.a \[wasm\]$/m);
  assert.match(app.platform.stdoutText(), /^JavaScript\.Script\.foreign \[isolated\]$/m);
  assert.match(app.platform.stdoutText(), /^JavaScript\.Script\.own$/m);
});

test("check says nothing about code that is all trusted", async () => {
  const app = commandLine({
    imports: ["digly:javascript"],
    resources: "kind: JavaScript.Script\nmetadata: { name: own }\ncode: const main = () => 1\n",
    builtins: embedded,
  });
  assert.equal(await app.run("check", "."), 0);
  assert.doesNotMatch(app.platform.stderrText(), /Code:/);
  assert.equal(await app.run("check", ".", "--format", "json"), 0);
  assert.equal(app.platform.stdoutText(), '{"ok":true,"diagnostics":[]}\n');
});
