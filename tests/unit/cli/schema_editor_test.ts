/**
 * What editors make of the schemas: yaml-language-server, which they run, and a strict validator
 * go over the examples, and over every app and module that the documentation shows.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Ajv } from "ajv";
import { loadAll } from "js-yaml";
import { RUNTIME_KINDS } from "../../../src/cli/kinds/runtime_kinds.ts";
import { appSchema } from "../../../src/cli/schema/app_schema.ts";
import type { KindDescription } from "../../../src/contract/kind_description.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { LanguageServer } from "./language_server.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
type Files = Readonly<Record<string, string>>;

/** The kinds of test cases and of all apps among the files, whatever else is wrong with them. */
async function kindsOf(own: Files): Promise<KindDescription[]> {
  const files = { ...own, "/app/.test-kinds.yaml": "name: Tests\nimports: [digly:test]\n" };
  const kinds = new Map(RUNTIME_KINDS.map((kind) => [kind.kind, kind]));
  for (const [path, text] of Object.entries(files)) {
    if (!/^name: /m.test(text)) continue;
    const kernel = new Kernel({
      platform: memoryPlatform({ files, cwd: "/app" }),
      builtins: embedded,
      diagnostics: { error() {}, warning() {} },
      checking: true,
    });
    await kernel.load(path);
    for (const kind of await kernel.kinds()) kinds.set(kind.kind, kind);
  }
  return [...kinds.values()];
}

/** Files of an example, or those that a page shows below their names. */
const corpora: Record<string, Files> = {};

