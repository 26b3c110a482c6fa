/** Controllers as authors write them, loaded in every form; `bad_input_test.ts` has the mistakes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forms, run, tempApp } from "./forms.ts";

function definition(kind: string, entrypoint: string): string {
  const controllers = ["node", "bun", "deno"].map((name) =>
    `  - { runtime: ${name}, entrypoint: ${entrypoint} }\n`
  );
  return `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind} }\n` +
    `controllers:\n${controllers.join("")}`;
}

/** A controller in a folder of its own: its files by path below that, and what it makes of 2. */
interface Loading {
  readonly files: Readonly<Record<string, string>>;
  readonly result: unknown;
}

const LOADING: Readonly<Record<string, Loading>> = {
  "TypeScript with relative and JSON imports": {
    files: {
      "thing.ts": `import { double } from "./lib/double.ts";
import settings from "./settings.json" with { type: "json" };
export const execute = (_name: string, input: number): number => double(input) + settings.plus;
`,
      "lib/double.ts": "export function double(n: number): number {\n  return n * 2;\n}\n",
      "settings.json": '{ "plus": 10 }',
    },
    result: 14,
  },
  "packages beside the controller, ESM and CommonJS": {
    files: {
      "thing.ts": `import { plus } from "esm-package";
import cjs from "cjs-package";
export const execute = (_name: string, input: number): number => cjs.times(plus(input, 1), 10);
`,
      "node_modules/esm-package/package.json":
        '{ "name": "esm-package", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
      "node_modules/esm-package/index.js": "export const plus = (a, b) => a + b;\n",
      "node_modules/cjs-package/package.json":
        '{ "name": "cjs-package", "version": "1.0.0", "main": "index.js" }',
      "node_modules/cjs-package/index.js": "exports.times = (a, b) => a * b;\n",
    },
    result: 30,
  },
  "top-level await": {
    files: {
      "thing.ts": `const factor = await Promise.resolve(21);
export const execute = (_name: string, input: number): number => input * factor;
`,
    },
    result: 42,
  },
  "a default export with a create of its own": {
    files: {
      "thing.js": `export default {
  secret: 5,
  create() {
    return { execute: (input) => input + this.secret };
  },
};
`,
    },
    result: 7,
  },
  "only types from digly/module": {
    files: {
      "thing.ts": `import type { Context } from "digly/module";
export const execute = (_name: string, input: number, ctx: Context) => [input, ctx.depth];
`,
    },
    result: [2, 1],
  },
  "digly/module at run time is the program's own copy": {
    files: {
      "thing.js": `import { defineController, DiglyError, fail, isDiglyError } from "digly/module";
export default defineController({
  create: () => ({
    execute: (input) => isDiglyError(fail("ERR_USAGE", { problem: "x" })) &&
      fail("ERR_USAGE", { problem: "x" }) instanceof DiglyError && input,
  }),
});
`,
    },
    result: 2,
  },
  "one module for two kinds, loaded once": {
    files: {
      "thing.ts": `let loaded = 0;
loaded++;
const kinds: string[] = [];
export function create({ kind }: { kind: string }) {
  kinds.push(kind);
  return { execute: () => ({ loaded, kinds }) };
}
`,
      "other.yaml": definition("Other", "./thing.ts"),
    },
    result: { loaded: 1, kinds: ["Demo.Thing6", "Demo.Other"] },
  },
};

const loading = Object.values(LOADING);

/** An app with a resource of each of the kinds, and a script that executes them all. */
const APP: Readonly<Record<string, string>> = {
  "runtime.yaml": "name: App\nimports: [./demo, digly:javascript]\n" +
    loading.map((_, index) => `---\nkind: Demo.Thing${index}\nmetadata: { name: a }\n`).join("") +
    `---
kind: Demo.Other
metadata: { name: a }
---
kind: JavaScript.Script
metadata: { name: All }
code: |
  const main = (count, { execute }) =>
    Promise.all(Array.from({ length: count }, (_, index) => execute("Demo.Thing" + index + ".a", 2)));
`,
  "demo/module.yaml": `name: Demo\nversion: 1.0.0\ndefinitions: [${
    loading.map((_, index) => `${index}/thing.yaml, `).join("")
  }6/other.yaml]\n`,
  "demo/package.json": '{ "type": "module" }',
  ...Object.fromEntries(loading.flatMap(({ files }, index) => [
    [`demo/${index}/thing.yaml`, definition(`Thing${index}`, `./${Object.keys(files)[0]}`)],
    ...Object.entries(files).map(([name, text]) => [`demo/${index}/${name}`, text]),
  ])),
};

for (const form of forms) {
  describe(form.name, () => {
    test("loads what authors write", async () => {
      const args = ["exec", "runtime.yaml", "JavaScript.Script.All", "--input"];
      const { code, stdout, stderr } = await run(form, [...args, String(loading.length)], {
        cwd: tempApp(APP),
      });
      assert.equal(code, 0, stderr);
      const results = JSON.parse(stdout) as unknown[];
      const named = Object.keys(LOADING).map((what, index) => [what, results[index]]);
      assert.deepEqual(named, Object.entries(LOADING).map(([what, { result }]) => [what, result]));
    });

    test("loads a module in TypeScript that came as a package", async () => {
      const cwd = tempApp({
        "runtime.yaml": "name: A\nimports: [mail]\n---\nkind: Demo.Thing\nmetadata: { name: a }\n",
        "node_modules/mail/package.json":
          '{ "name": "mail", "version": "1.0.0", "type": "module" }',
        "node_modules/mail/module.yaml": "name: Demo\nversion: 1.0.0\ndefinitions: [thing.yaml]\n",
        "node_modules/mail/thing.yaml": definition("Thing", "./thing.ts"),
        "node_modules/mail/thing.ts": `import { twice } from "./twice.ts";
export const execute = (_name: string, input: number): number => twice(input);
`,
        "node_modules/mail/twice.ts": "export const twice = (n: number): number => n * 2;\n",
      });
      const { stdout, stderr } = await run(form, ["exec", ".", "Demo.Thing.a", "--input", "2"], {
        cwd,
      });
      if (!form.name.startsWith("deno")) return assert.equal(stdout, "4\n", stderr);
      assert.match(stderr, /Deno does not read the TypeScript of packages, such as .*thing\.ts\n/);
      assert.match(stderr, /help: Let the package contain JavaScript as well/);
    });
  });
}
