import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryExit, memoryPlatform } from "../../../src/platform/memory.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("files are found by URL, folders follow from them", () => {
  const { files } = memoryPlatform({
    files: { "/app/runtime.yaml": "name: app", "file:///app/a%20b/c.yaml": new Uint8Array([65]) },
  });
  assert.equal(text(files.readBytes("file:///app/runtime.yaml", 1e6)), "name: app");
  assert.equal(text(files.readBytes("file:///app/a%20b/c.yaml", 1e6)), "A");
  assert.deepEqual(files.stat("file:///app/runtime.yaml"), { kind: "file", size: 9 });
  assert.equal(files.stat("file:///app/a%20b")?.kind, "directory");
  assert.equal(files.stat("file:///ap"), undefined);
  assert.deepEqual(files.list("file:///app/"), [
    { name: "runtime.yaml", kind: "file" },
    { name: "a b", kind: "directory" },
  ]);
  assert.throws(() => files.readBytes("file:///app/none", 1e6), { code: "ENOENT" });
  assert.throws(() => files.list("file:///none"), { code: "ENOENT" });
});

test("a file written later is there", () => {
  const platform = memoryPlatform();
  platform.writeFile("/late.txt", "now");
  assert.equal(text(platform.files.readBytes("file:///late.txt", 1e6)), "now");
});

test("paths are relative to the working directory", () => {
  const platform = memoryPlatform({ cwd: "/work/dir" });
  assert.equal(platform.cwd(), "file:///work/dir/");
  assert.equal(platform.toUrl("a b.yaml"), "file:///work/dir/a%20b.yaml");
  assert.equal(platform.toUrl("../x"), "file:///work/x");
  assert.equal(platform.toUrl("/etc/./x"), "file:///etc/x");
  assert.equal(platform.toPath("file:///a%20b"), "/a b");
  assert.equal(platform.toPath("https://example.com/a%20b"), "https://example.com/a%20b");
});

test("modules are what the test gave, or a function makes", async () => {
  const platform = memoryPlatform({
    modules: {
      "/app/a.ts": { execute: () => 1 },
      "/app/broken.ts": () => {
        throw new Error("no");
      },
    },
  });
  assert.deepEqual(Object.keys(await platform.importModule("file:///app/a.ts")), ["execute"]);
  await assert.rejects(platform.importModule("file:///app/broken.ts"), { message: "no" });
  await assert.rejects(platform.importModule("file:///app/none.ts"), /Cannot find module/);
});

test("output is kept, standard input is given", async () => {
  const platform = memoryPlatform({ stdin: "in" });
  platform.stdout.write("a");
  platform.stdout.write("b");
  platform.stderr.write("e");
  assert.deepEqual([platform.stdoutText(), platform.stderrText()], ["ab", "e"]);
  assert.equal(text(await platform.readStdin(1)), "in");
});

test("signals reach listeners until they stop listening", () => {
  const platform = memoryPlatform();
  const received: unknown[] = [];
  assert.equal(platform.raise("SIGINT"), false);
  const stop = platform.onSignal((signal) => received.push(signal));
  platform.onUnhandled((error) => received.push(error));
  assert.equal(platform.raise("SIGTERM"), true);
  assert.equal(platform.raiseUnhandled("oops"), true);
  stop();
  assert.equal(platform.raise("SIGTERM"), false);
  assert.deepEqual(received, ["SIGTERM", "oops"]);
});

test("an exit ends what runs and is remembered", () => {
  const platform = memoryPlatform();
  assert.equal(platform.exitCode(), undefined);
  assert.throws(() => platform.exit(3), MemoryExit);
  assert.throws(() => platform.exit(4), MemoryExit);
  assert.equal(platform.exitCode(), 3);
});

test("the environment is a frozen copy", () => {
  const env = { A: "1" };
  const platform = memoryPlatform({ env });
  env.A = "2";
  assert.equal(platform.env["A"], "1");
  assert.ok(Object.isFrozen(platform.env));
});
