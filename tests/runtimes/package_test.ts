/** The npm package, from its tarball, as users get it: `npx`, `bunx`, `deno run -A npm:`. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { assertCode, type Form, root, run, runtime, tempApp } from "./forms.ts";
import { npm, pack, packageHome, runNpm } from "./npm.ts";

const { version, ...manifest } = JSON.parse(readFileSync(root + "package.json", "utf8")) as {
  version: string;
  bin: unknown;
  dependencies?: unknown;
};

const folder = tempApp();
const tarball = pack(folder);

/** A registry that knows this one package. */
let registry: Server;
let registryUrl = "http://127.0.0.1:9/";

before(async () => {
  const bytes = readFileSync(tarball);
  registry = createServer((request, response) => {
    if (request.url === "/digly") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({
        name: "digly",
        "dist-tags": { latest: version },
        versions: {
          [version]: {
            name: "digly",
            version,
            bin: manifest.bin,
            dependencies: manifest.dependencies,
            dist: {
              tarball: `${registryUrl}digly/-/digly-${version}.tgz`,
              integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
              shasum: createHash("sha1").update(bytes).digest("hex"),
            },
          },
        },
      }));
    } else if (request.url === `/digly/-/digly-${version}.tgz`) response.end(bytes);
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((done) => registry.listen(0, "127.0.0.1", done));
  registryUrl = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
});

after(() => registry.close());

const app = {
  "runtime.yaml": `name: hello
imports: [digly:http, ./greeter]
---
kind: Greeter.Greeting
metadata: { name: Hello }
`,
  "greeter/module.yaml": "name: Greeter\nversion: 1.0.0\ndefinitions: [greeting.yaml]\n",
  "greeter/greeting.yaml": `kind: Runtime.Definition
metadata: { name: Greeting, resourceKind: Greeting }
controllers:
  - { runtime: node, entrypoint: ./greeting.js }
  - { runtime: bun, entrypoint: ./greeting.js }
  - { runtime: deno, entrypoint: ./greeting.js }
schema: { type: object }
`,
  "greeter/greeting.js": "export const execute = (name, input) => `${name}, ${input}!`;\n",
};

const greet = ["exec", ".", "Greeter.Greeting.Hello", "--input", '"Ada"'];

describe("in an empty folder, from a registry", () => {
  const bunx = join(tempApp(), "bunx");
  symlinkSync(runtime("bun"), bunx);
  const ways: readonly Form[] = [
    { name: "npx", command: [...npm(), "exec", "--yes", "--", "digly"] },
    { name: "bunx", command: [bunx, "digly"] },
    { name: "bunx --bun", command: [bunx, "--bun", "digly"] },
    { name: "deno run -A npm:", command: [runtime("deno"), "run", "-A", "npm:digly"] },
  ];
  for (const way of ways) {
    test(way.name, async () => {
      const cwd = tempApp(app);
      const path = `${dirname(process.env["npm_node_execpath"] ?? runtime("node"))}:/usr/bin:/bin`;
      const env = { ...packageHome(tempApp(), registryUrl), PATH: path };
      const asked = await run(way, ["--version"], { cwd, env });
      assert.equal(asked.stdout, `${version}\n`, asked.stderr);
      const ended = await run(way, greet, { cwd, env });
      assert.equal(ended.stdout, '"Hello, Ada!"\n', ended.stderr);
      assertCode(ended, 0);
    });
  }
});

test("the tarball holds nothing that is not needed", () => {
  const { stdout } = spawnSync("tar", ["-tzf", tarball], { encoding: "utf8" });
  const names = stdout.trim().split("\n").map((name) => name.replace(/^package\//, ""));
  const other = names.filter((name) => !/^dist\/(chunks|types)\//.test(name)).sort();
  assert.deepEqual(other, [
    "LICENSE",
    "README.md",
    "dist/THIRD-PARTY-LICENSES.txt",
    "dist/mod.mjs",
    "dist/module.mjs",
    "dist/program.mjs",
    "dist/testing.mjs",
    "package.json",
  ]);
  for (const name of names) assert.match(name, /(\.mjs|\.d\.ts|\.json|\.md|\.txt|LICENSE)$/);
});

describe("installed", () => {
  const cwd = tempApp({
    ...app,
    "package.json": '{ "name": "consumer", "type": "module" }',
    "use.ts": `import { Kernel, type KernelOptions } from "digly";
import { type ControllerContext, defineController } from "digly/module";
import { bootApp } from "digly/testing";

export const options: KernelOptions = { env: {} };
export const kernel: Kernel = new Kernel(options);
export const controller = defineController<{ text: string }>({
  create: ({ text }) => ({ execute: () => text.toUpperCase() }),
});
export const register = (ctx: ControllerContext): void => ctx.log.info("hello");
export const booted = bootApp({ manifest: "name: App" });
`,
    "use.mjs": `import { bootApp } from "digly/testing";
import { isDiglyError } from "digly/module";
import { Kernel } from "digly";
const app = await bootApp({ path: new URL("./", import.meta.url) });
console.log(await app.execute("Greeter.Greeting.Hello", "Ada"), typeof Kernel, isDiglyError(1));
await app.stop();
`,
  });
  before(() => {
    runNpm(["install", "--no-audit", "--no-fund", tarball], cwd, registryUrl);
  });

  for (const resolution of ["nodenext", "bundler"]) {
    test(`its types resolve with ${resolution}`, () => {
      mkdirSync(join(cwd, "out"), { recursive: true });
      const { status, stdout } = spawnSync(`${root}node_modules/.bin/tsc`, [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "false",
        "--target",
        "es2022",
        "--module",
        resolution === "bundler" ? "esnext" : resolution,
        "--moduleResolution",
        resolution,
        "--types",
        "",
        "use.ts",
      ], { cwd, encoding: "utf8" });
      assert.equal(status, 0, stdout);
    });
  }

  for (const name of ["node", "bun"] as const) {
    test(`its entries work on ${name}`, async () => {
      const form = { name, command: [runtime(name), "use.mjs"] };
      const { stdout, stderr } = await run(form, [], { cwd });
      assert.equal(stdout, "Hello, Ada! function false\n", stderr);
    });
  }

  test("its entries work on deno", async () => {
    const form = { name: "deno", command: [runtime("deno"), "run", "-A", "use.mjs"] };
    const { stdout, stderr } = await run(form, [], { cwd });
    assert.equal(stdout, "Hello, Ada! function false\n", stderr);
  });

  test("its program makes bundles", async () => {
    const form = { name: "bin", command: [runtime("node"), "node_modules/.bin/digly"] };
    const env = { PATH: `${root}node_modules/.bin` };
    const made = await run(form, ["bundle", ".", "-o", "app"], { cwd, env });
    assertCode(made, 0);
    const bundled = { name: "app", command: [join(cwd, "app")] };
    assert.equal((await run(bundled, ["exec", ...greet.slice(2)])).stdout, '"Hello, Ada!"\n');
  });
});

describe("linters of packages", () => {
  for (const [tool, ...args] of [["publint", root, "--strict"], ["attw", tarball]]) {
    test(`${tool} finds nothing`, () => {
      const { status, stdout, stderr } = spawnSync(`${root}node_modules/.bin/${tool}`, args, {
        cwd: root,
        encoding: "utf8",
        env: { PATH: `${dirname(runtime("node"))}:${process.env["PATH"]}`, NO_COLOR: "1" },
      });
      assert.equal(status, 0, stdout + stderr);
    });
  }
});
