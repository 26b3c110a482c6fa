/** What `digly init` writes, used as its output says, in every form. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  assertCode,
  type Form,
  forms,
  freePort,
  oldNode,
  root,
  run,
  runtime,
  start,
  tempApp,
} from "./forms.ts";

/** Makes what `args` ask for in a new folder; gives that and what was printed. */
async function made(form: Form, ...args: string[]): Promise<{ cwd: string; stdout: string }> {
  const cwd = tempApp();
  const { code, stdout, stderr } = await run(form, ["init", ...args], { cwd });
  assert.equal(code, 0, stderr);
  return { cwd, stdout };
}

/** Lets `digly` resolve in a folder, as `npm install` does. */
function install(folder: string): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root.replace(/\/$/, ""), join(folder, "node_modules", "digly"), "dir");
}

for (const form of forms) {
  describe(form.name, () => {
    test("init writes an app that runs", async () => {
      const { cwd, stdout } = await made(form, "my-app");
      assert.match(stdout, /^Wrote my-app\/runtime\.yaml\n/);
      const [, ...args] = /^ {2}digly (.*)$/m.exec(stdout)![0].trim().split(" ");
      const checked = await run(form, ["check", ...args], { cwd });
      assertCode(checked, 0);
      const port = await freePort();
      const app = start(form, args, { cwd, env: { PORT: String(port) } });
      await app.waitFor(new RegExp(`http://127\\.0\\.0\\.1:${port}`));
      const answer = await fetch(`http://127.0.0.1:${port}/?name=Ada`);
      assert.deepEqual(await answer.json(), { greeting: "Hello Ada!" });
      app.kill("SIGTERM");
      assertCode(await app.exited, 0);
    });

    test("init --module writes a module that runs", async () => {
      const { cwd, stdout } = await made(form, "--module", "my-module");
      assert.deepEqual(readdirSync(join(cwd, "my-module")).sort(), [
        "example",
        "greeting.test.js",
        "greeting.ts",
        "greeting.yaml",
        "module.yaml",
        "package.json",
        "tsconfig.json",
      ]);
      assert.match(
        stdout,
        /digly exec my-module\/example MyModule\.Greeting\.Hello --input '"Ada"'/,
      );
      const urn = "MyModule.Greeting.Hello";
      const ended = await run(form, ["exec", "my-module/example", urn, "--input", '"Ada"'], {
        cwd,
      });
      assert.equal(ended.stdout, '"Hello Ada!"\n', ended.stderr);
      const page = await run(form, ["kinds", "my-module/example", "MyModule.Greeting"], { cwd });
      assert.match(page.stdout, /text {2}string, required\n {6}The greeting before the name\./);
    });

    test("nothing is overwritten", async () => {
      const cwd = tempApp({ "runtime.yaml": "mine", "module.yaml": "mine" });
      for (const args of [[], ["--module"]]) {
        const { code, stderr } = await run(form, ["init", ...args], { cwd });
        const name = args.length === 0 ? "runtime.yaml" : "module.yaml";
        assert.equal(code, 2);
        assert.match(stderr, new RegExp(`"\\." already contains ${name}`));
        assert.equal(readFileSync(join(cwd, name), "utf8"), "mine");
      }
      assert.deepEqual(readdirSync(cwd).sort(), ["module.yaml", "runtime.yaml"]);
    });
  });
}

describe("the test of a made module passes", () => {
  const nodes = [runtime("node"), ...[oldNode()].filter((path) => path !== undefined)];
  for (const node of nodes) {
    test(`${node} --test`, async () => {
      const { cwd } = await made(forms[0]!, "--module", "mine");
      const folder = join(cwd, "mine");
      install(folder);
      const child = spawn(node, ["--test", "--test-reporter=tap"], {
        cwd: folder,
        env: { PATH: "/usr/bin:/bin" },
      });
      let output = "";
      child.stdout.on("data", (chunk) => output += chunk);
      child.stderr.on("data", (chunk) => output += chunk);
      const code = await new Promise((resolve) => child.on("close", resolve));
      assert.equal(code, 0, output);
      assert.match(output, /^# pass 2$/m);
    });
  }
});
