import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
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

test("list follows links and leaves out what leads nowhere", () => {
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

test("toPath leaves alone what is no local path", () => {
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
  const text = (url: string) => new TextDecoder().decode(files.readBytes(url, 1e6));

  test(`${name}: a file grows, and is there after every write`, () => {
    const url = `${base}/new/${name}/grows.txt`;
    const first = files.openAppend(url, "empty");
    first.write("ä");
    assert.equal(text(url), "ä");
    const second = files.openAppend(url, "keep");
    second.write("b");
    first.write("c");
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

test("what cannot be replaced stays, and nothing is left beside it", () => {
  mkdirSync(`${folder}/full/target/inside`, { recursive: true });
  assert.throws(() => diskFiles.replace(`${base}/full/target`, "text"));
  assert.deepEqual(readdirSync(`${folder}/full`), ["target"]);
});
