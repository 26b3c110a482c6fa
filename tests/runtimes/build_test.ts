import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  assertCode,
  type Form,
  forms,
  oldNode,
  root,
  run,
  runtime,
  singleFile,
  tempApp,
} from "./forms.ts";

const { version } = JSON.parse(readFileSync(root + "package.json", "utf8")) as { version: string };

/** A console app with a controller in TypeScript that needs packages beside it. */
const app = {
  "runtime.yaml": `name: app
version: 1.0.0
imports: [./greeter]
---
kind: Greeter.Greeting
metadata: { name: Hello }
`,
  "greeter/module.yaml": `name: Greeter
version: 1.0.0
definitions: [greeting.yaml]
`,
  "greeter/greeting.yaml": `kind: Runtime.Definition
metadata: { name: Greeting, resourceKind: Greeting }
controllers:
  - { runtime: node, entrypoint: ./greeting.ts }
  - { runtime: bun, entrypoint: ./greeting.ts }
  - { runtime: deno, entrypoint: ./greeting.ts }
schema: { type: object }
`,
  "greeter/greeting.ts": `import type { Input } from "./input.ts";
import { greet } from "./greet.ts";
import { exclaim } from "modern";
import old from "old";
const mark: string = await Promise.resolve("!");
export function execute(_name: string, input: Input): string {
  return old.upper(greet(input)) + exclaim(mark);
}
`,
  "greeter/input.ts": "export interface Input { readonly name: string }\n",
  "greeter/greet.ts": `import type { Input } from "./input.ts";
export const greet = (input: Input): string => "Hello " + input.name;
`,
  "greeter/node_modules/modern/package.json":
    `{"name":"modern","version":"1.0.0","type":"module","exports":"./index.js"}`,
  "greeter/node_modules/modern/index.js": "export const exclaim = (mark) => mark + mark;\n",
  "greeter/node_modules/old/package.json": `{"name":"old","version":"1.0.0","main":"main.js"}`,
  "greeter/node_modules/old/main.js": "exports.upper = (text) => text.toUpperCase();\n",
};

const greeting = ["exec", "runtime.yaml", "Greeter.Greeting.Hello", "--input", '{"name":"Ada"}'];

/** Files that change what Bun does, were they read from the working directory. */
const hostile = {
  "bunfig.toml": 'preload = ["./preload.ts"]\n',
  "preload.ts": 'console.log("preloaded");\n',
  ".env": "SECRET_WORD=from-env-file\nNO_COLOR=1\n",
  ".env.local": "SECRET_WORD=from-env-file\n",
  "tsconfig.json": '{ "compilerOptions": { "paths": { "*": ["./preload.ts"] }, "jsx": 7 } }',
  "package.json": '{ "type": "commonjs", "imports": { "#x": "./preload.ts" }, "name": "digly" }',
  "node_modules/js-yaml/package.json": '{ "name": "js-yaml", "main": "index.js" }',
  "node_modules/js-yaml/index.js": 'console.log("hijacked");\n',
};

/** Copies built files alone into a new folder. */
function alone(...names: string[]): string {
  const folder = tempApp();
  for (const name of names) copyFileSync(`${root}dist/${name}`, join(folder, name));
  return folder;
}

describe("every form", () => {
  for (const form of forms) {
    test(`${form.name} prints its version`, async () => {
      const ended = await run(form, ["--version"]);
      assert.deepEqual(ended, { code: 0, signal: null, stdout: `${version}\n`, stderr: "" });
    });

    test(`${form.name} loads a TypeScript controller with the packages beside it`, async () => {
      const ended = await run(form, greeting, { cwd: tempApp(app) });
      assert.equal(ended.stderr, "");
      assert.equal(ended.stdout, '"HELLO ADA!!"\n');
      assertCode(ended, 0);
    });
  }
});

