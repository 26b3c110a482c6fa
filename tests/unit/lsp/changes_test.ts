/** Changes that an editor makes: renames and quick fixes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CodeAction, TextEdit, WorkspaceEdit } from "vscode-languageserver-protocol/node";
import type { EditedApp } from "./edited_app.ts";
import { FILES, RUNTIME, SCRIPTS } from "./shop.ts";
import { startShop } from "./shop_session.ts";

// One session for all: a start takes longer than everything that is asked.
let app: EditedApp;

before(async () => {
  app = await startShop();
});

after(async () => {
  assert.equal(await app.end(), 0);
});

/** The texts of all files after the edits of a rename. */
async function renamed(
  file: string,
  marked: string,
  newName: string,
): Promise<Record<string, string>> {
  const { changes } = await app.ask<WorkspaceEdit>("textDocument/rename", file, marked, {
    newName,
  });
  const text = marked.replace("‸", "");
  return Object.fromEntries(
    Object.entries(changes!).map(([uri, edits]) => {
      const name = uri.slice(app.uri("").length).replace(/^\//, "");
      return [name, apply(name === file ? text : app.read(name), edits)];
    }),
  );
}

function apply(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split("\n");
  const sorted = edits.toSorted((a, b) =>
    b.range.start.line - a.range.start.line || b.range.start.character - a.range.start.character
  );
  for (const { range: { start, end }, newText } of sorted) {
    assert.equal(start.line, end.line);
    const line = lines[start.line]!;
    lines[start.line] = line.slice(0, start.character) + newText + line.slice(end.character);
  }
  return lines.join("\n");
}

test("a rename changes every reference: in strings, expressions, tests and code", async () => {
  const code = SCRIPTS.replace(
    'return { text: "Hello " + name };',
    'return ctx.execute("JavaScript.Script.Greet");',
  );
  await app.write("resources/scripts.yaml", code);
  const texts = await renamed(
    "runtime.yaml",
    RUNTIME.replace("Script.Greet", "Script.Gr‸eet"),
    "Welcome",
  );
  assert.deepEqual(Object.keys(texts).toSorted(), [
    "resources/scripts.yaml",
    "runtime.yaml",
    "shop.test.yaml",
  ]);
  assert.equal(texts["runtime.yaml"], RUNTIME.replace("Script.Greet", "Script.Welcome"));
  assert.equal(
    texts["shop.test.yaml"],
    FILES["shop.test.yaml"]!.replace("Script.Greet", "Script.Welcome"),
  );
  await app.write("resources/scripts.yaml", SCRIPTS);
  const main = await renamed(
    "runtime.yaml",
    RUNTIME.replace("name: Main", "name: M‸ain"),
    "public-api",
  );
  assert.equal(
    main["runtime.yaml"],
    RUNTIME.replace("name: Main", "name: public-api")
      .replace("Http.Server.Main.port", "Http.Server['public-api'].port"),
  );
  const key = await renamed(
    "resources/scripts.yaml",
    SCRIPTS.replace("Secret.Key", "Secret.K‸ey"),
    "Pin",
  );
  assert.equal(
    key["resources/scripts.yaml"],
    SCRIPTS.replace("name: Key", "name: Pin").replace("Secret.Key", "Secret.Pin"),
  );
});

test("a rename is refused for names that are invalid or taken, and for what is generated", async () => {
  const refuse = (file: string, marked: string, newName: string, message: RegExp) =>
    assert.rejects(app.ask("textDocument/rename", file, marked, { newName }), message);
  const greet = SCRIPTS.replace("name: Greet", "name: Gr‸eet");
  await refuse("resources/scripts.yaml", greet, "a b", /"a b" is not a valid name/);
  await refuse("resources/scripts.yaml", greet, "", /not a valid name/);
  await refuse("resources/scripts.yaml", greet, "constructor", /not a valid name/);
  await refuse(
    "resources/scripts.yaml",
    greet,
    "SayHi",
    /already a resource JavaScript\.Script\.SayHi/,
  );
  const kind = SCRIPTS.replace("kind: Secret", "kind: Sec‸ret");
  await refuse("resources/scripts.yaml", kind, "X", /Only resources can be renamed/);
  const generated = RUNTIME.replace("Script.Greet", "Script.Say‸Hi");
  await refuse("runtime.yaml", generated, "X", /not written anywhere/);
  await app.write("runtime.yaml", RUNTIME);
  const prepared = await app.ask<{ placeholder: string }>(
    "textDocument/prepareRename",
    "resources/scripts.yaml",
    greet,
  );
  assert.equal(prepared.placeholder, "Greet");
  await app.write("resources/scripts.yaml", SCRIPTS);
});

/** The text after the quick fix for the first problem of a file. */
async function fixed(file: string, text: string): Promise<Record<string, string>> {
  await app.write(file, text);
  const uri = app.uri(file);
  const diagnostics = await app.client.diagnostics(uri);
  const actions = await app.client.request<CodeAction[]>("textDocument/codeAction", {
    textDocument: { uri },
    range: diagnostics[0]!.range,
    context: { diagnostics: diagnostics.slice(0, 1) },
  });
  assert.deepEqual(actions.map(({ title }) => title).slice(1), []);
  assert.equal(actions[0]!.kind, "quickfix");
  return Object.fromEntries(
    Object.entries(actions[0]!.edit!.changes!).map(([changed, edits]) => {
      const name = changed.slice(app.uri("").length).replace(/^\//, "");
      return [name, apply(name === file ? text : app.read(name), edits)];
    }),
  );
}

test("quick fixes do what a message suggests", async () => {
  const fix = async (text: string, with_: string) =>
    (await fixed("runtime.yaml", RUNTIME.replace(text, with_)))["runtime.yaml"];
  assert.equal(await fix("port: 0", "prot: 0"), RUNTIME);
  assert.equal(
    await fix("type: Http.Api.Hello", 'type: "Http.Api.Helo"'),
    RUNTIME.replace("type: Http.Api.Hello", 'type: "Http.Api.Hello"'),
  );
  assert.equal(await fix("kind: Http.Server", "kind: Http.Sever"), RUNTIME);
  assert.equal(await fix("result.text", "result.txet"), RUNTIME);
  await app.write("runtime.yaml", RUNTIME);
  await app.client.diagnosticsWhere(app.uri("runtime.yaml"), (found) => found.length === 0);
  const query = `${SCRIPTS}---\nkind: Console.WriteLine\nmetadata: { name: A }\noutput: Hi\n`;
  assert.deepEqual(await fixed("resources/scripts.yaml", query), {
    "runtime.yaml": RUNTIME.replace("  - ./bank\n", "  - ./bank\n  - digly:console\n"),
  });
  await app.write("resources/scripts.yaml", SCRIPTS);
});
