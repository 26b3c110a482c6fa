/** `digly bundle`: one executable of an app and its controllers, made and run as a user would. */
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import {
  assertCode,
  type Form,
  forms,
  freePort,
  ofEachRuntime,
  root,
  run,
  runtime,
  singleFile,
  start,
  tempApp,
} from "./forms.ts";

/** A module whose controller is in WebAssembly. */
const pricing = `${root}examples/assemblyscript-controller/pricing/`;

/** An app with everything that has to travel. */
const shop = {
  "app/runtime.yaml": `name: shop
version: 1.2.0
imports: [./greeter, ./pricing, digly:http, digly:core, digly:javascript]
resources: [./resources]
---
kind: Pricing.Quote
metadata: { name: Shop }
rates: JavaScript.Script.Rates
---
kind: JavaScript.Script
metadata: { name: Rates }
code: const main = () => 19
---
kind: JavaScript.Script
metadata: { name: Shout }
isolate: process
limits: { time: 60s }
file: ./scripts/shout.ts
---
kind: Greeter.Greeting
metadata: { name: Hello }
---
kind: Secret
metadata: { name: Token }
env: TOKEN
---
kind: Secret
metadata: { name: Mounted }
file: ./mounted.txt
`,
  "app/resources/server.yaml": `kind: Http.Server
metadata: { name: Main }
port: "\${ int(env.PORT) }"
`,
  "app/resources/deep/route.yaml": `kind: Http.Route
metadata: { name: Sizes }
request: { path: /, method: GET }
handler:
  name: JavaScript.Script.Sizes
  inputs: { token: "\${{ Secret.Token }}", mounted: "\${{ Secret.Mounted }}" }
---
kind: JavaScript.Script
metadata: { name: Sizes }
$include: _sizes.yaml
`,
  "app/resources/deep/_sizes.yaml": `code: |
  async function main({ token, mounted }, ctx) {
    const { gross } = await ctx.execute("Pricing.Quote.Shop", { net: 100, country: "DE" });
    const shouted = await ctx.execute("JavaScript.Script.Shout", "hi");
    return { token: token.length, mounted: mounted.length, gross, shouted };
  }
`,
  "app/scripts/shout.ts": `import { loud } from "./loud.ts";
export const main = (text: string): string => loud(text);
`,
  "app/scripts/loud.ts": "export const loud = (text: string): string => text.toUpperCase();\n",
  "app/pricing/module.yaml": "name: Pricing\ndefinitions: [quote.yaml]\n",
  "app/pricing/quote.yaml": readFileSync(`${pricing}quote.yaml`, "utf8"),
  "app/pricing/quote.wasm": readFileSync(`${pricing}quote.wasm`),
  "app/mounted.txt": "SENTINEL-FILE",
  "app/greeter/module.yaml": "name: Greeter\nversion: 1.0.0\ndefinitions: [greeting.yaml]\n",
  "app/greeter/greeting.yaml": `kind: Runtime.Definition
metadata: { name: Greeting, resourceKind: Greeting }
controllers:
  - { runtime: bun, entrypoint: ./greeting.ts }
schema: { type: object }
`,
  "app/greeter/greeting.ts": `import { defineController, formatUrn } from "digly/module";
import { exclaim } from "modern";
import old from "old";
import words from "./words.json" with { type: "json" };
export default defineController({
  create: (resource) => ({
    execute: (input) => [exclaim(words.hello + " " + old.upper(String(input))), formatUrn(resource.kind, resource.metadata.name)],
  }),
});
`,
  "app/greeter/words.json": '{ "hello": "Hello" }',
  "app/greeter/node_modules/modern/package.json":
    `{"name":"modern","version":"1.0.0","type":"module","exports":"./index.js"}`,
  "app/greeter/node_modules/modern/index.js": "export const exclaim = (text) => text + '!';\n",
  "app/greeter/node_modules/old/package.json": `{"name":"old","version":"1.0.0","main":"main.js"}`,
  "app/greeter/node_modules/old/main.js": "exports.upper = (text) => text.toUpperCase();\n",
};

/** Bundles the app in \`cwd\` and gives the executable, alone in a folder. */
async function bundled(form: Form, cwd: string, env = {}): Promise<Form> {
  // The package looks for a Bun beside it.
  const path = `${root}node_modules/.bin:${process.env["PATH"]}`;
  const made = await run(form, ["bundle", "app", "-o", "shop"], {
    cwd,
    env: { PATH: path, ...env },
  });
  assertCode(made, 0);
  const folder = tempApp({});
  copyFileSync(join(cwd, "shop"), join(folder, "shop"));
  chmodSync(join(folder, "shop"), 0o755);
  return { name: "shop", command: [join(folder, "shop")] };
}

