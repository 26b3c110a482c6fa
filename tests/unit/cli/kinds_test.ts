import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { embedded } from "../../../src/generated/embedded.ts";
import { main } from "../../../src/cli/main.ts";
import { fieldsOf } from "../../../src/cli/kinds/schema_fields.ts";
import { sampleResource } from "../../../src/cli/kinds/sample.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { resource } from "../app.ts";
import { commandLine, testHost } from "./command.ts";

const IMPORTS = "imports: [digly:std]";

/** Runs a command over an app with the built-in modules. */
async function digly(files: Record<string, string>, ...args: string[]) {
  const platform = memoryPlatform({ files, cwd: "/app" });
  const code = await main(args, testHost(platform, embedded));
  return { code, stdout: platform.stdoutText(), stderr: platform.stderrText() };
}

const EVERYTHING = { "/app/runtime.yaml": `name: App\n${IMPORTS}\n` };

interface Kind {
  readonly kind: string;
  readonly type: string;
  readonly module: string;
  readonly description: string | null;
  readonly definedIn: { readonly file: string } | null;
  readonly schema: unknown;
  readonly example: string;
}

async function allKinds(files: Record<string, string> = EVERYTHING): Promise<Kind[]> {
  const { code, stdout, stderr } = await digly(files, "kinds", ".", "--format", "json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).kinds;
}

describe("the kinds of the built-in modules", () => {
  test("are all there, with those of the runtime, sorted by name", async () => {
    const names = (await allKinds()).map(({ kind }) => kind);
    assert.deepEqual(names, names.toSorted());
    assert.equal(new Set(names).size, names.length);
    const folder = new URL("../../../src/modules/", import.meta.url);
    const modules = readdirSync(folder).filter((name) =>
      existsSync(new URL(`${name}/module.yaml`, folder))
    );
    const imported = (await allKinds()).map(({ definedIn }) => definedIn?.file ?? "");
    for (const folder of modules.filter((name) => name !== "std")) {
      const isImported = imported.some((file) => file.startsWith(`digly:/${folder}/`));
      assert.ok(isImported, `digly:std does not import digly:${folder}`);
    }
    for (const kind of ["Http.Server", "Runtime.Definition", "TemplateDefinition", "Variable"]) {
      assert.ok(names.includes(kind), kind);
    }
  });

  test("and each of their fields have a description", async () => {
    for (const { kind, description, schema } of await allKinds()) {
      assert.match(description ?? "", /\.$/, kind);
      for (const field of fieldsOf(schema)) {
        if (/(controllers|definitions)\[\]/.test(field.path)) continue;
        assert.match(field.description ?? "", /\.$/, `${kind} ${field.path}`);
      }
    }
  });

  test("have a page each, with every field", async () => {
    const docs = new URL("../../../docs/", import.meta.url);
    const index = readFileSync(new URL("kinds.md", docs), "utf8");
    for (const { kind, schema, example } of await allKinds()) {
      assert.ok(index.includes(`[${kind}](kinds/${kind}.md)`), `${kind} is in docs/kinds.md`);
      const page = readFileSync(new URL(`kinds/${kind}.md`, docs), "utf8");
      assert.ok(page.startsWith(`# ${kind}\n`) && page.includes(example), kind);
      for (const { path } of fieldsOf(schema)) {
        assert.ok(page.includes(`| \`${path}\``), `${kind} ${path}`);
      }
    }
  });

  test("have examples that digly check finds nothing wrong with", async () => {
    for (const { kind, example } of await allKinds()) {
      const files = {
        "/app/runtime.yaml": `name: App\n${IMPORTS}\n---\n${example}`,
        "/app/migrations/1_users.sql": "CREATE TABLE users (id integer);\n",
      };
      const { code, stderr } = await digly(files, "check", ".");
      assert.equal(code, 0, `${kind}\n${stderr}`);
      assert.ok(
        example.includes(`kind: ${kind}
`),
        example,
      );
    }
  });
});

const OWN = {
  "/app/runtime.yaml": "name: App\nimports: [./notes]\n---\n" +
    "kind: Runtime.KindDefinition\nmetadata: { name: App.Memo }\nextends: Notes.Note\n---\n" +
    "kind: TemplateDefinition\nmetadata: { name: Pair }\n" +
    "schema: { type: object, required: [first], properties: { first: { type: string } } }\n" +
    "resources: []\n",
  "/app/notes/module.yaml": "name: Notes\nversion: 1.0.0\ndefinitions: [note.yaml]\n",
  "/app/notes/note.yaml": `kind: Runtime.Definition
metadata: { name: Note, resourceKind: Note }
description: A note.
controllers:
  - { runtime: "node@>=20", entrypoint: ./note.ts }
  - { runtime: rust, entrypoint: ./note.wasm }
events: [Written]
scope: [reader]
execution: { input: { type: string } }
example:
  kind: Notes.Note
  metadata: { name: Today }
  text: Hello \${{ reader }}
schema:
  type: object
  required: [text]
  properties:
    text: { type: string, description: What it says. }
    size: { type: integer, minimum: 1, maximum: 9, default: 3 }
    colour: { enum: [red, green] }
    lines: { type: array, items: { type: object, properties: { indent: { type: integer } } } }
`,
};

describe("a kind of the app", () => {
  test("is a page with its fields, its module, its runtimes and its example", async () => {
    const { code, stdout, stderr } = await digly(OWN, "kinds", ".", "Notes.Note");
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      `Notes.Note
A note.

module       Notes
defined in   notes/note.yaml:2
runs on      node@>=20, rust
input        string
events       Notes.Note.Written
expressions  may use reader

Fields
  text  string, required
      What it says.
  size  integer from 1 to 9, default 3
  colour  red | green
  lines  list of object
  lines[].indent  integer

Example
  kind: Notes.Note
  metadata:
    name: Today
  text: Hello \${{ reader }}
`,
    );
  });

  test("may come from another kind or from a template", async () => {
    const kinds = await allKinds(OWN);
    const named = (name: string) => kinds.find(({ kind }) => kind === name)!;
    const { example, ...memo } = named("App.Memo");
    assert.match(example, /^kind: App\.Memo\n/);
    assert.deepEqual({ ...memo, schema: null }, {
      kind: "App.Memo",
      type: "inherited",
      module: "App",
      description: null,
      extends: "Notes.Note",
      definedIn: { file: "/app/runtime.yaml", line: 5 },
      runtimes: ["node@>=20", "rust"],
      concurrentInit: false,
      implements: [],
      provides: [],
      execution: { input: { type: "string" }, output: null },
      events: ["Written"],
      errors: {},
      scope: ["reader"],
      scopes: { "": ["reader"] },
      resources: [],
      opaque: [],
      schema: null,
      unknownFields: "allow",
    });
    assert.equal(named("App.Pair").type, "template");
    assert.match(named("App.Pair").example, /first: text/);
  });

  test("is listed with its module and its fields", async () => {
    const { stdout } = await digly(OWN, "kinds", ".");
    assert.match(stdout, /^Notes\.Note +Notes +A note\.\n +text\*, size, colour, lines$/m);
    assert.match(stdout, /^App\.Pair +App +first\*$/m);
  });

  test("alone as JSON is one object", async () => {
    const { stdout } = await digly(OWN, "kinds", ".", "Notes.Note", "--format", "json");
    assert.equal(JSON.parse(stdout).kind, "Notes.Note");
  });
});

