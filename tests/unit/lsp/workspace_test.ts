/** Which apps and files the language server checks. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { EditedApp } from "./edited_app.ts";

const PROGRAM = [process.execPath, fileURLToPath(new URL("../../../cli.ts", import.meta.url))];

const script = (name: string) =>
  `kind: JavaScript.Script\nmetadata: { name: ${name} }\ncode: "function main() {}"\n`;

const FILES = {
  "a/runtime.yaml": "name: A\nimports: [digly:javascript]\nresources: [one.yaml, ../shared]\n",
  "a/one.yaml": script("One"),
  "b/runtime.yaml": "name: B\nimports: [digly:javascript]\nresources: [../shared]\n",
  "shared/both.yaml": script("Both"),
  "alone.yaml": "kind: Http.Server\nmetadata: { name: Main }\nport: 0\n",
};

let app: EditedApp;

before(async () => {
  app = await EditedApp.start(PROGRAM, FILES);
});

after(async () => {
  app.client.child.kill("SIGKILL");
  await app.client.exited;
  rmSync(app.folder, { recursive: true, force: true });
});

const codes = async (file: string) =>
  (await app.client.diagnostics(app.uri(file))).map(({ code }) => code);

test("a file that no app loads is checked by itself, for syntax and fields", async () => {
  await app.write("alone.yaml", FILES["alone.yaml"].replace("port", "prot"));
  assert.deepEqual(await codes("alone.yaml"), ["ERR_SCHEMA_VALIDATION"]);
  await app.write("alone.yaml", `${FILES["alone.yaml"]}mounts: [{ type: Http.Api.Missing }]\n`);
  assert.deepEqual(await codes("alone.yaml"), []);
  await app.write("alone.yaml", "kind: Http.Server\nmetadata: { name: Main }\nport: [0\n");
  assert.deepEqual(await codes("alone.yaml"), ["ERR_MANIFEST_INVALID"]);
});

test("a file of another program is left alone", async () => {
  await app.write("compose.yaml", "services:\n  web: { image: nginx }\n");
  assert.deepEqual(await codes("compose.yaml"), []);
  await app.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: {}\n");
  assert.deepEqual(await codes("pod.yaml"), []);
});

test("a file of two apps is checked with both, and its mistake is shown once", async () => {
  await app.write("shared/both.yaml", FILES["shared/both.yaml"].replace("code", "coed"));
  assert.deepEqual(await codes("shared/both.yaml"), ["ERR_SCHEMA_VALIDATION"]);
  await app.write("shared/both.yaml", FILES["shared/both.yaml"]);
  assert.deepEqual(await codes("shared/both.yaml"), []);
});

test("a file that changes on the disk is checked again", async () => {
  await app.write("a/runtime.yaml", FILES["a/runtime.yaml"]);
  assert.deepEqual(await codes("a/runtime.yaml"), []);
  writeFileSync(join(app.folder, "a/one.yaml"), script("One").replace("code", "coed"));
  await app.client.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: [{ uri: app.uri("a/one.yaml"), type: 2 }],
  });
  const found = await app.client.diagnosticsWhere(app.uri("a/one.yaml"), (all) => all.length > 0);
  assert.equal(found[0]!.code, "ERR_SCHEMA_VALIDATION");
  rmSync(join(app.folder, "a/one.yaml"));
  await app.client.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: [{ uri: app.uri("a/one.yaml"), type: 3 }],
  });
  const missing = await app.client.diagnosticsWhere(
    app.uri("a/runtime.yaml"),
    (all) => all.length > 0,
  );
  assert.equal(missing[0]!.code, "ERR_MANIFEST_NOT_FOUND");
});

test("manifests of other machines are not fetched", async () => {
  await app.write(
    "b/runtime.yaml",
    "name: B\nimports: [digly:javascript, https://127.0.0.1:1/module.yaml]\n---\n" +
      "kind: Other.Kind\nmetadata: { name: X }\n",
  );
  const [found, ...others] = await app.client.diagnostics(app.uri("b/runtime.yaml"));
  assert.match(String(found!.message), /not fetched while editing/);
  assert.equal(found!.severity, 3);
  assert.deepEqual(others, []);
});