// They make executables in different ways: carried, built, from the sources.
for (const maker of ofEachRuntime) {
  describe(`made by ${maker.name}`, () => {
    test("an app travels with its manifests, controllers and packages", async () => {
      const cwd = tempApp(shop);
      const secrets = { TOKEN: "SENTINEL-TOKEN", PORT: "1" };
      const form = await bundled(maker, cwd, secrets);
      const executable = form.command[0]!;
      const bytes = readFileSync(executable);
      assert.equal(bytes.includes("SENTINEL-TOKEN"), false, "the environment is in the bundle");
      assert.equal(bytes.includes("SENTINEL-FILE"), false, "a secret's file is in the bundle");

      const alone = { PATH: "", TOKEN: "abc", PORT: "0" };
      const folder = join(executable, "..");
      writeFileSync(join(folder, "mounted.txt"), "12345");
      const ended = await run(form, ["exec", "Greeter.Greeting.Hello", "--input", '"Ada"'], {
        cwd: folder,
        env: alone,
      });
      assert.equal(ended.stderr, "");
      assert.deepEqual(JSON.parse(ended.stdout), ["Hello ADA!", "Greeter.Greeting.Hello"]);

      const port = await freePort();
      const app = start(form, [], { cwd: "/", env: { ...alone, PORT: String(port) } });
      await app.waitFor(new RegExp(`http://127\\.0\\.0\\.1:${port}`));
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      assert.deepEqual(await answer.json(), {
        token: 3,
        mounted: 5,
        gross: 119,
        shouted: "HI",
      });
      app.kill("SIGTERM");
      assertCode(await app.exited, 0);
    });
  });
}

