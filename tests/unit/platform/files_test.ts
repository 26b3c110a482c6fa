import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { AppendFile } from "../../../src/contract/platform.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { cwd, diskFiles, toPath, toUrl } from "../../../src/platform/files.ts";

const folder = realpathSync(mkdtempSync(`${tmpdir()}/digly-files-`));
const base = pathToFileURL(folder).href;
after(() => rmSync(folder, { recursive: true }));

mkdirSync(`${folder}/dir`);
writeFileSync(`${folder}/dir/a #1%.yaml`, "äöü");
symlinkSync("dir", `${folder}/to-dir`);
symlinkSync("dir/a #1%.yaml", `${folder}/to-file`);
symlinkSync("nowhere", `${folder}/broken`);
symlinkSync("loop", `${folder}/loop`);

test("stat follows links and knows what is not there", () => {
  assert.equal(diskFiles.stat(`${base}/dir`)?.kind, "directory");
  assert.deepEqual(diskFiles.stat(`${base}/to-file`), { kind: "file", size: 6 });
  for (const name of ["none", "broken", "loop", "to-file/below", "a%2Fb", "x".repeat(300)]) {
    assert.equal(diskFiles.stat(`${base}/${name}`), undefined, name);
  }
  assert.equal(diskFiles.stat("https://example.com/"), undefined);
});

test("list follows links and leaves out broken ones", () => {
  const entries = diskFiles.list(base).sort((a, b) => a.name < b.name ? -1 : 1);
  assert.deepEqual(entries, [
    { name: "dir", kind: "directory" },
    { name: "to-dir", kind: "directory" },
    { name: "to-file", kind: "file" },
  ]);
  assert.throws(() => diskFiles.list(`${base}/none`), { code: "ENOENT" });
});

test("a path with unusual characters survives the way to a URL and back", () => {
  const url = toUrl(`${folder}/dir/a #1%.yaml`);
  assert.equal(url, `${base}/dir/a%20%231%25.yaml`);
  assert.equal(toPath(url), `${folder}/dir/a #1%.yaml`);
  assert.equal(new TextDecoder().decode(diskFiles.readBytes(url, 1e6)), "äöü");
});

test("toPath does not change what is not a local path", () => {
  assert.equal(toPath("https://example.com/a"), "https://example.com/a");
  assert.equal(toPath("digly:/http/module.yaml"), "digly:/http/module.yaml");
});

test("realUrl resolves links and keeps the slash of a folder", () => {
  assert.equal(diskFiles.realUrl(`${base}/to-dir/`), `${base}/dir/`);
  assert.equal(diskFiles.realUrl(`${base}/to-file`), `${base}/dir/a%20%231%25.yaml`);
});

test("relative paths start at the working directory", () => {
  assert.ok(cwd().endsWith("/"));
  assert.equal(toUrl("x/../y.yaml"), new URL("y.yaml", cwd()).href);
});

for (const [name, files] of [["disk", diskFiles], ["memory", memoryPlatform().files]] as const) {
  const write = (file: AppendFile, text: string) => {
    // More bytes than are to be written.
    const bytes = new TextEncoder().encode(text + "!");
    file.write(bytes, bytes.length - 1);
  };
  const text = (url: string) => new TextDecoder().decode(files.readBytes(url, 1e6));

  test(`${name}: a file grows, and is there after every write`, () => {
    const url = `${base}/new/${name}/grows.txt`;
    const first = files.openAppend(url, "empty");
    write(first, "ä");
    assert.equal(text(url), "ä");
    const second = files.openAppend(url, "keep");
    write(second, "b");
    write(first, "c");
    first.sync();
    assert.equal(text(url), "äbc");
    assert.equal(new TextDecoder().decode(files.readPart(url, 2, 10)), "bc");
    assert.equal(files.readPart(url, 4, 10).length, 0);
    first.close();
    second.close();
    files.openAppend(url, "empty").close();
    assert.equal(text(url), "");
  });

  test(`${name}: a file is replaced as a whole`, () => {
    const url = `${base}/newer/${name}/whole.txt`;
    files.replace(url, "one");
    files.replace(url, "two");
    assert.equal(text(url), "two");
    assert.deepEqual(files.list(`${base}/newer/${name}`).map((entry) => entry.name), ["whole.txt"]);
  });
}

test("special files are recognized, and not read", () => {
  execFileSync("mkfifo", [`${folder}/pipe.yaml`]);
  symlinkSync("/dev/zero", `${folder}/zero.yaml`);
  for (const url of [`${base}/pipe.yaml`, `${base}/zero.yaml`, "file:///dev/urandom"]) {
    assert.equal(diskFiles.stat(url)?.kind, "special");
    assert.throws(() => diskFiles.readBytes(url, 10), { code: "EINVAL" });
    assert.throws(() => diskFiles.readPart(url, 0, 10), { code: "EINVAL" });
  }
  const special = diskFiles.list(base).filter(({ kind }) => kind === "special");
  assert.deepEqual(special.map(({ name }) => name).sort(), ["pipe.yaml", "zero.yaml"]);
  rmSync(`${folder}/pipe.yaml`);
  rmSync(`${folder}/zero.yaml`);
});

test("no more is read than one byte above the limit, whatever the size is said to be", () => {
  assert.equal(diskFiles.readBytes(`${base}/to-file`, 2).length, 3);
  assert.equal(diskFiles.readBytes(`${base}/to-file`, 6).length, 6);
  const maps = diskFiles.readBytes("file:///proc/self/maps", 1e7);
  assert.equal(diskFiles.stat("file:///proc/self/maps")?.size, 0);
  assert.ok(maps.length > 1_000);
  assert.equal(diskFiles.readBytes("file:///proc/self/maps", 99).length, 100);
});

test("no path has a NUL character in it", () => {
  assert.equal(diskFiles.stat(`${base}/a%00b`), undefined);
  assert.equal(diskFiles.stat(toUrl(`${folder}/a\0b`)), undefined);
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test("what is private is readable by its owner only, also where it was not", () => {
  diskFiles.openAppend(`${base}/own/grows.txt`, "empty").close();
  diskFiles.replace(`${base}/own/whole.txt`, "x", "private");
  assert.deepEqual(
    ["own", "own/grows.txt", "own/whole.txt"].map((path) => modeOf(`${folder}/${path}`)),
    ["700", "600", "600"],
  );
  writeFileSync(`${folder}/open.txt`, "old", { mode: 0o644 });
  diskFiles.openAppend(`${base}/open.txt`, "empty").close();
  assert.equal(modeOf(`${folder}/open.txt`), "600");
});

test("what is private is not written through a link", () => {
  mkdirSync(`${folder}/links`);
  writeFileSync(`${folder}/links/target`, "untouched");
  symlinkSync("target", `${folder}/links/link`);
  assert.throws(() => diskFiles.openAppend(`${base}/links/link`, "empty"), { code: "ELOOP" });
  diskFiles.replace(`${base}/links/link`, "new", "private");
  assert.equal(readFileSync(`${folder}/links/target`, "utf8"), "untouched");
  assert.equal(readFileSync(`${folder}/links/link`, "utf8"), "new");
  execFileSync("mkfifo", [`${folder}/links/pipe`]);
  assert.throws(() => diskFiles.openAppend(`${base}/links/pipe`, "empty"));
});

test("what cannot be replaced stays, and nothing is left beside it", () => {
  mkdirSync(`${folder}/full/target/inside`, { recursive: true });
  assert.throws(() => diskFiles.replace(`${base}/full/target`, "text"));
  assert.deepEqual(readdirSync(`${folder}/full`), ["target"]);
});