describe("an unknown kind", () => {
  for (
    const [name, help] of [
      ["Notes.Nota", 'Did you mean "Notes.Note"?'],
      ["note", 'Did you mean "Notes.Note"?'],
      ["Http.Server", 'Add "digly:http" to `imports` of the runtime.yaml'],
    ]
  ) {
    test(`${name}: ${help}`, async () => {
      const { code, stdout, stderr } = await digly(OWN, "kinds", ".", name!);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.ok(stderr.includes(`The app has no kind "${name}"\n  help: ${help}`), stderr);
    });
  }
});

describe("without an app", () => {
  test("the built-in kinds are listed, or one of them is shown", async () => {
    const { code, stdout, stderr } = await digly({}, "kinds");
    assert.deepEqual([code, stderr], [0, ""]);
    const listed = Array.from(stdout.matchAll(/^([A-Z]\S+)/gm), ([, kind]) => kind);
    assert.deepEqual(listed.slice(0, -1), (await allKinds()).map(({ kind }) => kind));
    assert.match(stdout, /`digly kinds <Kind>` shows one kind in full\.\n$/);
    const one = await digly({}, "kinds", "Http.Server");
    assert.match(one.stdout, /^Http\.Server\n/);
    assert.equal((await digly(EVERYTHING, "kinds", ".", "Http.Server")).stdout, one.stdout);
  });

  test("a word that is neither a kind nor a file is explained", async () => {
    const { code, stdout, stderr } = await digly({}, "kinds", "Http.Servr");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /"Http\.Servr" is not a built-in kind, and not a file or folder/);
    assert.match(stderr, /Did you mean "Http\.Server"\?/);
    const { stderr: path } = await digly({}, "kinds", "./missing");
    assert.match(path, /ERR_MANIFEST_NOT_FOUND.*missing does not exist/);
  });

  test("a folder named like a kind is an app", async () => {
    const files = { "/app/Data.Type/runtime.yaml": "name: App\nimports: [digly:console]\n" };
    const { stdout } = await digly(files, "kinds", "Data.Type");
    assert.match(stdout, /^Console\.WriteLine/);
  });
});

