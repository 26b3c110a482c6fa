/** The examples of the specification, as they are printed (the folder beside this file). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Kernel } from "../../mod.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";
import { assertCode, type Form, forms, freePort, run, start, tempApp } from "./forms.ts";

const example = (name: string) =>
  readFileSync(new URL(`specification/${name}`, import.meta.url), "utf8");

const definition = (kind: string) =>
  `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind} }\nschema: {}\n`;

const SAYS = (what: string) =>
  `export function execute(name: string): string {\n  return "${what} " + name;\n}\n`;

/** The hosts that the printed manifests have controllers for. */
const FITS = /^(bun|single executable|node 20)/;

/** Executes a resource where the example fits the host; elsewhere every refusal is listed. */
async function fits(
  form: Form,
  cwd: string,
  urn: string,
  result: string,
  refused: readonly RegExp[],
): Promise<void> {
  const { code, stdout, stderr } = await run(form, ["exec", "runtime.yaml", urn], { cwd });
  if (FITS.test(form.name)) {
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout), result);
    return;
  }
  assert.equal(code, 1);
  assert.match(stderr, /error\[ERR_RUNTIME_MISMATCH\]/);
  for (const pattern of refused) assert.match(stderr, pattern);
}

for (const form of forms) {
  describe(form.name, () => {
    test("a module manifest", async () => {
      const cwd = tempApp({
        "runtime.yaml": "name: app\nimports: [./core]\n---\nkind: core.Application\n" +
          "metadata: { name: a }\n",
        "server/runtime.yaml": "name: app\nimports: [../core]\n---\nkind: http.Server\n" +
          "metadata: { name: s }\n",
        "core/module.yaml": example("manifest.yaml"),
        "core/definitions/application.yaml": definition("Application"),
        "core/definitions/variable.yaml": definition("Variable"),
        "core/index.ts": SAYS("core serves"),
        "core/http/module.yaml": "name: http\ndefinitions: [server.yaml]\n" +
          "entrypoints: [{ runtime: node@<1, entrypoint: ./never.ts }]\n",
        "core/http/server.yaml": definition("Server"),
        "core/http/index.ts": SAYS("http serves"),
      });
      const refused = [/node@>=20 <23: /, /bun@>=1\.1: /];
      await fits(form, cwd, "core.Application.a", "core serves a", refused);
      // The importing manifest gives http other entrypoints, relative to http's folder: for Node.
      const args = ["exec", "server/runtime.yaml", "http.Server.s"];
      const { code, stdout, stderr } = await run(form, args, { cwd });
      assert.equal(code, form.name.startsWith("node 20") ? 0 : 1, stderr);
      if (code === 0) assert.equal(JSON.parse(stdout), "http serves s");
      else assert.match(stderr, /error\[ERR_RUNTIME_MISMATCH\][^]*node@>=20 <23: /);
    });

    test("controllers per kind", async () => {
      const cwd = tempApp({
        "runtime.yaml": "name: app\nimports: [./core]\n---\nkind: core.Logic\n" +
          "metadata: { name: l }\n",
        "core/module.yaml": `name: core\n${example("controllers.yaml")}`,
        "core/definitions/logic.yaml": definition("Logic"),
        "core/definitions/javascript.yaml": definition("JavaScript"),
        "core/controllers/logic.ts": SAYS("logic runs"),
        "core/controllers/javascript.ts": SAYS("script runs"),
      });
      await fits(form, cwd, "core.Logic.l", "logic runs l", [/node@>=20 <23: /, /bun@>=1\.1: /]);
    });

    test("a kind that inherits", async () => {
      const cwd = tempApp({
        "runtime.yaml": "name: Data\nresources: [types.yaml]\n",
        "types.yaml": example("inheritance.yaml"),
        "data-controller.ts": `export function create({ kind, schema }) {
  return { execute: () => [kind, schema.properties.name.type] };
}
`,
      });
      const args = ["exec", "runtime.yaml", "Data.ObjectType.UserProfile"];
      const { code, stdout, stderr } = await run(form, args, { cwd });
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), ["Data.ObjectType", "string"]);
    });

    test("a template and its instance", async () => {
      const cwd = tempApp({
        "runtime.yaml": "name: YourModule\nimports: [digly:http]\nresources: [app]\n",
        "app/template.yaml": example("template.yaml"),
        "app/instance.yaml": example("instance.yaml"),
      });
      const { code, stdout, stderr } = await run(form, ["expand", "--format=json", "."], { cwd });
      assert.equal(code, 0, stderr);
      const servers = (JSON.parse(stdout) as Record<string, unknown>[])
        .filter(({ kind }) => kind === "Http.Server");
      assert.deepEqual(
        servers.map((
          { metadata, port, region },
        ) => [(metadata as { name: string }).name, port, region]),
        [
          ["production-us-east-1", 3000, "us-east-1"],
          ["production-us-west-2", 3000, "us-west-2"],
          ["production-eu-central-1", 3000, "eu-central-1"],
        ],
      );
      const checked = await run(form, ["check", "."], { cwd });
      assertCode(checked, 0);
      assert.match(
        checked.stderr,
        /warning\[WARN_UNKNOWN_FIELD\]: .* `region` is not a known field/,
      );
      assert.match(checked.stderr, /^1 warning$/m);
      const strict = await run(form, ["check", "--strict", "."], { cwd });
      assert.equal(strict.code, 1, strict.stderr);
    });

    test("its three servers run, on one port", async () => {
      const port = await freePort();
      const cwd = tempApp({
        "runtime.yaml": "name: YourModule\nimports: [digly:http]\nresources: [app]\n",
        "app/template.yaml": example("template.yaml"),
        "app/instance.yaml": example("instance.yaml").replace("3000", String(port)),
        "app/route.yaml": "kind: Http.Route\nmetadata: { name: r }\n" +
          "request: { path: /hello }\nresponse: { body: hello }\n",
      });
      const app = start(form, ["run", "."], { cwd });
      await app.waitFor(/Listening on http/);
      const answer = await fetch(`http://127.0.0.1:${port}/hello`);
      assert.equal(await answer.text(), '"hello"');
      app.kill("SIGTERM");
      const { code, stderr } = await app.exited;
      assert.equal(code, 0, stderr);
      assert.equal(stderr.match(/WARN_UNKNOWN_FIELD/g)?.length, 1, stderr);
    });

    test("the core package means every built-in module", async () => {
      const cwd = tempApp({
        "runtime.yaml": "name: example\nimports: ['@diglyai/digly-core']\n---\n" +
          "kind: Variable\nmetadata: { name: Who }\nvalue: world\n---\n" +
          "kind: JavaScript.Script\nmetadata: { name: Greet }\n" +
          "code: 'const main = () => 5;'\n---\n" +
          "kind: Console.WriteLine\nmetadata: { name: Hi }\noutput: Hello ${{ Variable.Who }}\n",
      });
      const ran = await run(form, ["run", "."], { cwd });
      assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "Hello world\n", ""]);
      const executed = await run(form, ["exec", ".", "JavaScript.Script.Gret"], { cwd });
      assert.deepEqual([executed.code, executed.stdout], [1, ""]);
      assert.match(executed.stderr, /ERR_RESOURCE_NOT_FOUND[^]*JavaScript\.Script\.Greet/);
    });
  });
}

test("a runtime manifest with a remote entry", async () => {
  const variable = (name: string) =>
    `kind: Variable\nmetadata: { name: ${name} }\nvalue: ${name}\n`;
  const kernel = new Kernel({
    platform: memoryPlatform({
      files: {
        "/app/runtime.yaml": example("runtime.yaml"),
        "/app/path/to/first-manifest.yaml": variable("first"),
        "/app/path/to/directory/second.yaml": variable("second"),
        "/app/more/fourth.yaml": variable("fourth"),
      },
      remote: { "https://example.com/remote-manifest.yaml": variable("third") },
      env: { MY_MANIFEST_PATH: "more/fourth.yaml" },
    }),
  });
  await kernel.load("/app/runtime.yaml");
  await kernel.start();
  assert.deepEqual([...kernel.registry.get("Variable")!.keys()], [
    "first",
    "second",
    "third",
    "fourth",
  ]);
  assert.equal((await kernel.stop()).exitCode, 0);
});
