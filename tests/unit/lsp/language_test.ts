import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type {
  CodeAction,
  CompletionItem,
  DocumentSymbol,
  Hover,
  Location,
  MarkupContent,
  TextEdit,
  WorkspaceEdit,
  WorkspaceSymbol,
} from "vscode-languageserver-protocol/node";
import { EditedApp } from "./edited_app.ts";
import { FILES, RUNTIME, SCRIPTS } from "./shop.ts";

const PROGRAM = [process.execPath, fileURLToPath(new URL("../../../cli.ts", import.meta.url))];

// One session for all: a start takes longer than everything that is asked.
let app: EditedApp;

before(async () => {
  app = await EditedApp.start(PROGRAM, FILES);
  await app.write("runtime.yaml", RUNTIME);
  assert.deepEqual(await app.client.diagnostics(app.uri("runtime.yaml")), []);
});

after(async () => {
  assert.equal(await app.end(), 0);
});

/** The runtime.yaml with another document. */
const withDocument = (text: string) => `${RUNTIME}---\n${text}`;

const labels = (items: readonly CompletionItem[]) => items.map(({ label }) => label);

/** The labels without directives, which every map allows. */
const fields = (items: readonly CompletionItem[]) =>
  labels(items).filter((label) => !label.startsWith("$"));

const inserted = (items: readonly CompletionItem[], label: string) =>
  items.find((item) => item.label === label)?.textEdit?.newText;

test("the capabilities say what the server does", () => {
  const { capabilities, serverInfo } = app.client.initialized!;
  assert.equal(serverInfo!.name, "digly");
  assert.equal(capabilities.positionEncoding, "utf-16");
  assert.deepEqual(capabilities.textDocumentSync, { openClose: true, change: 2 });
  for (
    const name of [
      "completion",
      "hover",
      "definition",
      "references",
      "rename",
      "documentSymbol",
      "workspaceSymbol",
      "codeAction",
    ]
  ) {
    assert.ok(capabilities[`${name}Provider` as keyof typeof capabilities], name);
  }
});

