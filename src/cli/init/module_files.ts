/** The files of the starter module that `digly init --module` creates. */

import { ASSEMBLYSCRIPT_BUILD, assemblyScriptFiles } from "./assemblyscript_files.ts";
import { RUST_BUILD, rustFiles } from "./rust_files.ts";
import type { ModuleNames } from "./names.ts";
import type { Language } from "./templates.ts";

/** A language of controllers. */
interface ControllerLanguage {
  /** The entry of the controller in the definition. */
  readonly entry: string;
  /** Fields of `package.json`. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly files: (names: ModuleNames) => Record<string, string>;
}

const LANGUAGE_OF: Readonly<Record<Language, ControllerLanguage>> = {
  typescript: {
    entry: "./greeting.ts",
    scripts: { test: "node --test" },
    devDependencies: {},
    files: typeScriptFiles,
  },
  assemblyscript: {
    entry: "{ runtime: wasm, entrypoint: ./greeting.wasm }",
    scripts: { build: ASSEMBLYSCRIPT_BUILD, pretest: "npm run build", test: "node --test" },
    devDependencies: { assemblyscript: "^0.28.0" },
    files: assemblyScriptFiles,
  },
  rust: {
    entry: '{ runtime: "rust@>=1.63", entrypoint: ./greeting.wasm }',
    scripts: { build: RUST_BUILD, pretest: "npm run build", test: "node --test" },
    devDependencies: {},
    files: rustFiles,
  },
};

/** For editors, and for `tsc`, which compiles the module for publishing. */
const TYPESCRIPT = {
  compilerOptions: {
    target: "ES2023",
    module: "NodeNext",
    strict: true,
    rootDir: ".",
    outDir: "dist",
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
  },
  include: ["*.ts"],
};

/** Texts by file name. */
export function moduleFiles(names: ModuleNames, language: Language): Record<string, string> {
  const { name, packageName, version } = names;
  const kind = `${name}.Greeting`;
  const { entry, scripts, devDependencies, files } = LANGUAGE_OF[language];
  const manifest = {
    name: packageName,
    version: "0.1.0",
    type: "module",
    scripts,
    devDependencies: { ...devDependencies, digly: `^${version}` },
  };
  return {
    "package.json": JSON.stringify(manifest, undefined, 2) + "\n",

    "module.yaml": `# The name of the module and the kinds it defines.
name: ${name}
version: 0.1.0
requires: { digly: ">=${version}" }
definitions:
  - greeting.yaml
`,

    "greeting.yaml":
      `# The kind ${kind}: the schema of its resources and the controller that executes them.
kind: Runtime.Definition
metadata: { name: Greeting, resourceKind: Greeting }
description: Greets the person named in the input.
example:
  kind: ${kind}
  metadata: { name: Hello }
  text: Hello
controllers: [${entry}]
schema:
  type: object
  required: [text]
  properties:
    text: { type: string, minLength: 1, description: The greeting before the name. }
  additionalProperties: false
`,

    ...files(names),

    "example/runtime.yaml": `# An app that uses the module. Run it:
#   digly exec example ${kind}.Hello --input '"Ada"'
name: ${name}Example
version: 0.1.0
imports: [..]
---
kind: ${kind}
metadata: { name: Hello }
text: Hello
`,

    "greeting.test.js": `// Run it with \`node --test\`, after \`npm install\`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bootApp } from "digly/testing";

test("greets the person named in the input", async () => {
  const app = await bootApp({ path: new URL("example/", import.meta.url) });
  try {
    assert.equal(await app.execute("${kind}.Hello", "Ada"), "Hello Ada!");
  } finally {
    await app.stop();
  }
});

test("rejects a greeting without text", async () => {
  const manifest = \`
    name: Test
    imports: [\${new URL(".", import.meta.url)}]
    ---
    kind: ${kind}
    metadata: { name: Empty }
  \`;
  await assert.rejects(bootApp({ manifest }), { code: "ERR_SCHEMA_VALIDATION" });
});
`,
  };
}

function typeScriptFiles({ name }: ModuleNames): Record<string, string> {
  const kind = `${name}.Greeting`;
  return {
    "tsconfig.json": JSON.stringify(TYPESCRIPT, undefined, 2) + "\n",

    "greeting.ts": `// The controller of ${kind}.
import type { ModuleCreateContext, ResourceInstance, RuntimeResource } from "digly/module";

/** The fields of a resource, validated by the schema in greeting.yaml. */
interface Greeting {
  readonly text: string;
}

/** Called once for each resource of the kind during the boot. */
export function create(
  resource: RuntimeResource<Greeting>,
  ctx: ModuleCreateContext,
): ResourceInstance {
  return {
    init() {
      ctx.log.debug("Ready to greet");
    },
    execute: (input) => \`\${resource.text} \${input}!\`,
  };
}
`,
  };
}
