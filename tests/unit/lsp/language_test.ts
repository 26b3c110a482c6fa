import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type {
  DocumentSymbol,
  Hover,
  Location,
  MarkupContent,
  WorkspaceSymbol,
} from "vscode-languageserver-protocol/node";
import type { EditedApp } from "./edited_app.ts";
import { FILES, RUNTIME, SCRIPTS } from "./shop.ts";
import { PROGRAM, startShop } from "./shop_session.ts";

// One session for all: a start takes longer than everything that is asked.
let app: EditedApp;

before(async () => {
  app = await startShop();
});

after(async () => {
  assert.equal(await app.end(), 0);
});

/** The runtime.yaml with another document. */
const withDocument = (text: string) => `${RUNTIME}---\n${text}`;

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