test("diagnostics are those of the check, with the same places", async () => {
  const broken = RUNTIME.replace("port: 0", "prot: 0").replace(
    "Http.Api.Hello }",
    "Http.Api.Helo }",
  );
  await app.write("runtime.yaml", broken);
  const found = await app.client.diagnostics(app.uri("runtime.yaml"));
  const checked = await check({ "runtime.yaml": broken });
  assert.deepEqual(
    found.map(({ code, message, range: { start, end } }) => ({
      code,
      message: String(message).split("\n")[0],
      line: start.line + 1,
      column: start.character + 1,
      length: end.character - start.character,
    })),
    checked.map(({ code, message, line, column, length }) => ({
      code,
      message,
      line,
      column,
      length,
    })),
  );
  assert.equal(found.length, 2);
  assert.match(found[1]!.codeDescription!.href, /errors\.md#err_/);
});

/** What `digly check` finds in the app with other texts. */
async function check(texts: Readonly<Record<string, string>>): Promise<
  { code: string; message: string; line: number; column: number; length: number }[]
> {
  const { mkdtempSync, cpSync, writeFileSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const folder = mkdtempSync(join(tmpdir(), "digly-check-"));
  cpSync(app.folder, folder, { recursive: true });
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  try {
    const [program, ...args] = PROGRAM;
    execFileSync(program!, [...args, "check", folder, "--format", "json"], { stdio: "pipe" });
    return [];
  } catch (error) {
    const { stdout } = error as { readonly stdout: Buffer };
    const text = stdout.toString();
    return JSON.parse(text.slice(text.indexOf("{"))).diagnostics;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a broken text is reported while it is typed, and the rest stays", async () => {
  await app.write(
    "runtime.yaml",
    withDocument("kind: Http.Api\nmetadata: { name: X\nroutes: []\n"),
  );
  const found = await app.client.diagnostics(app.uri("runtime.yaml"));
  assert.deepEqual(found.map(({ code }) => code), ["ERR_MANIFEST_INVALID"]);
  await app.write("runtime.yaml", RUNTIME);
  assert.deepEqual(await app.client.diagnostics(app.uri("runtime.yaml")), []);
});

test("mistakes in files that are not open are reported, too", async () => {
  await app.write("runtime.yaml", RUNTIME.replace("  - digly:core\n", ""));
  const found = await app.client.diagnosticsWhere(
    app.uri("resources/scripts.yaml"),
    (diagnostics) => diagnostics.length > 0,
  );
  assert.equal(found[0]!.code, "ERR_CONTROLLER_NOT_FOUND");
  assert.match(String(found[0]!.message), /Add "digly:core" to `imports`/);
  await app.write("runtime.yaml", RUNTIME);
  await app.client.diagnosticsWhere(
    app.uri("resources/scripts.yaml"),
    (diagnostics) => diagnostics.length === 0,
  );
});

test("kinds are completed with what their resources need", async () => {
  const items = await app.complete("runtime.yaml", withDocument("kind: ‸"));
  for (const kind of ["Http.Api", "Bank.Account", "Shop.Echo", "TemplateDefinition"]) {
    assert.ok(labels(items).includes(kind), kind);
  }
  assert.equal(
    inserted(items, "Shop.Echo"),
    "Shop.Echo\nmetadata:\n  name: ${1:Main}\nword: $2",
  );
  const account = items.find(({ label }) => label === "Bank.Account")!;
  assert.deepEqual(account.documentation, { kind: "markdown", value: "An account." });
  const other = items.find(({ label }) => label === "Sql.Query")!;
  assert.equal(other.detail, 'add "digly:sql" to imports');
  const partial = await app.complete(
    "runtime.yaml",
    withDocument("kind: Http.S‸er\nmetadata: { name: A }"),
  );
  assert.equal(inserted(partial, "Http.Server"), "Http.Server");
  assert.deepEqual(partial[0]!.textEdit, {
    newText: partial[0]!.label,
    range: { start: { line: 22, character: 6 }, end: { line: 22, character: 14 } },
  });
});

test("fields are completed where they are allowed, those that are written left out", async () => {
  const account = "kind: Bank.Account\nmetadata: { name: X }\n";
  const items = await app.complete("runtime.yaml", withDocument(`${account}key: a\n‸`));
  assert.deepEqual(fields(items), ["level"]);
  assert.ok(labels(items).includes("$if"));
  assert.equal(inserted(items, "level"), "level: ${1|low,high|}");
  assert.equal(inserted(items, "$let"), "\\$let:\n  $1");
  assert.deepEqual(items[0]!.documentation, { kind: "markdown", value: "How much is in it." });
  assert.deepEqual(
    fields(await app.complete("runtime.yaml", withDocument("kind: Http.Server\nmounts:\n  - ‸"))),
    ["type", "path"],
  );
  assert.deepEqual(
    fields(
      await app.complete(
        "runtime.yaml",
        withDocument("kind: Http.Api\nroutes:\n  - request: { meth‸ }\n"),
      ),
    ).includes("method"),
    true,
  );
  assert.deepEqual(
    fields(await app.complete("runtime.yaml", withDocument("kind: Shop.Echo\n‸"))),
    ["metadata", "word", "times"],
  );
  assert.deepEqual(fields(await app.complete("runtime.yaml", withDocument("‸"))), [
    "kind",
    "metadata",
  ]);
  const manifest = fields(
    await app.complete("runtime.yaml", RUNTIME.replace("resources:", "‸\nresources:")),
  );
  assert.deepEqual(manifest.slice(0, 2), ["definitions", "description"]);
});

test("values are completed: enumerations, booleans, modules", async () => {
  const level = await app.complete("runtime.yaml", withDocument("kind: Bank.Account\nlevel: ‸"));
  assert.deepEqual(labels(level), ["high", "low"]);
  const health = await app.complete("runtime.yaml", withDocument("kind: Http.Server\nhealth: t‸"));
  assert.deepEqual(labels(health), ["false", "true"]);
  const imports = await app.complete(
    "runtime.yaml",
    RUNTIME.replace("- ./bank", "- ./bank\n  - ‸"),
  );
  assert.ok(labels(imports).includes("digly:sql"));
  assert.ok(!labels(imports).includes("digly:http"));
});

test("paths are completed where a file or a folder is named", async () => {
  const at = async (file: string, text: string) => labels(await app.complete(file, text));
  assert.deepEqual(
    await at("runtime.yaml", withDocument("kind: JavaScript.Script\nfile: ./‸")),
    ["bank/", "resources/"],
  );
  assert.deepEqual(
    await at("runtime.yaml", RUNTIME.replace("[resources]", "[resources, ‸]")),
    ["./shop.test.yaml", "./bank/", "./resources/"],
  );
  assert.deepEqual(
    await at("runtime.yaml", withDocument("kind: Http.Api\nroutes:\n  $include: ./resources/s‸")),
    ["scripts.yaml"],
  );
  const imports = RUNTIME.replace("- ./bank", "- ./bank\n  - ./‸");
  assert.deepEqual(await at("runtime.yaml", imports), ["shop.test.yaml", "bank/", "resources/"]);
  const [file] = await app.complete("shop.test.yaml", "kind: Test.Case\napp: ./runt‸.yaml");
  assert.deepEqual(file!.textEdit, {
    range: { start: { line: 1, character: 7 }, end: { line: 1, character: 16 } },
    newText: "runtime.yaml",
  });
});

test("variables of the environment are completed: those of the app, and those that are set", async () => {
  const text = withDocument(
    'kind: JavaScript.Script\ncode: "${env.SHOP_STAGE}"\ndescription: "${env.SHOP_MODE} ${env.‸}"',
  );
  const found = labels(await app.complete("runtime.yaml", text));
  for (const name of ["SHOP_STAGE", "SHOP_MODE", "PATH"]) assert.ok(found.includes(name), name);
});

test("references are completed with the resources that fit", async () => {
  const mount = withDocument("kind: Http.Server\nmounts:\n  - { path: /, type: H‸ }");
  assert.deepEqual(labels(await app.complete("runtime.yaml", mount)), ["Http.Api.Hello"]);
  const handler = await app.complete(
    "runtime.yaml",
    withDocument("kind: Http.Api\nroutes:\n  - handler: { name: ‸ }"),
  );
  assert.ok(labels(handler).includes("JavaScript.Script.SayHi"));
  assert.ok(!labels(handler).includes("Secret.Key"));
  const named = await app.complete(
    "runtime.yaml",
    withDocument("kind: Http.Api\nroutes:\n  - handler: { kind: JavaScript.Script, name: ‸ }"),
  );
  assert.deepEqual(labels(named), ["Greet", "SayHi"]);
});

test("expressions are completed by type", async () => {
  const route = (body: string) =>
    withDocument(`kind: Http.Api
metadata: { name: X }
routes:
  - request: { path: "/:id" }
    handler: JavaScript.Script.Greet
    response:
      body: ${body}
`);
  const at = async (body: string) => labels(await app.complete("runtime.yaml", route(body)));
  const names = await at("${{ ‸ }}");
  for (const name of ["request", "result", "env", "Http", "has", "size", "math"]) {
    assert.ok(names.includes(name), name);
  }
  assert.deepEqual((await at("${{ request.‸ }}")).slice(0, 3), ["body", "headers", "ip"]);
  assert.equal((await at('"${{ request.params.‸'))[0], "id");
  assert.equal((await at("${{ result.t‸ }}"))[0], "text");
  assert.ok((await at("${{ result.text.‸ }}")).includes("startsWith"));
  assert.ok(!(await at("${{ result.text.‸ }}")).includes("distinct"));
  assert.equal((await at("${{ Http.Server.‸ }}"))[0], "Main");
  assert.ok((await at("${{ Http.Server.Main.‸ }}")).includes("port"));
  assert.ok((await at("${{ ['a'].map(x, x.‸ }}")).includes("upperAscii"));
  assert.ok((await at("${{ math.‸ }}")).includes("abs"));
  assert.deepEqual(await at("${{ 'a.‸' }}"), []);
  const items = await app.complete("runtime.yaml", route("${{ result.te‸xt.size() }}"));
  assert.deepEqual(items[0]!.textEdit, {
    newText: "text",
    range: { start: { line: 28, character: 23 }, end: { line: 28, character: 25 } },
  });
});

test("expressions of directives, templates and tests see their own names", async () => {
  const loop = withDocument(`$let: { cities: "['Lima']" }
$for: i, city in cities
$do:
  kind: Bank.Account
  metadata: { name: "\${ city.‸ }" }
`);
  assert.ok(labels(await app.complete("runtime.yaml", loop)).includes("upperAscii"));
  const condition = withDocument('$let: { on: "true" }\n$if: o‸\n');
  assert.ok(labels(await app.complete("runtime.yaml", condition)).includes("on"));
  const template = SCRIPTS.replace("Say${{ word }}", "Say${{ ‸ }}");
  const names = labels(await app.complete("resources/scripts.yaml", template));
  assert.ok(names.includes("word") && names.includes("times"));
  await app.write("resources/scripts.yaml", SCRIPTS);
  const step = FILES["shop.test.yaml"]!.replace("step.greet.result", "step.greet.‸");
  assert.ok(labels(await app.complete("shop.test.yaml", step)).includes("result"));
  const execute = FILES["shop.test.yaml"]!.replace("JavaScript.Script.Greet", "‸");
  assert.ok(
    labels(await app.complete("shop.test.yaml", execute)).includes("JavaScript.Script.Greet"),
  );
  const mock = labels(await app.complete("shop.test.yaml", `${FILES["shop.test.yaml"]}mock:\n  ‸`));
  assert.ok(mock.includes("Http.Server.Main") && mock.includes("Clock"));
  await app.write("shop.test.yaml", FILES["shop.test.yaml"]!);
});

/** Where the name at a `‸` is defined. */
async function definition(file: string, marked: string): Promise<string | undefined> {
  const found = await app.ask<Location | null>("textDocument/definition", file, marked);
  return found === null ? undefined : app.place(found);
}

test("definitions of resources, kinds, templates and files are found", async () => {
  const from = (text: string, with_: string) =>
    definition("runtime.yaml", RUNTIME.replace(text, with_));
  assert.equal(await from("type: Http.Api.Hello", "type: Http.A‸pi.Hello"), "runtime.yaml:17:19");
  assert.equal(
    await from("JavaScript.Script.Greet", "JavaScript.Script.Gr‸eet"),
    "resources/scripts.yaml:3:19",
  );
  assert.equal(await from("Http.Server.Main.port", "Http.Server.M‸ain.port"), "runtime.yaml:11:19");
  assert.equal(await from("Http.Server.Main.port", "Http.Server.Main.po‸rt"), "runtime.yaml:12:1");
  assert.equal(await from("./bank", "./ba‸nk"), "bank/module.yaml:1:1");
  const inScripts = (text: string, with_: string) =>
    definition("resources/scripts.yaml", SCRIPTS.replace(text, with_));
  assert.equal(await inScripts("Bank.Account", "Bank.Acc‸ount"), "bank/account.yaml:2:42");
  assert.equal(await inScripts("Shop.Echo", "Shop.Ec‸ho"), "resources/scripts.yaml:17:19");
  assert.equal(
    await inScripts("${{ Secret.Key", "${{ Secret.K‸ey"),
    "resources/scripts.yaml:13:19",
  );
  assert.equal(await inScripts("kind: Secret", "kind: Sec‸ret"), undefined);
  const test_ = FILES["shop.test.yaml"]!;
  assert.equal(
    await definition("shop.test.yaml", test_.replace("Script.Greet", "Script.Gr‸eet")),
    "resources/scripts.yaml:3:19",
  );
  assert.equal(
    await definition("shop.test.yaml", test_.replace("app: .", "app: .‸")),
    "runtime.yaml:1:1",
  );
  await app.write("runtime.yaml", RUNTIME);
  await app.write("resources/scripts.yaml", SCRIPTS);
  await app.write("shop.test.yaml", test_);
});

test("references of a resource, a kind and a template are found in all files", async () => {
  const all = async (file: string, marked: string) =>
    (await app.ask<Location[]>("textDocument/references", file, marked, {
      context: { includeDeclaration: true },
    })).map((location) => app.place(location)).toSorted();
  assert.deepEqual(
    await all("resources/scripts.yaml", SCRIPTS.replace("name: Greet", "name: Gr‸eet")),
    [
      "resources/scripts.yaml:3:19",
      "runtime.yaml:20:22",
      "shop.test.yaml:5:29",
    ],
  );
  assert.deepEqual(await all("runtime.yaml", RUNTIME.replace("name: Main", "name: Ma‸in")), [
    "runtime.yaml:11:19",
    "runtime.yaml:21:55",
  ]);
  assert.deepEqual(
    await all("resources/scripts.yaml", SCRIPTS.replace("name: Echo", "name: Ec‸ho")),
    [
      "resources/scripts.yaml:17:19",
      "resources/scripts.yaml:29:7",
    ],
  );
  await app.write("resources/scripts.yaml", SCRIPTS);
  await app.write("runtime.yaml", RUNTIME);
});

async function hover(file: string, marked: string): Promise<string | undefined> {
  const found = await app.ask<Hover | null>("textDocument/hover", file, marked);
  return found === null ? undefined : (found.contents as MarkupContent).value;
}

test("a hover shows documentation, types and values", async () => {
  const at = (text: string, with_: string) => hover("runtime.yaml", RUNTIME.replace(text, with_));
  assert.match((await at("kind: Http.Server", "kind: Http.Ser‸ver"))!, /An HTTP server/);
  assert.match(
    (await at("port: 0", "po‸rt: 0"))!,
    /\*\*port\*\*: `integer`[^]*The port to listen on[^]*Default: `8080`/,
  );
  assert.match(
    (await at("type: Http.Api.Hello", "type: Http.Api.He‸llo"))!,
    /\*\*Http\.Api\.Hello\*\*/,
  );
  assert.match(
    (await at("request.params.who", "request.params.w‸ho"))!,
    /`request\.params\.who`: `string`/,
  );
  assert.match((await at("result.text", "resu‸lt.text"))!, /`result`: `\{text: string, …\}`/);
  assert.match((await at("Main.port", "Main.po‸rt"))!, /`integer`[^]*Value: `0`/);
  assert.match((await at("name: Shop", "na‸me: Shop"))!, /The name of the module/);
  assert.match(
    (await at('"${{ result.text }} on', '"${{ si‸ze(result.text) }} on'))!,
    /size\(string\): int/,
  );
  await app.write("runtime.yaml", RUNTIME);
});

test("a hover shows no secret", async () => {
  const texts = [
    SCRIPTS.replace("value: very", "va‸lue: very"),
    SCRIPTS.replace("value: very", "value: ve‸ry"),
    SCRIPTS.replace("name: Key", "name: K‸ey"),
    SCRIPTS.replace('key: "', 'k‸ey: "'),
    SCRIPTS.replace("{{ Secret.Key", "{{ Secret.K‸ey"),
    SCRIPTS.replace("{{ Secret.Key", "{{ Secr‸et.Key"),
  ];
  for (const text of texts) {
    const shown = await hover("resources/scripts.yaml", text);
    assert.ok(shown !== undefined, text);
    assert.ok(!shown.includes("very-secret-value"), shown);
  }
  assert.match((await hover("resources/scripts.yaml", texts[3]!))!, /redacted/);
  await app.write("resources/scripts.yaml", SCRIPTS);
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

test("symbols of a document and of the workspace are listed", async () => {
  const uri = app.uri("runtime.yaml");
  await app.write("runtime.yaml", RUNTIME);
  const symbols = await app.client.request<DocumentSymbol[]>("textDocument/documentSymbol", {
    textDocument: { uri },
  });
  assert.deepEqual(
    symbols.map(({ name, detail, range }) => [name, detail, range.start.line]),
    [["Shop", undefined, 0], ["Main", "Http.Server", 9], ["Hello", "Http.Api", 15]],
  );
  assert.deepEqual(symbols[1]!.children!.map(({ name }) => name), ["port", "mounts"]);
  const found = await app.client.request<WorkspaceSymbol[]>("workspace/symbol", { query: "greet" });
  assert.deepEqual(
    found.map(({ name, location }) => [name, app.place(location as Location)]),
    [["JavaScript.Script.Greet", "resources/scripts.yaml:3:19"]],
  );
});

test("nothing is executed, and what code prints is not in the way", () => {
  assert.ok(!existsSync(join(app.folder, "bank/executed")));
  assert.match(app.client.stderr, /checking\nchecking\nchecked/);
});
