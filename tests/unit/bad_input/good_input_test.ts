/** Input that looks broken and is fine, and links that lead out of the folder. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isDiglyError } from "../../../src/contract/errors.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { nodePlatform } from "../../../src/platform/node.ts";
import { load } from "./loader.ts";

const TEXT = "name: App\ndefinitions: [thing.yaml]\n---\n" +
  "kind: App.Thing\nmetadata: { name: a }\nlist:\n  - ${nope}\ntext: |\n  one\n  two ${nope2}\n";
const THING = "kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\n";

const spellings: Readonly<Record<string, (text: string) => string>> = {
  "a byte order mark": (text) => "\uFEFF" + text,
  "carriage returns with line feeds": (text) => text.replaceAll("\n", "\r\n"),
  "carriage returns": (text) => text.replaceAll("\n", "\r"),
  "a byte order mark and carriage returns": (text) => "\uFEFF" + text.replaceAll("\n", "\r\n"),
};

for (const [name, spell] of Object.entries(spellings)) {
  test(`a file with ${name} has its errors where they are`, async () => {
    const files = { "/app/runtime.yaml": spell(TEXT), "/app/thing.yaml": spell(THING) };
    const { errors, crash } = await load(files, true);
    assert.equal(crash, undefined);
    assert.deepEqual(errors.map(({ place }) => place), [
      "/app/runtime.yaml:7:7",
      "/app/runtime.yaml:10:9",
    ]);
  });

  test(`a file with ${name} loads`, async () => {
    const fine = TEXT.replaceAll("nope2", "2").replaceAll("nope", "1");
    const files = { "/app/runtime.yaml": spell(fine), "/app/thing.yaml": spell(THING) };
    assert.deepEqual((await load(files, false)).errors, []);
  });
}

test("a megabyte on one line loads", async () => {
  const text = TEXT.replaceAll("${nope}", `"${"x".repeat(1_000_000)}\${1}"`).replace("nope2", "2");
  const { errors } = await load({ "/app/runtime.yaml": text, "/app/thing.yaml": THING }, false);
  assert.deepEqual(errors, []);
});

const folder = mkdtempSync(join(tmpdir(), "digly-"));
after(() => rmSync(folder, { recursive: true }));

/** The error of an app that includes `file`. */
async function including(file: string): Promise<string | undefined> {
  const path = join(folder, "app", "runtime.yaml");
  writeFileSync(
    path,
    `name: App\ndefinitions: [thing.yaml]\n---\nkind: App.Thing\nmetadata: { name: a }\n` +
      `v: { $include: ${file} }\n`,
  );
  try {
    await new Kernel({ platform: nodePlatform(), builtins: embedded }).load(path);
    return undefined;
  } catch (error) {
    assert.ok(isDiglyError(error));
    return `${error.code}: ${error.message}`;
  }
}

test("links that lead out of the folder are refused, others are followed", async () => {
  mkdirSync(join(folder, "app", "parts"), { recursive: true });
  mkdirSync(join(folder, "outside"));
  writeFileSync(join(folder, "app", "thing.yaml"), THING);
  writeFileSync(join(folder, "app", "parts", "_part.yaml"), "a: 1\n");
  writeFileSync(join(folder, "outside", "secret.yaml"), "password: hunter2\n");
  symlinkSync(join(folder, "outside", "secret.yaml"), join(folder, "app", "_link.yaml"));
  symlinkSync(join(folder, "outside"), join(folder, "app", "linked"));
  symlinkSync(join(folder, "app", "parts"), join(folder, "app", "inside"));
  symlinkSync(join(folder, "app", "_round.yaml"), join(folder, "app", "_round.yaml"));
  const refused = /^ERR_COMPILATION_FAILED: ".*" may not be included: it lies outside /;
  assert.match(await including("_link.yaml") ?? "", refused);
  assert.match(await including("linked/secret.yaml") ?? "", refused);
  assert.match(await including("../outside/secret.yaml") ?? "", refused);
  assert.match(await including("_round.yaml") ?? "", /^ERR_MANIFEST_NOT_FOUND: /);
  assert.equal(await including("inside/_part.yaml"), undefined);
});

test("an app in a linked folder includes its own files", async () => {
  symlinkSync(join(folder, "app"), join(folder, "alias"));
  writeFileSync(
    join(folder, "app", "runtime.yaml"),
    "name: App\ndefinitions: [thing.yaml]\n---\nkind: App.Thing\nmetadata: { name: a }\n" +
      "v: { $include: parts/_two.yaml }\n",
  );
  writeFileSync(join(folder, "app", "parts", "_two.yaml"), "{ $include: _part.yaml }\n");
  const kernel = new Kernel({ platform: nodePlatform(), builtins: embedded });
  await kernel.load(join(folder, "alias", "runtime.yaml"));
  assert.deepEqual(kernel.resources().map(({ v }) => v), [{ a: 1 }]);
});
