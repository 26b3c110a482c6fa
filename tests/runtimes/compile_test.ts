/** `compile` of the library, on every runtime and in the built file: it never waits. */
import assert from "node:assert/strict";
import { copyFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Form, oldNode, root, run, runtime, tempApp } from "./forms.ts";

const old = oldNode();

const built: Readonly<Record<string, readonly string[]>> = {
  node: [runtime("node")],
  "deno run -A": [runtime("deno"), "run", "-A"],
  bun: [runtime("bun")],
  ...(old === undefined ? {} : { "node 20": [old] }),
};

const script = (module: string) => `
import { compile } from ${JSON.stringify(module)};
const schema = { port: "integer", mail: { type: "string", format: "email", default: "a@b.de" } };
const document = { $schema: schema, text: "\${port} \${mail}" };
function show(port) {
  try { console.log(JSON.stringify(compile(document, { context: { port } }))); }
  catch (error) { console.log(error.code + " " + error.message); }
}
show(1);
show("1");
`;

const printed = '{"text":"1 a@b.de"}\n' +
  'ERR_SCHEMA_VALIDATION The variable "port" must be an integer (at $.$schema.port)\n';

async function prints(form: Form, module: string, cwd: string): Promise<void> {
  const ended = await run(form, ["-"], { cwd, stdin: script(module) });
  assert.equal(ended.stdout, printed, ended.stderr);
}

describe("$schema is checked at once by mod.ts", () => {
  for (const [name, command] of Object.entries(built)) {
    if (name === "node 20") continue;
    const wanted = name === "node" ? [...command, "--input-type=module"] : command;
    test(name, () => prints({ name, command: wanted }, `${root}mod.ts`, root));
  }
});

describe("$schema is checked at once by dist/mod.mjs, with no package beside it", () => {
  for (const [name, command] of Object.entries(built)) {
    const wanted = name.startsWith("node") ? [...command, "--input-type=module"] : command;
    test(name, () => {
      const folder = tempApp();
      copyFileSync(`${root}dist/mod.mjs`, join(folder, "mod.mjs"));
      cpSync(`${root}dist/chunks`, join(folder, "chunks"), { recursive: true });
      return prints({ name, command: wanted }, join(folder, "mod.mjs"), folder);
    });
  }
});

test("the library of JSON Schema is loaded only where $schema occurs", async () => {
  const form = { name: "node", command: [runtime("node"), "--input-type=module"] };
  const stdin = `
import { createRequire } from "node:module";
import { compile } from ${JSON.stringify(`${root}mod.ts`)};
const loaded = () => Object.keys(createRequire("/").cache).some((path) => path.includes("/ajv/"));
compile({ $let: { a: "1" }, b: "\${a}" });
console.log(loaded());
compile({ $schema: {}, b: 1 });
console.log(loaded());
`;
  const ended = await run(form, ["-"], { cwd: root, stdin });
  assert.equal(ended.stdout, "false\ntrue\n", ended.stderr);
});
