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
const schema = {
  port: "integer",
  mail: { type: "string", format: "email", default: "a@b.de" },
  code: { type: "string", pattern: "^[A-Z]+$" },
};
const document = { $schema: schema, text: "\${port} \${mail} \${code}" };
function show(port, code) {
  try { console.log(JSON.stringify(compile(document, { context: { port, code } }))); }
  catch (error) { console.log(error.code + " " + error.message); }
}
show(1, "A");
show("1", "A");
show(1, "a");
`;

const printed = '{"text":"1 a@b.de A"}\n' +
  'ERR_SCHEMA_VALIDATION The variable "port" must be an integer (at $.$schema.port)\n' +
  'ERR_SCHEMA_VALIDATION The variable "code" must match the pattern ^[A-Z]+$ (at $.$schema.code)\n';

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

test("the libraries of JSON Schema are loaded only where $schema and patterns occur", async () => {
  const form = { name: "node", command: [runtime("node"), "--input-type=module"] };
  const stdin = `
import { createRequire } from "node:module";
import { compile } from ${JSON.stringify(`${root}mod.ts`)};
const paths = () => Object.keys(createRequire("/").cache);
const show = () => console.log(...["ajv", "re2js"].map((name) =>
  paths().some((path) => path.includes("/" + name + "/"))));
compile({ $let: { a: "1" }, b: "\${a}" });
show();
compile({ $schema: {}, b: 1 });
show();
compile({ $schema: { a: { type: "string", pattern: "^a", default: "a" } }, b: 1 });
show();
`;
  const ended = await run(form, ["-"], { cwd: root, stdin });
  assert.equal(ended.stdout, "false false\ntrue false\ntrue true\n", ended.stderr);
});
