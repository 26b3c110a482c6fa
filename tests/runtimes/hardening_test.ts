/**
 * What must not hurt in any form of the program: files without an end, names that every object
 * inherits, an output that is full, and links where files for debugging are written.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  assertCode,
  chooseForm,
  type Ended,
  type Form,
  forms,
  run,
  singleFile,
  tempApp,
} from "./forms.ts";

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

/** A test of what no runtime has a part in, in a form that the title chooses. */
function testInOneForm(title: string, body: (form: Form) => Promise<void>): void {
  const form = chooseForm(title);
  test(`${title} (${form.name})`, () => body(form));
}

for (const form of forms) {
  describe(form.name, () => {
    test("reads no device and no pipe", async () => {
      const cwd = appWith(naming["resources"]!("/dev/zero"));
      assertOneError(await run(form, ["run", "."], { cwd }), 1, /is a device, a pipe or a socket/);
      const pipe = await run(form, ["check", "pipe.yaml"], { cwd });
      assertOneError(pipe, 1, /is a device, a pipe/);
    });

    // Node itself reads the file that follows `--env-file`, wherever it is written.
    if (!form.name.startsWith("node")) {
      test("reads no device as an environment file", async () => {
        const args = ["check", ".", "--env-file", "/dev/zero"];
        const ended = await run(form, args, { cwd: appWith(HELLO) });
        assertOneError(ended, 2, /is a device, a pipe/);
      });
    }

    test("reads a file whose size is said to be 0", async () => {
      const cwd = appWith(naming["the file of a secret"]!("/proc/self/status"));
      const ended = await run(form, ["run", "."], { cwd });
      assertCode(ended, 0);
      assert.match(ended.stdout, /VmPeak/);
    });

    test("knows nothing by a name that every object inherits", async () => {
      const cwd = appWith("name: App\nimports: [__proto__]\n");
      assertOneError(await run(form, ["check", "."], { cwd }), 1, /was not found/);
    });

    test("refuses a NUL character in a path", async () => {
      const cwd = appWith(naming["resources"]!("./a\\0b"));
      assertOneError(await run(form, ["check", "."], { cwd }), 1, /a NUL character in it/);
    });

    test("fails where standard output is full, and says so", async () => {
      const cwd = appWith(HELLO);
      const line = await shell(form, "run . --log-format text", "> /dev/full", cwd);
      assertCode(line, 1);
      assert.match(line.stderr, /Console\.WriteLine\.Hello/);
      assert.match(line.stderr, /no space is left on the device/);
      const result = await shell(form, "exec . JavaScript.Script.One", "> /dev/full", cwd);
      assertOneError(result, 1, /error\[ERR_OUTPUT_FAILED\]: Standard output cannot be written/);
    });

    test("is quiet where the reader of its output has gone", async () => {
      const ended = await shell(form, "kinds .", "| head -n 1 > /dev/null", appWith(HELLO));
      assert.equal(ended.stderr, "");
    });

    test("keeps files for debugging to their owner, and follows no link to them", async () => {
      const cwd = appWith(HELLO);
      mkdirSync(join(cwd, ".digly-debug"));
      writeFileSync(join(cwd, "target"), "untouched");
      symlinkSync("../target", join(cwd, ".digly-debug/snapshot.yaml"));
      assertCode(await run(form, ["run", ".", "--debug", "--snapshot-on-exit"], { cwd }), 0);
      assert.equal(readFileSync(join(cwd, "target"), "utf8"), "untouched");
      assert.ok(lstatSync(join(cwd, ".digly-debug/snapshot.yaml")).isFile());
      for (const name of ["events.jsonl", "snapshot.yaml"]) {
        assert.equal(statSync(join(cwd, ".digly-debug", name)).mode & 0o777, 0o600, name);
      }
      rmSync(join(cwd, ".digly-debug/events.jsonl"));
      symlinkSync("../target", join(cwd, ".digly-debug/events.jsonl"));
      assertOneError(await run(form, ["run", ".", "--debug"], { cwd }), 2, /symbolic link/);
      assert.equal(readFileSync(join(cwd, "target"), "utf8"), "untouched");
    });
  });
}

// All that name a file read it in the same way.
for (const [what, manifest] of Object.entries(naming)) {
  const places = what === "$include" ? ["pipe.yaml"] : ["/dev/zero", "./pipe.yaml"];
  for (const place of places) {
    testInOneForm(`reads no ${place} as ${what}`, async (form) => {
      const ended = await run(form, ["run", "."], { cwd: appWith(manifest(place)) });
      assertOneError(ended, 1, /is a device, a pipe or a socket/);
    });
  }
  if (what === "the file of a secret") continue;
  testInOneForm(`refuses a NUL character in ${what}`, async (form) => {
    const cwd = appWith(manifest("./a\\0b"));
    assertOneError(await run(form, ["check", "."], { cwd }), 1, /a NUL character in it/);
  });
}

for (const path of ["/dev/zero", "app"]) {
  testInOneForm(`reads no ${path} as runtime.yaml`, async (form) => {
    const cwd = appWith(HELLO);
    mkdirSync(join(cwd, "app"));
    execFileSync("mkfifo", [join(cwd, "app/runtime.yaml")]);
    assertOneError(await run(form, ["check", path], { cwd }), 1, /is a device, a pipe/);
  });
}

testInOneForm("reads no device as an input", async (form) => {
  const args = ["exec", ".", "JavaScript.Script.One", "--input", "@/dev/zero"];
  assertOneError(await run(form, args, { cwd: appWith(HELLO) }), 2, /is a device, a pipe/);
});

test("reads no pipe as an environment file", async () => {
  const args = ["check", ".", "--env-file", "pipe.yaml"];
  const ended = await run(singleFile, args, { cwd: appWith(HELLO) });
  assertOneError(ended, 2, /is a device, a pipe/);
});

testInOneForm("reads files up to the limit", async (form) => {
  const cwd = appWith(naming["the file of a secret"]!("/proc/self/status"));
  const ended = await run(form, ["run", ".", "--limit", "fileBytes=100"], { cwd });
  assertOneError(ended, 1, /larger than 100 bytes[^]*--limit fileBytes=200/);
});

for (const name of ["constructor", "toString"]) {
  testInOneForm(`knows no module ${name}`, async (form) => {
    const cwd = appWith(`name: App\nimports: [${name}]\n`);
    assertOneError(await run(form, ["check", "."], { cwd }), 1, /was not found/);
  });
}

for (const args of ["expand .", "kinds .", "--help"]) {
  testInOneForm(`${args} fails where standard output is full`, async (form) => {
    const ended = await shell(form, args, "> /dev/full", appWith(HELLO));
    assertOneError(ended, 1, /error\[ERR_OUTPUT_FAILED\]: Standard output cannot be written/);
  });
}

testInOneForm("follows no link to the folder for debugging", async (form) => {
  const cwd = appWith(HELLO);
  mkdirSync(join(cwd, "elsewhere"));
  symlinkSync("elsewhere", join(cwd, ".digly-debug"));
  assertOneError(await run(form, ["run", ".", "--debug"], { cwd }), 2, /symbolic link/);
});
