import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bootApp, type TestApp } from "../../../testing.ts";
import { fileError } from "../../../src/modules/file/errors.ts";
import { compileGlob } from "../../../src/modules/file/glob.ts";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A new folder with a root `data` in it, beside a file that nothing may reach. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "digly-file-"));
  folders.push(folder);
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "secret.txt"), "secret");
  return folder;
}

function boot(folder: string, resources: string, serve = false): Promise<TestApp> {
  writeFileSync(
    join(folder, "runtime.yaml"),
    `name: Test\nimports: [digly:file, digly:javascript]\n---\n${resources}`,
  );
  return bootApp({ path: join(folder, "runtime.yaml"), serve });
}

const READ = `kind: File.Read
metadata: { name: R }
root: ./data
path: "\${{ input }}"
maxBytes: 1KB
`;
const WRITE = `kind: File.Write
metadata: { name: W }
root: data
path: "\${{ input.path }}"
content: "\${{ input.content }}"
maxBytes: 1KB
`;
const HOSTILE = [
  "../secret.txt",
  "a/../../secret.txt",
  "/etc/passwd",
  "..",
  "a\0b",
  "link",
  "folder/secret.txt",
  "dangling",
];

/** A root with links that lead out of it. */
function withLinks(): string {
  const folder = newFolder();
  symlinkSync(join(folder, "secret.txt"), join(folder, "data/link"));
  symlinkSync(folder, join(folder, "data/folder"));
  symlinkSync(join(folder, "new.txt"), join(folder, "data/dangling"));
  return folder;
}

async function codeOf(execution: Promise<unknown>): Promise<string> {
  try {
    await execution;
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("files are read as text, JSON and bytes", async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "data/a"));
  writeFileSync(join(folder, "data/a/b.json"), '{ "ü": 1 }');
  symlinkSync("a/b.json", join(folder, "data/inside"));
  const read = (as: string) =>
    boot(folder, `${READ}as: ${as}`).then(async (app) => {
      const results = [
        await app.execute("File.Read.R", "a/b.json"),
        await app.execute("File.Read.R", "./a/../inside"),
      ];
      await app.stop();
      assert.deepEqual(results[0], results[1]);
      return results[0];
    });
  assert.equal(await read("text"), '{ "ü": 1 }');
  assert.deepEqual(await read("json"), { "ü": 1 });
  assert.deepEqual(await read("bytes"), new TextEncoder().encode('{ "ü": 1 }'));
});

test("nothing outside of the root is read, and nothing but files", async () => {
  const folder = withLinks();
  writeFileSync(join(folder, "data/large"), "x".repeat(1001));
  writeFileSync(join(folder, "data/full"), "x".repeat(1000));
  writeFileSync(join(folder, "data/latin"), new Uint8Array([0xe4]));
  mkdirSync(join(folder, "data/dir"));
  execFileSync("mkfifo", [join(folder, "data/pipe")]);
  await using app = await boot(folder, `${READ}---\n${READ.replace("name: R", "name: J")}as: json`);
  for (const path of HOSTILE) {
    assert.equal(await codeOf(app.execute("File.Read.R", path)), "File.OutsideRoot", path);
  }
  assert.equal(await codeOf(app.execute("File.Read.R", "nothing/here")), "File.NotFound");
  assert.equal(await codeOf(app.execute("File.Read.R", "full/here")), "File.NotAFile");
  assert.equal(await codeOf(app.execute("File.Read.R", "dir")), "File.NotAFile");
  assert.equal(await codeOf(app.execute("File.Read.R", "pipe")), "File.NotAFile");
  assert.equal(await codeOf(app.execute("File.Read.R", "large")), "File.TooLarge");
  assert.equal(await app.execute("File.Read.R", "full"), "x".repeat(1000));
  await assert.rejects(app.execute("File.Read.R", "latin"), /is not UTF-8 text/);
  await assert.rejects(app.execute("File.Read.J", "full"), /"full" is not JSON/);
  await assert.rejects(app.execute("File.Read.R", 7), /`path` must be a string/);
});

