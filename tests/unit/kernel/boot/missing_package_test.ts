/** A built-in module whose package is not installed, as in a clone after an update. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { Kernel } from "../../../../src/kernel/kernel.ts";
import { memoryPlatform } from "../../../../src/platform/memory.ts";

/** What Node, Deno and Bun throw. */
const THROWN = [
  "Cannot find package 'hono' imported from /digly/src/modules/demo/one.ts",
  'Could not resolve "hono/router", but found it in a package.json. Deno expects the ' +
  "node_modules/ directory to be up to date. Did you forget to run `deno install`?",
  "Cannot find package 'hono' from '/digly/src/modules/demo/one.ts'",
];

const FILES = {
  "digly:/demo/module.yaml": "name: Demo\ndefinitions: [one.yaml]\n",
  "digly:/demo/one.yaml":
    "kind: Runtime.Definition\nmetadata: { name: One, resourceKind: One }\ncontrollers: [./one.ts]\n",
};

for (const message of THROWN) {
  test(message, async () => {
    const kernel = new Kernel({
      platform: memoryPlatform({
        files: {
          "/app/runtime.yaml":
            "name: App\nimports: [digly:demo]\n---\nkind: Demo.One\nmetadata: { name: a }\n",
        },
      }),
      builtins: {
        files: FILES,
        controllers: { "digly:/demo/one.ts": () => Promise.reject(new Error(message)) },
      },
    });
    await kernel.load("/app/runtime.yaml");
    await assert.rejects(kernel.start(), ({ code, message, help }: DiglyError) => {
      assert.equal(code, "ERR_MODULE_INVALID");
      assert.match(
        message,
        /The package "hono", which digly:\/demo\/one\.ts needs, is not installed/,
      );
      assert.match(help ?? "", /`npm install`/);
      return true;
    });
  });
}
