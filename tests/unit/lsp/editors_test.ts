/** The settings and the extension for editors. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { inflateRawSync } from "node:zlib";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

test("the page quotes the files with settings", () => {
  const page = read("docs/editors.md");
  const quotes = [...page.matchAll(/<!-- file: (\S+) -->\n\n```\w+\n([^]*?)```\n/g)];
  assert.equal(quotes.length, 3);
  for (const [, path, text] of quotes) {
    assert.equal(text, readFileSync(new URL(`docs/${path}`, root), "utf8"), path);
  }
});

interface Recorded {
  readonly server: { readonly command: string; readonly args: readonly string[] };
  readonly client: {
    readonly documentSelector: readonly { readonly language: string }[];
    readonly initializationOptions: { readonly docs: string };
  };
}

/** What the extension starts with some settings; the editor and its library are replaced. */
function activated(settings: Readonly<Record<string, unknown>>): Recorded {
  const folder = mkdtempSync(join(tmpdir(), "digly-extension-"));
  try {
    const script = join(folder, "run.cjs");
    writeFileSync(
      script,
      `const Module = require("node:module");
const load = Module._load;
const settings = ${JSON.stringify(settings)};
const nothing = { dispose() {} };
const vscode = {
  commands: { registerCommand: () => nothing },
  workspace: {
    onDidChangeConfiguration: () => nothing,
    getConfiguration: () => ({ get: (name) => settings[name] }),
    workspaceFolders: [{ uri: { fsPath: "/shop" } }],
  },
  Uri: { joinPath: (uri, path) => uri + "/" + path },
};
class LanguageClient {
  constructor(id, name, server, client) { this.options = { server, client }; }
  async start() { console.log(JSON.stringify(this.options)); }
  async stop() {}
}
Module._load = (name, ...rest) =>
  name === "vscode" ? vscode : name === "vscode-languageclient/node" ? { LanguageClient } : load(name, ...rest);
const extension = require(${
        JSON.stringify(fileURLToPath(new URL("editors/vscode/extension.js", root)))
      });
extension.activate({ subscriptions: [], extensionUri: "file:///ext" }).then(() => extension.deactivate());
`,
    );
    return JSON.parse(execFileSync(process.execPath, [script], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the extension starts the server for YAML with the settings of the user", () => {
  const { server, client } = activated({});
  assert.equal(server.command, "digly");
  assert.deepEqual(server.args, ["lsp"]);
  assert.deepEqual(client.documentSelector, [{ scheme: "file", language: "yaml" }]);
  assert.equal(client.initializationOptions.docs, "file:///ext/docs");
  const other = activated({ path: "./bin/digly", envFiles: [".env"] });
  assert.equal(other.server.command, join("/shop", "bin/digly"));
  assert.deepEqual(other.server.args, ["lsp", "--env-file", ".env"]);
});

test("what the extension contributes is what it reads", () => {
  const manifest = JSON.parse(read("editors/vscode/package.json"));
  const settings = Object.keys(manifest.contributes.configuration.properties);
  assert.deepEqual(settings, ["digly.path", "digly.envFiles"]);
  const source = read("editors/vscode/extension.js");
  for (const name of settings) assert.ok(source.includes(`get("${name.slice(6)}")`), name);
  for (const { command } of manifest.contributes.commands) assert.ok(source.includes(command));
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, false);
  const lock = read("editors/vscode/package-lock.json");
  for (const [name, version] of Object.entries(manifest.devDependencies)) {
    assert.equal(JSON.parse(lock).packages[`node_modules/${name}`].version, version);
  }
});

test("the package is a ZIP file with what the editor reads first", () => {
  const load = createRequire(import.meta.url);
  const { vsix } = load("../../../editors/vscode/vsix.mjs") as {
    vsix(manifest: unknown, files: Readonly<Record<string, Uint8Array>>): Buffer;
  };
  const manifest = JSON.parse(read("editors/vscode/package.json"));
  const files = { "package.json": Buffer.from("{}"), "README.md": Buffer.from("# A\n".repeat(99)) };
  const archive = vsix({ ...manifest, displayName: "A & B" }, files);
  assert.deepEqual(vsix({ ...manifest, displayName: "A & B" }, files), archive);
  const entries = unzip(archive);
  assert.deepEqual([...entries.keys()], [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    "extension/package.json",
    "extension/README.md",
  ]);
  assert.equal(entries.get("extension/README.md"), "# A\n".repeat(99));
  assert.match(entries.get("extension.vsixmanifest")!, /<DisplayName>A &amp; B<\/DisplayName>/);
  assert.match(entries.get("extension.vsixmanifest")!, /Id="digly" Version="0\.1\.0"/);
});

/** The files of a ZIP archive, read by its directory. */
function unzip(archive: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  const end = archive.lastIndexOf("PK\x05\x06");
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    assert.equal(archive.toString("latin1", at, at + 4), "PK\x01\x02");
    const [packed, length] = [archive.readUInt32LE(at + 20), archive.readUInt16LE(at + 28)];
    const header = archive.readUInt32LE(at + 42);
    const name = archive.toString("utf8", at + 46, at + 46 + length);
    assert.equal(archive.toString("latin1", header, header + 4), "PK\x03\x04");
    assert.equal(archive.readUInt16LE(header + 26), length);
    const start = header + 30 + length;
    files.set(name, inflateRawSync(archive.subarray(start, start + packed)).toString());
    at += 46 + length;
  }
  assert.equal(at, end);
  return files;
}
