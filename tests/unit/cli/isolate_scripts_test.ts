/** `--isolate-scripts`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digly } from "../testing/app.ts";

const FILES = {
  "runtime.yaml": `name: App
imports: [digly:javascript]
definitions: [./thing.yaml]
---
kind: JavaScript.Script
metadata: { name: Isolated }
isolate: true
code: function main() { return typeof process }
---
kind: JavaScript.Script
metadata: { name: Process }
isolate: process
code: function main() { return 1 }
---
kind: JavaScript.Script
metadata: { name: Plain }
code: function main() { return typeof process }
---
kind: JavaScript.Script
metadata: { name: Trusted }
isolate: false
code: function main() { return typeof process }
---
kind: App.Thing
metadata: { name: Own }
---
kind: Data.Type
metadata: { name: T }
schema: { type: string }
`.replace("[digly:javascript]", "[digly:javascript, digly:data]"),
  "thing.yaml": `kind: Runtime.Definition
metadata: { name: Thing, resourceKind: Thing }
controllers: [./thing.js]
`,
  "thing.js": "export function create() { return {}; }\n",
  "package.json": '{ "type": "module" }',
};

test("--isolate-scripts isolates what does not say whether it is", async () => {
  const run = (name: string, ...options: string[]) =>
    digly(["exec", ".", `JavaScript.Script.${name}`, ...options], {
      ...FILES,
      // Nothing here can import a controller, or start a process.
      "runtime.yaml": FILES["runtime.yaml"].replace("isolate: process\n", "")
        .replace(/---\nkind: App\.Thing\n.*\n/, ""),
    });
  assert.equal((await run("Plain")).stdout, '"object"\n');
  assert.equal((await run("Plain", "--isolate-scripts")).stdout, '"undefined"\n');
  assert.equal((await run("Trusted", "--isolate-scripts")).stdout, '"object"\n');
});