describe("the single executable", () => {
  test("needs nothing beside it and no PATH", async () => {
    const folder = alone("digly");
    const form: Form = { name: "copy", command: [join(folder, "digly")] };
    const env = { PATH: "", HOME: folder };
    const asked = await run(form, ["--version"], { cwd: folder, env });
    assert.deepEqual(asked, { code: 0, signal: null, stdout: `${version}\n`, stderr: "" });
    const greeted = await run(form, greeting, { cwd: tempApp(app), env });
    assert.equal(greeted.stdout, '"HELLO ADA!!"\n', greeted.stderr);
  });

  test("takes nothing from the working directory", async () => {
    const manifest = `name: app
version: 1.0.0
imports: ['digly:core']
---
kind: Variable
metadata: { name: Word }
env: SECRET_WORD
default: untouched
---
kind: Variable
metadata: { name: Copy }
value: '\${{ Variable.Word }}'
`;
    const plain = tempApp({ "runtime.yaml": manifest });
    const args = ["expand", join(plain, "runtime.yaml")];
    const expected = await run(singleFile, args, { cwd: plain });
    assert.equal(expected.code, 0, expected.stderr);
    assert.match(expected.stdout, /untouched/);
    assert.deepEqual(await run(singleFile, args, { cwd: tempApp(hostile) }), expected);
  });

  test("lets a hostile working directory change no controller", async () => {
    const folder = tempApp({ ...hostile, ...app });
    const ended = await run(singleFile, greeting, { cwd: folder });
    assert.deepEqual(ended, { code: 0, signal: null, stdout: '"HELLO ADA!!"\n', stderr: "" });
  });
});

describe("dist/digly.mjs alone in a folder", () => {
  const interpreters = [
    { name: "node", command: [runtime("node")] },
    { name: "deno", command: [runtime("deno"), "run", "-A"] },
    { name: "bun", command: [runtime("bun")] },
    ...[oldNode()].filter((path) => path !== undefined).map((path) => ({
      name: "node 20",
      command: [path],
    })),
  ];
  for (const { name, command } of interpreters) {
    test(`prints its version on ${name}`, async () => {
      const folder = alone("digly.mjs");
      const form = { name, command: [...command, join(folder, "digly.mjs")] };
      const ended = await run(form, ["--version"], { cwd: folder });
      assert.deepEqual(ended, { code: 0, signal: null, stdout: `${version}\n`, stderr: "" });
    });
  }

  test("runs through a link, as package managers install programs", async () => {
    const folder = alone("digly.mjs");
    mkdirSync(join(folder, "bin"));
    symlinkSync("../digly.mjs", join(folder, "bin/digly"));
    const form = { name: "link", command: [runtime("node"), join(folder, "bin/digly")] };
    assert.equal((await run(form, ["--version"])).stdout, `${version}\n`);
  });

  const node = oldNode();
  if (node !== undefined) {
    test("says what to install where Node cannot read TypeScript", async () => {
      const form = { name: "node 20", command: [node, join(alone("digly.mjs"), "digly.mjs")] };
      const ended = await run(form, greeting, { cwd: tempApp(app) });
      assertCode(ended, 1);
      assert.match(ended.stderr, /cannot read TypeScript by itself/);
      assert.match(ended.stderr, /install esbuild beside the controller/);
    });
  }
});

test("dist/mod.mjs does not contain the command line", () => {
  const modules = new Map<string, string>();
  const pending = ["mod.mjs"];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (modules.has(path)) continue;
    const text = readFileSync(`${root}dist/${path}`, "utf8");
    modules.set(path, text);
    for (const [, name] of text.matchAll(/["']\.\/(?:chunks\/)?([^"']+\.mjs)["']/g)) {
      pending.push(`chunks/${name}`);
    }
  }
  assert.ok(modules.size > 10, "the library consists of chunks");
  const usage = "Create a starter app";
  assert.match(readFileSync(`${root}dist/digly.mjs`, "utf8"), new RegExp(usage));
  for (const [path, text] of modules) assert.ok(!text.includes(usage), `${path} has the usage`);
});

test("dist/mod.mjs is the library and runs nothing", async () => {
  const code = 'import { Kernel } from "./mod.mjs"; console.log(typeof Kernel);';
  const folder = alone("mod.mjs");
  cpSync(`${root}dist/chunks`, join(folder, "chunks"), { recursive: true });
  for (const name of ["node", "bun"] as const) {
    const form = { name, command: [runtime(name), "-e", code] };
    assert.equal((await run(form, [], { cwd: folder })).stdout, "function\n");
  }
});