for (const name of readdirSync(`${root}examples`)) {
  const paths = readdirSync(`${root}examples/${name}`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml") && !path.includes("node_modules"));
  corpora[`examples/${name}`] = Object.fromEntries(
    paths.map((path) => [`/app/${path}`, readFileSync(`${root}examples/${name}/${path}`, "utf8")]),
  );
}
for (const page of ["README.md", "docs/manifests.md", "docs/modules.md", "docs/operations.md"]) {
  const blocks = readFileSync(root + page, "utf8").matchAll(
    /<!-- (?:app|file): (\S+\.yaml) -->\s*```yaml\n([^]*?)```/g,
  );
  corpora[page] = Object.fromEntries(
    Array.from(blocks, ([, path, text]) => [new URL(path!, "file:///app/").pathname, text!]),
  );
}

// Its kind comes from a package that `digly init` makes the rest of.
const { "/app/shop/runtime.yaml": _shop, ...others } = corpora["docs/modules.md"]!;
corpora["docs/modules.md"] = others;

/** The built-in kinds alone. */
const BUILTINS = "builtins";
corpora[BUILTINS] = {
  "/app/runtime.yaml":
    "name: App\nimports: [digly:http, digly:javascript, digly:data, digly:console, digly:core]\n",
};

const folder = mkdtempSync(join(tmpdir(), "digly-schema-"));
const kinds = new Map<string, KindDescription[]>();
const schemas = new Map<string, object>();
let server: LanguageServer;

before(async () => {
  const urls: Record<string, string> = {};
  for (const [name, files] of Object.entries(corpora)) {
    kinds.set(name, await kindsOf(files));
    schemas.set(name, appSchema(kinds.get(name)!));
    const path = join(folder, `${keyOf(name)}.json`);
    writeFileSync(path, JSON.stringify(schemas.get(name)));
    urls[keyOf(name)] = pathToFileURL(path).href;
  }
  server = await LanguageServer.start(urls);
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function keyOf(name: string): string {
  return name.replaceAll(/\W/g, "-");
}

function strictly(name: string) {
  return new Ajv({ allErrors: true, strict: true }).compile(schemas.get(name)!);
}

for (const [name, files] of Object.entries(corpora)) {
  test(`nothing is wrong with ${name}`, async () => {
    assert.ok(Object.keys(files).length > 0);
    const validate = strictly(name);
    for (const [path, text] of Object.entries(files)) {
      for (const document of loadAll(text)) {
        assert.ok(validate(document), `${path}: ${JSON.stringify(validate.errors)}`);
      }
      assert.deepEqual(await server.check(keyOf(name), text), [], path);
    }
  });
}

test("the examples of the built-in kinds are accepted", () => {
  const all = kinds.get(BUILTINS)!;
  const validate = strictly(BUILTINS);
  for (const { kind, example } of all) {
    for (const document of loadAll(example ?? "") as { kind: string }[]) {
      // The examples of the runtime's kinds define the kinds that they use.
      const isOwn = all.every((other) => other.kind !== document.kind);
      if (!isOwn) assert.ok(validate(document), `${kind}: ${JSON.stringify(validate.errors)}`);
    }
  }
});

describe("an editor", () => {
  const complete = (text: string) => server.complete(BUILTINS, text);
  const check = (text: string) => server.check(BUILTINS, text);
  const ROUTE = "kind: Http.Route\nmetadata: { name: a }\nrequest: { method: GET, path: /a }\n";

  test("offers the kinds, the fields and their values", async () => {
    const names = kinds.get(BUILTINS)!.map(({ kind }) => kind).sort();
    for (
      const text of ["kind: |", "kind: Htt|", "name: App\n---\nkind: |\nmetadata: { name: a }\n"]
    ) {
      assert.deepEqual((await complete(text)).sort(), names, text);
    }
    const first = await complete("|");
    for (const field of ["kind", "name", "imports"]) assert.ok(first.includes(field), field);
    const fields = await complete("kind: Http.Server\nmetadata: { name: a }\n|");
    for (const field of ["port", "mounts", "health", "$let"]) assert.ok(fields.includes(field));
    const method = "kind: Http.Route\nmetadata: { name: a }\nrequest:\n  method: |\n";
    assert.ok((await complete(method)).includes("DELETE"));
  });

  const accepted: Record<string, string> = {
    "a handler by its URN": `${ROUTE}handler: JavaScript.Script.X\n`,
    "a handler with inputs": `${ROUTE}handler: { name: JavaScript.Script.X, inputs: { a: 1 } }\n`,
    "a handler that is computed": `${ROUTE}handler: "\${env.HANDLER}"\n`,
    "empty documents": "---\n---\nname: App\n---\n",
    "a computed kind": "kind: ${x}\nmetadata: { name: a }\n",
    "a template's instance": "kind: TemplateDefinition\nmetadata: { name: A }\nresources: []\n",
  };
  for (const [name, text] of Object.entries(accepted)) {
    test(`accepts ${name}`, async () => assert.deepEqual(await check(text), []));
  }

  const refused: Record<string, [text: string, line: number, says: RegExp]> = {
    "a wrong kind": ["kind: Http.Servre\nmetadata: { name: a }\n", 1, /"Http\.Server"/],
    "a wrong type": [`${ROUTE}handler: 1\n`, 4, /Expected "string | object"/],
    "a wrong value": [ROUTE.replace("GET", "GTE"), 3, /Valid values: "GET"/],
    "a missing field": [
      "kind: Http.Route\nmetadata: { name: a }\n",
      1,
      /Missing property "request"/,
    ],
    "an unknown directive": [`${ROUTE}$lte: { a: 1 }\n`, 4, /Property \$lte is not allowed/],
    "a field of the runtime": [
      ROUTE.replace("name: a", "name: a, uri: x"),
      2,
      /uri is not allowed/,
    ],
    "a manifest's wrong key": ["name: App\nimport: [digly:http]\n", 2, /import is not allowed/],
    "a mistake behind a loop": [
      "$for: x in xs\n$do:\n  kind: Http.Server\n  metadata: { name: a }\n  port: x\n",
      5,
      /Expected "integer"/,
    ],
  };
  for (const [name, [text, line, says]] of Object.entries(refused)) {
    test(`underlines ${name}`, async () => {
      const [first] = await check(text);
      assert.equal(first?.line, line);
      assert.match(first!.message, says);
    });
  }
});
