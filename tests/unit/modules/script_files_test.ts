import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { embedded } from "../../../src/generated/embedded.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { bootApp, type TestApp, TestClock } from "../../../testing.ts";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Boots an app with a script in `script.ts` beside other files. */
function boot(script: string, fields = "", files: Record<string, string> = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), "digly-script-"));
  folders.push(folder);
  const all: Record<string, string> = {
    "runtime.yaml": `name: Test
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: S }
file: ./script.ts
${fields}
`,
    "script.ts": script,
    "package.json": '{ "type": "module" }',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return bootApp({ path: folder });
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly origin?: { readonly line: number; readonly column: number };
}

function failure(promise: Promise<unknown>): Promise<Problem> {
  return promise.then(() => assert.fail("it did not fail"), (error) => error as Problem);
}

test("a script in a file has types, imports and packages", async () => {
  await using app = await boot(
    `import { greet, type Person } from "./lib/greet.ts";
import shout from "shout";
import type { Context } from "digly/module";
export async function main(person: Person, ctx: Context): Promise<{ text: string; urn: string }> {
  return { text: shout(greet(person)), urn: ctx.urn };
}
`,
    "inputSchema: { name: string }\noutputSchema: { text: string, urn: string }",
    {
      "lib/greet.ts":
        "export interface Person { readonly name: string }\nexport const greet = ({ name }: Person): string => `Hello ${name}`;\n",
      "node_modules/shout/package.json":
        '{ "name": "shout", "type": "module", "exports": "./s.js" }',
      "node_modules/shout/s.js": "export default (text) => text + '!';",
    },
  );
  assert.deepEqual(await app.execute("JavaScript.Script.S", { name: "Ada" }), {
    text: "Hello Ada!",
    urn: "JavaScript.Script.S",
  });
  assert.equal((await failure(app.execute("JavaScript.Script.S", {}))).code, "ERR_INPUT_INVALID");
});

test("a default export is a script, too, and errors say where the file threw", async () => {
  await using app = await boot(
    "export default () => {\n  throw new Error('is ill');\n};\n",
  );
  const { message, cause } = await failure(app.execute("JavaScript.Script.S")) as Problem & {
    cause: Error;
  };
  assert.match(message, /is ill/);
  assert.match(String(cause.stack), /script\.ts:2:9/);
});

test("a missing or misspelt file and export are errors at `file`", async () => {
  const missing = await failure(boot("", "", {
    "runtime.yaml": `name: Test
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: S }
file: ./scrip.ts
`,
  }));
  assert.equal(
    missing.message,
    'JavaScript.Script.S: `file` names "./scrip.ts", which does not exist',
  );
  assert.equal(missing.help, 'Did you mean "./script.ts"?');
  assert.equal(missing.origin?.line, 6);
  const misspelt = await failure(boot("export const mian = () => 1;"));
  assert.match(misspelt.message, /the file does not export a function `main`/);
  assert.equal(misspelt.help, "It exports `mian`; call it `main`");
  assert.equal(misspelt.origin?.line, 6);
});

test("`code` and `file` exclude each other, and one is needed", async () => {
  const both = await failure(boot("export const main = () => 1;", "code: const main = () => 1;"));
  assert.match(both.message, /has `code` and `file`, and only one of them is allowed/);
  const none = await failure(boot("", "", {
    "runtime.yaml": `name: Test
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: S }
`,
  }));
  assert.match(none.message, /needs `code` or `file`/);
});

test("a script that takes longer than its timeout is given up, with what it executes", async () => {
  const clock = new TestClock();
  const signals: AbortSignal[] = [];
  await using app = await bootApp({
    manifest: `
      name: Test
      imports: [digly:javascript]
      ---
      kind: JavaScript.Script
      metadata: { name: S }
      timeout: 5s
      code: |
        const main = (n, ctx) => n === 1 ? "quick" : ctx.execute("JavaScript.Script.Slow");
      ---
      kind: JavaScript.Script
      metadata: { name: Slow }
      code: function main() {}
    `,
    clock,
    fakes: {
      "JavaScript.Script.Slow": (_input, ctx) => {
        signals.push(ctx.signal);
        return new Promise(() => {});
      },
    },
  });
  assert.equal(await app.execute("JavaScript.Script.S", 1), "quick");
  const failed = failure(app.execute("JavaScript.Script.S", 2));
  await clock.advance(5_000);
  const { code, message } = await failed;
  assert.equal(code, "ERR_ABORTED");
  assert.equal(
    message,
    "JavaScript.Script.S was aborted: it took longer than its `timeout` of 5 s",
  );
  assert.equal(signals[0]!.aborted, true);
});

test("a file that is part of a bundled program need not be on the disk", async () => {
  const manifest = `name: A
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: S }
file: ./embedded.ts
`;
  const platform = memoryPlatform({ files: { "/app/runtime.yaml": manifest }, cwd: "/app" });
  const controllers = {
    ...embedded.controllers,
    "file:///app/embedded.ts": () => Promise.resolve({ main: (n: number) => n + 1 }),
  };
  const kernel = new Kernel({ platform, builtins: { ...embedded, controllers } });
  await kernel.load("runtime.yaml");
  await kernel.start();
  assert.equal(await kernel.execute("JavaScript.Script.S", 6), 7);
  await kernel.stop();
});
