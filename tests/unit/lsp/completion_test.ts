/** What an editor offers to complete. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CompletionItem } from "vscode-languageserver-protocol/node";
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

/** The runtime.yaml with another document. */
const withDocument = (text: string) => `${RUNTIME}---\n${text}`;

const labels = (items: readonly CompletionItem[]) => items.map(({ label }) => label);

/** The labels without directives, which every map allows. */
const fields = (items: readonly CompletionItem[]) =>
  labels(items).filter((label) => !label.startsWith("$"));

const inserted = (items: readonly CompletionItem[], label: string) =>
  items.find((item) => item.label === label)?.textEdit?.newText;

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
