/**
 * Which packages an app makes the program load: no more than it uses, since loading is most of
 * a start.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { freePort, root, runtime, start, tempApp } from "./forms.ts";

/** Prints every package and every part of Digly as it is loaded. */
const SPY = `data:text/javascript,${
  encodeURIComponent(`import { registerHooks } from "node:module";
const seen = new Set();
registerHooks({ load(url, context, next) {
  const name = /node_modules\\/((?:@[^/]+\\/|ajv\\/dist\\/(?=runtime))?[^/]+)/.exec(url)?.[1] ??
    /\\/src\\/((?:modules\\/)?[^/]+)/.exec(url)?.[0];
  if (name !== undefined && !seen.has(name)) process.stderr.write("loads " + name + "\\n");
  seen.add(name);
  return next(url, context);
} });`)
}`;

const spied = {
  name: "node cli.ts",
  command: [runtime("node"), "--import", SPY, `${root}cli.ts`],
};

/**
 * What every app needs: reading YAML, expressions, version ranges, the command line, and the
 * helpers of the validators that were generated ahead.
 */
const ALWAYS = [
  "ajv/dist/runtime",
  "commander",
  "js-yaml",
  "re2js",
  "semver",
];
const SERVING = [...ALWAYS, "hono", "srvx"];

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "hello-world": ALWAYS,
  "hello-api": SERVING,
  "orders-api": [
    ...SERVING,
    "ajv",
    "ajv-formats",
    "fast-deep-equal",
    "fast-uri",
    "json-schema-traverse",
  ],
};

function packagesIn(stderr: string): string[] {
  return Array.from(stderr.matchAll(/^loads ([^/].*)$/gm), ([, name]) => name!).sort();
}

describe("the program loads what is used", () => {
  for (const [example, packages] of Object.entries(EXAMPLES)) {
    test(example, async () => {
      const program = start(spied, [`${root}examples/${example}/runtime.yaml`], {
        env: { PORT: String(await freePort()) },
        cwd: tempApp(),
      });
      if (packages.includes("srvx")) {
        const [address] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
        await (await fetch(address)).text();
        program.kill("SIGTERM");
      }
      const { code, stderr } = await program.exited;
      assert.equal(code, 0, stderr);
      assert.deepEqual(packagesIn(stderr), [...packages].sort());
      if (!packages.includes("hono")) assert.doesNotMatch(stderr, /loads \/src\/modules\/http/);
    });
  }

  test("--version loads none of the kernel", async () => {
    const { stderr, stdout } = await start(spied, ["--version"]).exited;
    assert.match(stdout, /^\d+\.\d+\.\d+/);
    assert.doesNotMatch(stderr, /loads (js-yaml|@marcbachmann|\/src\/(kernel|modules))/);
  });
});
