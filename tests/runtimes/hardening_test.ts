/**
 * What must not hurt in any form of the program: files without an end, names that every object
 * inherits, an output that is full, and links where files for debugging are written.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Ended, type Form, forms, run, singleFile, tempApp } from "./forms.ts";

const THING = "kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\n";
const HELLO = `name: App
imports: [digly:console, digly:javascript]
---
kind: Console.WriteLine
metadata: { name: Hello }
output: Hello
---
kind: JavaScript.Script
metadata: { name: One }
code: "function main() { return 1 }"
`;

/** Apps that name `place` where a file is read, by what names it. */
const naming: Readonly<Record<string, (place: string) => string>> = {
  resources: (place) => `name: App\nresources: ["${place}"]\n`,
  imports: (place) => `name: App\nimports: ["${place}"]\n`,
  definitions: (place) => `name: App\ndefinitions: ["${place}"]\n`,
  "$include": (place) =>
    `name: App\ndefinitions: [thing.yaml]\n---\nkind: App.Thing\nmetadata: { name: a }\n` +
    `x: { $include: "${place}" }\n`,
  "the file of a secret": (place) =>
    `name: App\nimports: [digly:core, digly:console]\n---\nkind: Secret\nmetadata: { name: a }\n` +
    `file: "${place}"\n---\nkind: Console.WriteLine\nmetadata: { name: b }\n` +
    `output: "\${{ Secret.a }}"\n`,
};

/** An app, with a pipe that nobody writes to beside it. */
function appWith(manifest: string): string {
  const folder = tempApp({ "runtime.yaml": manifest, "thing.yaml": THING });
  execFileSync("mkfifo", [join(folder, "pipe.yaml")]);
  return folder;
}

/** Runs the form in a shell that sends its standard output where `redirection` says. */
function shell(form: Form, args: string, redirection: string, cwd: string): Promise<Ended> {
  const command = ["/bin/sh", "-c", `"$@" ${args} ${redirection}`, "sh", ...form.command];
  return run({ name: form.name, command }, [], { cwd });
}

/** Fails unless it was one error, and neither a fault of the program nor a stack. */
function assertOneError(ended: Ended, code: number, says: RegExp): void {
  assert.match(ended.stderr, says);
  assert.equal(ended.code, code, ended.stderr);
  assert.equal(ended.stderr.match(/^error\[/gm)?.length, 1, ended.stderr);
  assert.doesNotMatch(ended.stderr, /fault in Digly|^\s+at /m);
}

for (const form of forms) {
  describe(form.name, () => {
    // All that name a file read it in the same way; the executable reads each of them.
    const names = form === singleFile ? Object.keys(naming) : ["resources"];
    for (const what of names) {
      test(`reads no device and no pipe as ${what}`, async () => {
        const places = what === "$include" ? ["pipe.yaml"] : ["/dev/zero", "./pipe.yaml"];
        for (const place of places) {
          const ended = await run(form, ["run", "."], { cwd: appWith(naming[what]!(place)) });
          assertOneError(ended, 1, /is a device, a pipe or a socket/);
        }
      });
    }

    test("reads no device and no pipe as runtime.yaml or as an input", async () => {
      const cwd = appWith(HELLO);
      mkdirSync(join(cwd, "app"));
      execFileSync("mkfifo", [join(cwd, "app/runtime.yaml")]);
      for (const path of ["/dev/zero", "pipe.yaml", "app"]) {
        assertOneError(await run(form, ["check", path], { cwd }), 1, /is a device, a pipe/);
      }
      const input = ["exec", ".", "JavaScript.Script.One", "--input", "@/dev/zero"];
      assertOneError(await run(form, input, { cwd }), 2, /is a device, a pipe/);
    });

    // Node itself reads the file that follows `--env-file`, wherever it is written.
    if (!form.name.startsWith("node")) {
      test("reads no device and no pipe as an environment file", async () => {
        const cwd = appWith(HELLO);
        for (const path of ["/dev/zero", "pipe.yaml"]) {
          const ended = await run(form, ["check", ".", "--env-file", path], { cwd });
          assertOneError(ended, 2, /is a device, a pipe/);
        }
      });
    }

    test("reads a file whose size is said to be 0, up to the limit", async () => {
      const cwd = appWith(naming["the file of a secret"]!("/proc/self/status"));
      const { code, stdout, stderr } = await run(form, ["run", "."], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /VmPeak/);
      const ended = await run(form, ["run", ".", "--limit", "fileBytes=100"], { cwd });
      assertOneError(ended, 1, /larger than 100 bytes[^]*--limit fileBytes=200/);
    });

    test("knows nothing by a name that every object inherits", async () => {
      const inherited = ["__proto__", ...form === singleFile ? ["constructor", "toString"] : []];
      for (const name of inherited) {
        const cwd = appWith(`name: App\nimports: [${name}]\n`);
        assertOneError(await run(form, ["check", "."], { cwd }), 1, /was not found/);
      }
    });

    test("refuses a NUL character in a path", async () => {
      for (const what of names.filter((name) => name !== "the file of a secret")) {
        const cwd = appWith(naming[what]!("./a\\0b"));
        assertOneError(await run(form, ["check", "."], { cwd }), 1, /a NUL character in it/);
      }
    });

    test("fails where standard output is full, and says so", async () => {
      const cwd = appWith(HELLO);
      const line = await shell(form, "run . --log-format text", "> /dev/full", cwd);
      assert.equal(line.code, 1, line.stderr);
      assert.match(line.stderr, /Console\.WriteLine\.Hello/);
      assert.match(line.stderr, /no space is left on the device/);
      const commands = ["exec . JavaScript.Script.One", "expand .", "kinds .", "--help"];
      for (const args of form === singleFile ? commands : commands.slice(0, 1)) {
        const ended = await shell(form, args, "> /dev/full", cwd);
        assertOneError(ended, 1, /error\[ERR_OUTPUT_FAILED\]: Standard output cannot be written/);
      }
    });

    test("is quiet where the reader of its output has gone", async () => {
      const cwd = appWith(HELLO);
      const ended = await shell(form, "kinds .", "| head -n 1 > /dev/null", cwd);
      assert.equal(ended.stderr, "");
    });

    test("keeps files for debugging to their owner, and follows no link to them", async () => {
      const cwd = appWith(HELLO);
      const args = ["run", ".", "--debug", "--snapshot-on-exit"];
      assert.equal((await run(form, args, { cwd })).code, 0);
      for (const name of ["events.jsonl", "snapshot.yaml"]) {
        assert.equal(statSync(join(cwd, ".digly-debug", name)).mode & 0o777, 0o600, name);
      }
      const linked = appWith(HELLO);
      writeFileSync(join(linked, "target"), "untouched");
      mkdirSync(join(linked, ".digly-debug"));
      symlinkSync("../target", join(linked, ".digly-debug/events.jsonl"));
      assertOneError(await run(form, ["run", ".", "--debug"], { cwd: linked }), 2, /symbolic link/);
      symlinkSync("../target", join(linked, ".digly-debug/snapshot.yaml"));
      await run(form, ["run", ".", "--snapshot-on-exit"], { cwd: linked });
      assert.equal(readFileSync(join(linked, "target"), "utf8"), "untouched");
      assert.ok(lstatSync(join(linked, ".digly-debug/snapshot.yaml")).isFile());
      const folder = appWith(HELLO);
      mkdirSync(join(folder, "elsewhere"));
      symlinkSync("elsewhere", join(folder, ".digly-debug"));
      assertOneError(await run(form, ["run", ".", "--debug"], { cwd: folder }), 2, /symbolic link/);
    });
  });
}
