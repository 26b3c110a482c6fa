/** The language server in every form of the program, driven by the client library of editors. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type {
  CodeAction,
  DocumentSymbol,
  Hover,
  Location,
  MarkupContent,
  WorkspaceEdit,
} from "vscode-languageserver-protocol/node";
import { EditedApp } from "../unit/lsp/edited_app.ts";
import { FILES, RUNTIME, SCRIPTS } from "../unit/lsp/shop.ts";
import { forms } from "./forms.ts";

describe("digly lsp", { concurrency: 2 }, () => {
  for (const form of forms) test(form.name, () => edit(form.command));
});

async function edit(command: readonly string[]): Promise<void> {
  const app = await EditedApp.start(command, FILES);
  try {
    await runSession(app);
    assert.equal(await app.end(), 0);
  } finally {
    // A server that still runs after a failure would keep the test from ending.
    app.client.child.kill("SIGKILL");
  }
}

/** One session of an editor. */
async function runSession(app: EditedApp): Promise<void> {
  const { client } = app;
  assert.equal(client.initialized!.serverInfo!.name, "digly");
  const uri = app.uri("runtime.yaml");
  await app.write("runtime.yaml", RUNTIME.replace("port: 0", "prot: 0"));
  const found = await client.diagnostics(uri);
  assert.deepEqual(found.map(({ code, severity, range }) => [code, severity, range]), [[
    "ERR_SCHEMA_VALIDATION",
    1,
    { start: { line: 11, character: 0 }, end: { line: 11, character: 4 } },
  ]]);
  const [fix] = await client.request<CodeAction[]>("textDocument/codeAction", {
    textDocument: { uri },
    range: found[0]!.range,
    context: { diagnostics: found },
  });
  assert.equal(fix!.edit!.changes![uri]![0]!.newText, "port");

  const labels = async (text: string) =>
    (await app.complete("runtime.yaml", `${RUNTIME}---\n${text}`)).map(({ label }) => label);
  assert.ok((await labels("kind: ‸")).includes("Bank.Account"));
  assert.deepEqual((await labels("kind: Bank.Account\nkey: a\nl‸")).slice(0, 2), [
    "metadata",
    "level",
  ]);
  assert.deepEqual(await labels("kind: Bank.Account\nlevel: ‸"), ["high", "low"]);
  assert.deepEqual(await labels("kind: Http.Server\nmounts: [{ type: ‸"), ["Http.Api.Hello"]);
  const route = "kind: Http.Api\nroutes:\n  - request: { path: /:id }\n    response: { body: ";
  assert.equal((await labels(`${route}"\${{ request.params.‸`))[0], "id");
  assert.ok((await labels(`${route}"\${{ request.url.‸`)).includes("startsWith"));

  const definition = await app.ask<Location>(
    "textDocument/definition",
    "runtime.yaml",
    RUNTIME.replace("Script.Greet", "Script.Gr‸eet"),
  );
  assert.equal(app.place(definition), "resources/scripts.yaml:3:19");
  const greet = SCRIPTS.replace("name: Greet", "name: Gr‸eet");
  const references = await app.ask<Location[]>(
    "textDocument/references",
    "resources/scripts.yaml",
    greet,
    { context: { includeDeclaration: false } },
  );
  assert.deepEqual(references.map((one) => app.place(one)).toSorted(), [
    "runtime.yaml:20:22",
    "shop.test.yaml:5:29",
  ]);
  const { changes } = await app.ask<WorkspaceEdit>(
    "textDocument/rename",
    "resources/scripts.yaml",
    greet,
    { newName: "Welcome" },
  );
  assert.equal(Object.keys(changes!).length, 3);
  const hover = await app.ask<Hover>(
    "textDocument/hover",
    "resources/scripts.yaml",
    SCRIPTS.replace('key: "', 'k‸ey: "'),
  );
  assert.match((hover.contents as MarkupContent).value, /The key\.[^]*redacted/);
  const symbols = await client.request<DocumentSymbol[]>("textDocument/documentSymbol", {
    textDocument: { uri },
  });
  assert.deepEqual(symbols.map(({ name }) => name), ["Shop", "Main", "Hello"]);
  await assert.rejects(client.request("textDocument/nothing", {}), /Unknown method/);

  // What a check of a module prints is in the log, not between the messages.
  assert.match(client.stderr, /checking\n[^]*checked/);
  assert.ok(!existsSync(join(app.folder, "bank/executed")));
}
