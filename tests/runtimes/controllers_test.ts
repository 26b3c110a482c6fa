/** Loading controllers as authors write them, in every form. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Ended, type Form, forms, run, tempApp } from "./forms.ts";

function definition(kind: string, entrypoint: string): string {
  const controllers = ["node", "bun", "deno"].map((name) =>
    `  - { runtime: ${name}, entrypoint: ${entrypoint} }\n`
  );
  return `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind} }\n` +
    `controllers:\n${controllers.join("")}`;
}

/** An app with one resource, `Demo.Thing.a`, whose controller is the given file. */
function app(
  files: Readonly<Record<string, string>>,
  entrypoint: string = Object.keys(files)[0]!,
): string {
  return tempApp({
    "runtime.yaml": "name: App\nimports: [./demo]\n---\nkind: Demo.Thing\nmetadata: { name: a }\n",
    "demo/module.yaml": "name: Demo\nversion: 1.0.0\ndefinitions: [thing.yaml]\n",
    "demo/thing.yaml": definition("Thing", `./${entrypoint}`),
    "demo/package.json": '{ "type": "module" }',
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`demo/${name}`, text])),
  });
}

async function execute(form: Form, cwd: string): Promise<Ended> {
  return await run(form, ["exec", "runtime.yaml", "Demo.Thing.a", "--input", "2"], { cwd });
}

/** What the program prints as the result, for controllers that load. */
const LOADING: Readonly<Record<string, readonly [files: Record<string, string>, result: string]>> =
  {
    "TypeScript with relative and JSON imports": [{
      "thing.ts": `import { double } from "./lib/double.ts";
import settings from "./settings.json" with { type: "json" };
export const execute = (_name: string, input: number): number => double(input) + settings.plus;
`,
      "lib/double.ts": "export function double(n: number): number {\n  return n * 2;\n}\n",
      "settings.json": '{ "plus": 10 }',
    }, "14"],
    "packages beside the controller, ESM and CommonJS": [{
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
    }, "30"],
    "top-level await": [{
      "thing.ts": `const factor = await Promise.resolve(21);
export const execute = (_name: string, input: number): number => input * factor;
`,
    }, "42"],
    "a default export with a create of its own": [{
      "thing.js": `export default {
  secret: 5,
  create() {
    return { execute: (input) => input + this.secret };
  },
};
`,
    }, "7"],
    "only types from digly/module": [{
      "thing.ts": `import type { Context } from "digly/module";
export const execute = (_name: string, input: number, ctx: Context) => [input, ctx.depth];
`,
    }, "[2,0]"],
  };

/** What the program says, for controllers that do not load. */
const FAILING: Readonly<Record<string, readonly [files: Record<string, string>, ...RegExp[]]>> = {
  "a syntax error": [
    { "thing.ts": "export const execute = () => 1;\nconst x = = 2;\n" },
    /thing\.ts:2:\d+/,
    /2 \| const x = = 2;/,
  ],
  "nothing exported": [
    { "thing.ts": "export const other = 1;\n" },
    /exports none of register, create, execute and value/,
  ],
  "an export that is not a function": [
    { "thing.ts": "export const create = 1;\n" },
    /exports `create`, which is not a function/,
  ],
  "a package that is not there": [
    { "thing.ts": 'import { x } from "no-such-package";\nexport const execute = () => x;\n' },
    /no-such-package/,
    /thing\.ts/,
  ],
  "a file that is not there": [
    { "thing.ts": 'import { x } from "./lob.ts";\nexport const execute = () => x;\n' },
    /lob\.ts/,
    /thing\.ts/,
  ],
  "an error while it loads": [
    { "thing.ts": 'throw new Error("not today");\n' },
    /failed to load: not today/,
  ],
};

const AUTHOR = {
  "thing.js": `import { defineController, DiglyError, fail, isDiglyError } from "digly/module";
export default defineController({
  create: () => ({
    execute: (input) => isDiglyError(fail("ERR_USAGE", { problem: "x" })) &&
      fail("ERR_USAGE", { problem: "x" }) instanceof DiglyError && input,
  }),
});
`,
};

for (const form of forms) {
  describe(form.name, () => {
    for (const [what, [files, result]] of Object.entries(LOADING)) {
      test(`loads ${what}`, async () => {
        const { code, stdout, stderr } = await execute(form, app(files));
        assert.equal(code, 0, stderr);
        assert.equal(JSON.stringify(JSON.parse(stdout)), result);
      });
    }

    for (const [what, [files, ...says]] of Object.entries(FAILING)) {
      test(`says what is wrong with ${what}`, async () => {
        const { code, stderr } = await execute(form, app(files));
        assert.equal(code, 1);
        assert.match(stderr, /error\[ERR_MODULE_INVALID\]/);
        for (const pattern of says) assert.match(stderr, pattern);
        assert.equal(stderr.match(/^error/gm)?.length, 1, stderr);
      });
    }

    test("a module in TypeScript that came as a package", async () => {
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
      const { stdout, stderr } = await execute(form, cwd);
      if (!form.name.startsWith("deno")) return assert.equal(stdout, "4\n", stderr);
      assert.match(stderr, /Deno does not read the TypeScript of packages, such as .*thing\.ts\n/);
      assert.match(stderr, /help: Let the package contain JavaScript as well/);
    });

    test("a controller of two kinds is loaded once", async () => {
      const cwd = app({
        "thing.ts": `let loaded = 0;
loaded++;
const kinds: string[] = [];
export function create({ kind }: { kind: string }) {
  kinds.push(kind);
  return { execute: () => ({ loaded, kinds }) };
}
`,
        "other.yaml": definition("Other", "./thing.ts"),
        "module.yaml": "name: Demo\nversion: 1.0.0\ndefinitions: [thing.yaml, other.yaml]\n",
        "../runtime.yaml": "name: App\nimports: [./demo]\n---\nkind: Demo.Other\n" +
          "metadata: { name: b }\n---\nkind: Demo.Thing\nmetadata: { name: a }\n",
      }, "thing.ts");
      const { stdout, stderr } = await execute(form, cwd);
      assert.deepEqual(JSON.parse(stdout || stderr), {
        loaded: 1,
        kinds: ["Demo.Other", "Demo.Thing"],
      });
    });

    test("digly/module at run time is the program's own copy", async () => {
      const { code, stdout, stderr } = await execute(form, app(AUTHOR));
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), "2");
    });
  });
}
