/** That the tables of docs/modules.md leave nothing out. What the page shows is run elsewhere. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as author from "../../src/contract/author.ts";
import { RUNTIME_KINDS } from "../../src/cli/kinds/runtime_kinds.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/modules.md");

/** The words in code in the first column of a page's tables. */
function namedIn(page: string): ReadonlySet<string> {
  return new Set(
    Array.from(page.matchAll(/^\| (.*?) \|/gm), ([, cell]) => cell!)
      .flatMap((cell) => Array.from(cell.matchAll(/`[^`]*`/g), ([code]) => code))
      .flatMap((code) => code.match(/\w+/g) ?? []),
  );
}

const API = ["module", "contexts", "execution", "validator"].map((name) =>
  `src/contract/${name}.ts`
);

/** The members of an interface. */
function membersOf(name: string, files = API): string[] {
  const [, body] = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n([^]*?)^\\}`, "m")
    .exec(files.map(read).join("\n")) ?? [];
  const members = Array.from(
    body?.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(<]/gm) ?? [],
    ([, member]) => member!,
  );
  assert.ok(members.length > 0, name);
  return members;
}

function missing(words: readonly string[], text = page): string[] {
  const named = namedIn(text);
  return words.filter((word) => !named.has(word));
}

for (
  const name of [
    "Controller",
    "ResourceInstance",
    "ControllerContext",
    "ModuleCreateContext",
    "Context",
  ]
) {
  test(`a table names every member of ${name}`, () => {
    assert.deepEqual(missing(membersOf(name)), []);
  });
}

test("every option of an execution and of a validator is named", () => {
  const members = [
    ...membersOf("ExecutionOptions"),
    ...membersOf("ValidatorOptions"),
    ...membersOf("Violation", ["src/contract/violation.ts"]),
  ];
  for (const member of members) assert.match(page, new RegExp(`\\b${member}\\b`));
});

test("a table names every field of a manifest", () => {
  const own = ["url", "folder", "documents", "ownName"];
  const fields = membersOf("ModuleManifest", ["src/contract/manifest.ts"]);
  const manifests = read("docs/manifests.md");
  assert.deepEqual(missing(fields.filter((field) => !own.includes(field)), manifests), []);
});

test("a table names every field of a definition", () => {
  const { schema } = RUNTIME_KINDS.find(({ kind }) => kind === "Runtime.Definition")!;
  const fields = Object.keys((schema as { properties: object }).properties);
  assert.ok(fields.length > 0);
  assert.deepEqual(missing(fields), []);
});

test("a table names everything that digly/module exports", () => {
  assert.deepEqual(missing(Object.keys(author)), []);
});
