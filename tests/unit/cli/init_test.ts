import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleName, packageName } from "../../../src/cli/init/names.ts";
import { commandLine } from "./command.ts";

test("modules are named after their folder", () => {
  for (
    const [folder, name] of [
      ["my-app", "MyApp"],
      ["my mail_2", "MyMail2"],
      ["iOS", "IOS"],
      ["2fast", "My2fast"],
      ["template", "MyTemplate"],
      ["日本", "My"],
      ["", "My"],
    ]
  ) assert.equal(moduleName(folder!, "My"), name);
});

test("packages are named after their folder", () => {
  assert.equal(packageName("My mail_2", "x"), "my-mail-2");
  assert.equal(packageName("日本", "x"), "x");
});

test("without a folder the working directory is used", async () => {
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("init", "--module"), 0);
  assert.match(platform.stdoutText(), /^Wrote package\.json\n/);
  const text = new TextDecoder().decode(platform.files.readBytes("file:///app/module.yaml", 1e6));
  assert.match(text, /^name: App$/m);
});

test("what exists is named and left alone, all or nothing", async () => {
  const { run, platform } = commandLine({
    resources: "",
    files: { "/app/new/module.yaml": "mine", "/app/new/greeting.ts": "mine" },
  });
  assert.equal(await run("init", "--module", "new"), 2);
  assert.match(platform.stderrText(), /"new" already contains module\.yaml, greeting\.ts/);
  assert.equal(platform.files.stat("file:///app/new/package.json"), undefined);
});

test("a file is not a folder", async () => {
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("init", "runtime.yaml"), 2);
  assert.match(platform.stderrText(), /"runtime\.yaml" is a file/);
});

test("paths are quoted for the shell", async () => {
  const { run, platform } = commandLine({ resources: "" });
  assert.equal(await run("init", "my app's"), 0);
  assert.match(platform.stdoutText(), /^ {2}digly '\.\/my app'\\''s'$/m);
});
