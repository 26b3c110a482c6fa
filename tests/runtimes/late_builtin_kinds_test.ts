/**
 * Resources of built-in kinds that only a controller creates: no manifest uses these kinds, so their
 * defaults and expressions are prepared while the app boots.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertCode, forms, run, tempApp } from "./forms.ts";

/** An app whose controller registers a File.Read with the fields of its own resource. */
function appThatReads(fields: string): string {
  return tempApp({
    "runtime.yaml": `name: App
imports: [digly:core, digly:file]
definitions: [maker.yaml]
---
kind: Variable
metadata: { name: Ending }
value: .json
---
kind: App.Maker
metadata: { name: M }
${fields}
`,
    "maker.yaml": `kind: Runtime.Definition
metadata: { name: Maker, resourceKind: Maker }
controllers: [./maker.js]
scopes:
  path: { input: { type: object } }
`,
    "maker.js": `export function create({ kind, metadata, ...fields }, ctx) {
  ctx.registerResource({ kind: "File.Read", metadata: { name: "Made" }, root: ".", ...fields });
  return { execute: (input, execution) => execution.execute("File.Read.Made", input) };
}
`,
    "a.json": '{ "read": true }',
  });
}

for (const form of forms) {
  describe(form.name, { concurrency: 2 }, () => {
    test("a late resource evaluates its expressions, and has the defaults of its kind", async () => {
      // By default, the result is text.
      const app = appThatReads('path: "${{ input.name + Variable.Ending }}"');
      const ended = await run(form, ["exec", app, "App.Maker.M", "--input", '{ "name": "a" }']);
      assertCode(ended, 0);
      assert.equal(ended.stdout, '"{ \\"read\\": true }"\n');
    });

    test("exec of a late resource says that it exists only while the app runs", async () => {
      const app = appThatReads("path: a.json");
      const ended = await run(form, ["exec", app, "File.Read.Made"]);
      assertCode(ended, 1);
      assert.equal(
        ended.stderr,
        "error[ERR_RESOURCE_NOT_FOUND]: No resource is named File.Read.Made\n" +
          "  help: No manifest has it. If a controller registers it, it exists only while the app runs: " +
          "execute it from another resource, or in the inspector of `digly run --inspect`\n",
      );
      const unused = await run(form, ["exec", app, "Kv.Get.Made"]);
      assertCode(unused, 1);
      assert.match(unused.stderr, /\n {2}help: No manifest has a resource of the kind Kv\.Get\n$/);
    });

    test("a mistake in a late resource is reported", async () => {
      const app = appThatReads("path: a.json\nas: jsn");
      const ended = await run(form, ["exec", app, "App.Maker.M"]);
      assertCode(ended, 1);
      assert.match(ended.stderr, /File\.Read\.Made: `as` must be "text", "json" or "bytes"/);
    });
  });
}