test("values that only the running app needs may be missing", async () => {
  const app = "---\nkind: Console.WriteLine\nmetadata: { name: Say }\noutput: ${env.NOT_SET}\n" +
    "---\nkind: Secret\nmetadata: { name: Key }\nenv: NOT_SET_EITHER\n";
  for (const verb of ["kinds", "schema"]) {
    const ended = await digly({ "/app/runtime.yaml": `name: App\n${IMPORTS}\n${app}` }, verb, ".");
    assert.deepEqual([ended.code, ended.stderr], [0, ""], verb);
    assert.match(ended.stdout, /Console\.WriteLine/);
  }
});

test("mistakes in resources are reported and hide no kind", async () => {
  const { run, platform } = commandLine({
    resources: resource("Thing", "a") + "---\n" + resource("Thing", "a"),
    definitions: { Thing: "description: Some thing." },
  });
  assert.equal(await run("kinds", "."), 1);
  assert.match(platform.stderrText(), /ERR_DUPLICATE_RESOURCE/);
  assert.match(platform.stdoutText(), /^Test\.Thing .*Some thing\./m);
});

test("a description that is not text is a mistake in the definition", async () => {
  const { run, platform } = commandLine({
    resources: "",
    definitions: { Thing: "description: [a]" },
  });
  assert.equal(await run("check", "."), 1);
  assert.match(platform.stderrText(), /`description` of a Runtime\.Definition must be a string/);
});

test("an example made up from a schema fills in what is required", () => {
  const node = { $ref: "#/$defs/node" };
  assert.deepEqual(
    sampleResource("A.B", {
      type: "object",
      required: ["id", "count", "when", "tags", "choice", "child"],
      properties: {
        id: { type: "string", minLength: 6 },
        count: { type: "integer", minimum: 2 },
        when: { type: "string", format: "date" },
        tags: { type: "array", minItems: 2, items: { enum: ["a", "b"] } },
        choice: { oneOf: [{ type: "object", required: ["x"], properties: { x: { const: 1 } } }] },
        child: node,
        other: { type: "string" },
      },
      $defs: { node: { type: "object", properties: { next: node } } },
    }),
    {
      kind: "A.B",
      metadata: { name: "Example" },
      id: "textxx",
      count: 2,
      when: "2026-01-31",
      tags: ["a", "a"],
      choice: { x: 1 },
      child: {},
    },
  );
});