test("files are replaced at once, with their mode, and without traces", async () => {
  const folder = newFolder();
  await using app = await boot(folder, WRITE);
  const write = (path: string, content: unknown) => app.execute("File.Write.W", { path, content });
  assert.deepEqual(await write("a/b/c.txt", "hällo"), { path: "a/b/c.txt", bytes: 6 });
  assert.equal(readFileSync(join(folder, "data/a/b/c.txt"), "utf8"), "hällo");
  chmodSync(join(folder, "data/a/b/c.txt"), 0o640);
  const before = statSync(join(folder, "data/a/b/c.txt"));
  await write("a/b/c.txt", { n: 1 });
  assert.equal(readFileSync(join(folder, "data/a/b/c.txt"), "utf8"), '{\n  "n": 1\n}\n');
  const now = statSync(join(folder, "data/a/b/c.txt"));
  assert.equal(now.mode & 0o777, 0o640);
  assert.notEqual(now.ino, before.ino, "another file has taken its place");
  assert.deepEqual(readdirSync(join(folder, "data/a/b")), ["c.txt"]);
  // Many at a time: one of them is the whole content in the end.
  await Promise.all(Array.from({ length: 20 }, (_, n) => write("many", String(n).repeat(500))));
  assert.match(readFileSync(join(folder, "data/many"), "utf8"), /^(\d|\d\d)\1{499}$/);
  assert.deepEqual(readdirSync(join(folder, "data")), ["a", "many"]);
});

test("content is appended as a whole, whoever else writes", async () => {
  const folder = newFolder();
  await using app = await boot(folder, `${WRITE}append: true`);
  const lines = Array.from({ length: 50 }, (_, n) => `line ${n}\n`);
  await Promise.all(
    lines.map((content) => app.execute("File.Write.W", { path: "log", content })),
  );
  const written = readFileSync(join(folder, "data/log"), "utf8").split(/(?<=\n)/);
  assert.deepEqual(written.sort(), lines.sort());
});

test("nothing outside of the root is written", async () => {
  const folder = withLinks();
  mkdirSync(join(folder, "data/dir"));
  for (const append of [true, false]) {
    const app = await boot(folder, `${WRITE}append: ${append}`);
    const write = (path: string, content = "x") =>
      codeOf(app.execute("File.Write.W", { path, content }));
    for (const path of HOSTILE) assert.equal(await write(path), "File.OutsideRoot", path);
    assert.equal(await write("folder/new/file"), "File.OutsideRoot");
    assert.equal(await write("dir"), "File.NotAFile");
    assert.equal(await write("new", "x".repeat(1001)), "File.TooLarge");
    await app.stop();
  }
  assert.equal(readFileSync(join(folder, "secret.txt"), "utf8"), "secret");
  assert.deepEqual(readdirSync(folder).sort(), ["data", "runtime.yaml", "secret.txt"]);
  assert.deepEqual(readdirSync(join(folder, "data")).sort(), ["dangling", "dir", "folder", "link"]);
});

test("a full disk and a quota have an error of their own", () => {
  for (const code of ["ENOSPC", "EDQUOT", "EFBIG"]) {
    const error = fileError(Object.assign(new Error("no space"), { code }), "a.txt", "written");
    assert.equal(error.code, "File.DiskFull");
    assert.equal(error.message, '"a.txt" was not written, because the disk is full');
  }
});

test("a root that is not a folder is an error of the boot at its place", async () => {
  const folder = newFolder();
  const message = (root: string) =>
    boot(folder, READ.replace("./data", root)).then(
      () => "none",
      (error) => `${error.message} ${error.origin.line}`,
    );
  assert.match(await message("./dat"), /the folder .*\/dat does not exist 6$/);
  assert.match(await message("./secret.txt"), /secret\.txt is not a folder 6$/);
});

