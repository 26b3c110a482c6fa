/** `check --types` and the mistakes that types show, in every form of the program. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forms, run, tempApp } from "./forms.ts";

const APP = `name: App
imports: [digly:http, digly:javascript]
---
kind: JavaScript.Script
metadata: { name: Greet }
inputSchema: { name: string }
outputSchema: { greeting: string }
code: |
  function main({ name }) {
    return { greeting: name };
  }
---
kind: Http.Server
metadata: { name: Main }
port: \${ 8000 + 80 }
---
kind: Http.Route
metadata: { name: Hello }
request: { path: "/hello/:name" }
handler: { name: JavaScript.Script.Greet, inputs: { name: "\${{ request.params.name }}" } }
response:
  body: \${{ {'size': result.greeting.size()} }}
`.replace(/body: (.*)/, 'body: "$1"');

for (const form of forms) {
  describe(form.name, () => {
    test("check --types prints the type of every expression", async () => {
      const cwd = tempApp({ "runtime.yaml": APP });
      const { code, stdout, stderr } = await run(form, ["check", ".", "--types"], { cwd });
      assert.equal(code, 0, stderr);
      assert.deepEqual(stdout.trim().split("\n"), [
        "runtime.yaml:15:10: 8000 + 80: int",
        "runtime.yaml:20:64: request.params.name: string",
        "runtime.yaml:22:14: {'size': result.greeting.size()}: {size: int}",
      ]);
    });

    test("check reports a misspelt field, and inputs that do not fit", async () => {
      const wrong = APP.replace("result.greeting", "result.greting")
        .replace("inputs: { name:", "inputs: { nam:");
      const cwd = tempApp({ "runtime.yaml": wrong });
      const { code, stderr } = await run(form, ["check", "."], { cwd });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /result has no field "greting"[^]*Did you mean "greeting"\?/);
      assert.match(stderr, /`handler\.inputs\.nam` is not expected[^]*Did you mean "name"\?/);
      assert.match(stderr, /\n2 errors\n$/);
    });
  });
}