describe("an app's executable", () => {
  const cwd = tempApp(shop);
  let form: Form | undefined;
  const made = async () => form ??= await bundled(singleFile, cwd, { TOKEN: "x", PORT: "1" });

  test("says what it is", async () => {
    const short = await run(await made(), ["--version"]);
    assert.match(short.stdout, /^shop 1\.2\.0 \(digly \d+\.\d+\.\d+\)\n$/);
    const long = await run(await made(), ["--version", "--verbose"]);
    assert.match(long.stdout, /^shop 1\.2\.0 .*\ncommit [0-9a-f]{40}.*\nruntime bun .*\nplatform /);
  });

  test("has the commands of an app and no path", async () => {
    const { code, stdout } = await run(await made(), ["--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: shop \[run\] \[options\]/);
    assert.deepEqual(
      Array.from(stdout.matchAll(/^ {2}([a-z]+)\b.*/gm), ([, name]) => name),
      ["run", "exec", "expand", "check", "jobs", "cluster", "events", "top"],
    );
    const wrong = await run(await made(), ["chekc"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /"chekc" is not a command\n {2}help: Did you mean "check"\?/);
  });

  test("asks for its environment at start", async () => {
    const { code, stderr } = await run(await made(), [], { env: { PORT: "0" } });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /TOKEN is not set\n {2}--> runtime\.yaml:25:6/);
  });

  test("takes nothing from the working directory", async () => {
    const folder = tempApp({
      "bunfig.toml": 'preload = ["./preload.ts"]\n',
      "preload.ts": 'console.log("preloaded");\n',
      ".env": "TOKEN=from-env-file\n",
      "tsconfig.json": '{ "compilerOptions": { "paths": { "*": ["./preload.ts"] } } }',
    });
    const { stdout, stderr } = await run(await made(), ["check"], { cwd: folder });
    assert.equal(stdout, "");
    assert.match(stderr, /TOKEN is not set/);
  });
});

test("remote manifests travel too", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/old.yaml") {
      response.writeHead(302, { location: "/new.yaml" }).end();
    } else {
      response.setHeader("content-type", "application/yaml");
      response.end(
        "kind: JavaScript.Script\nmetadata: { name: Far }\ncode: 'function main() { return 7; }'\n",
      );
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const cwd = tempApp({
    "app/runtime.yaml": `name: far
imports: [digly:javascript]
resources: ["http://127.0.0.1:${port}/old.yaml"]
`,
  });
  try {
    const made = await run(singleFile, ["bundle", "app", "-o", "far"], { cwd });
    assertCode(made, 0);
    assert.match(made.stderr, /WARN_NOT_PINNED/);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  const form = { name: "far", command: [join(cwd, "far")] };
  const ended = await run(form, ["exec", "JavaScript.Script.Far"], { cwd: "/" });
  assert.deepEqual([ended.stdout, ended.stderr], ["7\n", ""]);
});

describe("what cannot be bundled", () => {
  const bundle = (files: Record<string, string | Uint8Array>, ...args: string[]) => {
    const cwd = tempApp(files);
    mkdirSync(join(cwd, "folder"));
    return run(singleFile, ["bundle", "app", ...args], { cwd });
  };

  test("a controller whose package is not installed", async () => {
    const { code, stderr } = await bundle(
      {
        ...shop,
        "app/greeter/greeting.ts":
          'import { x } from "absent";\nexport const execute = () => x;\nexport const create = x;\n',
      },
      "-o",
      "shop",
    );
    assert.equal(code, 1);
    assert.match(stderr, /error\[ERR_MODULE_INVALID\]: A controller imports "absent", which/);
    assert.match(stderr, /--> app\/greeter\/greeting\.ts:1:19/);
    assert.match(stderr, /install it next to the controller/);
  });

  test("a controller with a syntax error", async () => {
    const { code, stderr } = await bundle(
      {
        ...shop,
        "app/greeter/greeting.ts": "export const create = (;\n",
      },
      "-o",
      "shop",
    );
    assert.equal(code, 1);
    assert.match(stderr, /error\[ERR_MODULE_INVALID\]: A controller cannot be bundled: .*"?;"?/);
    assert.match(stderr, /--> app\/greeter\/greeting\.ts:1:24/);
  });

  test("an app with mistakes", async () => {
    const { code, stderr } = await bundle(
      {
        "app/runtime.yaml": "name: x\n---\nkind: Nope.Thing\nmetadata: { name: A }\n",
      },
      "-o",
      "shop",
    );
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Nope\.Thing/);
  });

  test("an app without a Bun available", async () => {
    const cwd = tempApp(shop);
    copyFileSync(`${root}dist/digly.mjs`, join(cwd, "digly.mjs"));
    const form = { name: "alone", command: [runtime("node"), join(cwd, "digly.mjs")] };
    const ended = await run(form, ["bundle", "app", "-o", "shop"], { cwd, env: { PATH: "" } });
    assertCode(ended, 2);
    assert.match(ended.stderr, /digly bundle needs Bun, which was not found near the app or on/);
  });

  test("an output that cannot be written", async () => {
    for (
      const [output, expected] of [
        ["folder", /The output "folder" is a folder/],
        ["absent/shop", /The folder of the output "absent\/shop" does not exist/],
        ["app/runtime.yaml", /The output "app\/runtime\.yaml" is one of the app's own files/],
      ] as const
    ) {
      const { code, stderr } = await bundle(shop, "-o", output);
      assert.equal(code, 2, stderr);
      assert.match(stderr, expected);
    }
    if (process.platform === "linux") {
      const { code, stderr } = await bundle(shop, "-o", "/proc/shop");
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /The output "\/proc\/shop" cannot be written: E[A-Z]+\n {2}help: Choose a folder/,
      );
    }
    const { code, stderr } = await bundle({ "app/runtime.yaml": "name: app\n" });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /The output "app" is a folder\n.*such as -o app\/app/);
  });
});

test("a controller below a folder with a backslash in its name is one clear error", async () => {
  const cwd = tempApp({
    "a\\b/runtime.yaml":
      "name: App\nimports: [./lib]\n---\nkind: Lib.Thing\nmetadata: { name: a }\n",
    "a\\b/lib/module.yaml": `name: Lib
---
kind: Runtime.Definition
metadata: { name: Thing, resourceKind: Thing }
controllers: [{ runtime: node, entrypoint: ./thing.js }]
`,
    "a\\b/lib/thing.js": "export const create = () => ({});\n",
  });
  for (const form of forms) {
    const env = { PATH: `${root}node_modules/.bin:${process.env["PATH"]}` };
    const { code, stderr } = await run(form, ["bundle", "a\\b", "-o", "app"], { cwd, env });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^error\[ERR_MODULE_INVALID\]: .*a\\b\/lib\/thing\.js cannot be bundled/);
    assert.equal(stderr.match(/^error\[/gm)?.length, 1);
  }
});