test("files are listed by patterns, without links", async () => {
  const folder = withLinks();
  for (const path of ["b.json", "a.json", "c.txt"]) writeFileSync(join(folder, "data", path), "12");
  mkdirSync(join(folder, "data/sub/deep"), { recursive: true });
  writeFileSync(join(folder, "data/sub/deep/d.json"), "1");
  const list = async (fields: string, input: unknown = null) => {
    const app = await boot(folder, `kind: File.List\nmetadata: { name: L }\nroot: data\n${fields}`);
    try {
      const entries = await app.execute("File.List.L", input) as { path: string }[];
      return entries.map(({ path }) => path);
    } finally {
      await app.stop();
    }
  };
  assert.deepEqual(await list(""), ["a.json", "b.json", "c.txt", "sub"]);
  assert.deepEqual(await list('pattern: "*.json"'), ["a.json", "b.json"]);
  assert.deepEqual(await list('pattern: "**/*.json"\nrecursive: true'), [
    "a.json",
    "b.json",
    "sub/deep/d.json",
  ]);
  assert.deepEqual(await list('path: "${{ input }}"', "sub"), ["sub/deep"]);
  assert.equal(await codeOf(list('path: "${{ input }}"', "folder")), "File.OutsideRoot");
  assert.equal(await codeOf(list("limit: 3")), "File.TooMany");
  const app = await boot(folder, "kind: File.List\nmetadata: { name: L }\nroot: data\npattern: c*");
  const [entry] = await app.execute("File.List.L") as Record<string, unknown>[];
  await app.stop();
  assert.equal(entry!["size"], 2);
  assert.equal(entry!["kind"], "file");
  assert.match(String(entry!["modified"]), /^\d{4}-\d\d-\d\dT/);
});

test("patterns", () => {
  const matches = (pattern: string, path: string) => compileGlob(pattern)(path);
  assert.ok(matches("*.{json,yaml}", "a.yaml"));
  assert.ok(!matches("*.{json,yaml}", "a.yml"));
  assert.ok(!matches("*.json", "a/b.json"));
  assert.ok(matches("a/**/z", "a/z"));
  assert.ok(matches("a/**/z", "a/b/c/z"));
  assert.ok(matches("a?c[1]+(2)", "abc[1]+(2)"));
  assert.ok(!matches("a.c", "abc"));
  assert.ok(matches("{a", "{a"));
});

test("changes are found, also after a file was replaced by a rename", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "data/old.txt"), "1");
  await using app = await boot(
    folder,
    `kind: File.Watch
metadata: { name: W }
root: data
pattern: "**/*.txt"
recursive: true
debounce: 100ms
execute: JavaScript.Script.Note
inputs: "\${{ change.type + ' ' + change.path }}"
---
kind: JavaScript.Script
metadata: { name: Note }
code: function main(text, ctx) { return ctx.emit("Noted.Change", text); }
`,
    true,
  );
  const expected: string[] = [];
  const next = async (text: string) => {
    expected.push(text);
    const count = expected.filter((other) => other === text).length;
    let seen = 0;
    await app.waitFor(
      "Noted.Change",
      ({ payload }) => payload === text && ++seen === count,
      30_000,
    );
  };
  writeFileSync(join(folder, "data/new.txt"), "1");
  await next("created new.txt");
  // As editors save: twice, since some watchers lose a file at the first rename.
  for (const content of ["22", "333"]) {
    writeFileSync(join(folder, "data/.new.tmp"), content);
    renameSync(join(folder, "data/.new.tmp"), join(folder, "data/new.txt"));
    await next("changed new.txt");
  }
  writeFileSync(join(folder, "data/ignored.csv"), "1");
  rmSync(join(folder, "data/old.txt"));
  await next("deleted old.txt");
  mkdirSync(join(folder, "data/sub"));
  writeFileSync(join(folder, "data/sub/a.txt"), "1");
  await next("created sub/a.txt");
  writeFileSync(join(folder, "data/sub/a.txt"), "22");
  await next("changed sub/a.txt");
  await app.stop();
  assert.deepEqual(app.logs, []);
});
