import assert from "node:assert/strict";
import { test } from "node:test";
import type { KindTable } from "../../../src/load/registry/kinds.ts";
import {
  documentsNeedEngine,
  kindsNeedEngine,
  manifestNeedsEngine,
} from "../../../src/load/needs_engine.ts";
import { parse, source } from "./yaml/texts.ts";

/** Documents with an expression, or with something that may lead to one. */
const WITH: Readonly<Record<string, string>> = {
  "a compile-time expression": "a: ${1 + 1}",
  "a resource-time expression": "a: ['${{ env.X }}']",
  "an expression in a key": "'${a}': 1",
  "a dollar sign written as an escape": 'a: "\\x24{1}"',
  "a dollar sign written as another escape": 'a: "\\u0024{1}"',
  "an opening that is broken by an escaped line end": 'a: "$\\\n  {1}"',
  "a condition without ${ }": "$if: 1 == 1\n$then: { a: 1 }",
  "a directive written with escapes": '"\\x24let": { a: "1" }',
  "variables": "$let: { a: '1' }",
  "an include, whose file may have expressions": "$include: other.yaml",
  "a template, whose loops need no ${ }": "kind: TemplateDefinition\nresources: []",
  "code outside of a resource": "code: ${1}",
  "a value behind an alias": "a: &x ['${1}']\nb: *x",
  "a raw string, whatever is in it": "a: !raw '${1}'",
};

/** Documents without any. */
const WITHOUT: Readonly<Record<string, string>> = {
  "plain data": "kind: Console.WriteLine\nmetadata: { name: a }\noutput: Hello",
  "a price": "price: $5",
  "a comment for editors": "# yaml-language-server: $schema=https://example.com\na: 1",
  "a hint for editors": "$schema: https://example.com/schema.json\na: 1",
  "a JSON Schema": "schema: { $ref: '#/$defs/A', $defs: { A: {} } }",
  "code of a resource": "kind: JavaScript.Script\nmetadata: { name: a }\ncode: 'return `${1}`'",
  "the example of a definition": "kind: Runtime.Definition\nexample: { a: '${{ b }}' }",
  "the types of a definition": "kind: Runtime.Definition\nexecution: { input: { $field: a } }",
};

for (const [name, text] of Object.entries(WITH)) {
  test(`an app with ${name} needs the engine`, () => {
    assert.ok(documentsNeedEngine(parse(text).documents));
  });
}

for (const [name, text] of Object.entries(WITHOUT)) {
  test(`an app with ${name} needs no engine`, () => {
    assert.ok(!documentsNeedEngine(parse(text).documents));
  });
}

test("of a source that begins with a manifest, only the manifest counts", () => {
  assert.ok(manifestNeedsEngine(source("imports: ['${{ env.X }}']")));
  assert.ok(manifestNeedsEngine(source("# a\n\n--- # b\nimports: ['${{ env.X }}']\n---\na: 1")));
  assert.ok(manifestNeedsEngine(source('imports: ["\\x24{{ env.X }}"]')));
  assert.ok(!manifestNeedsEngine(source("name: a\n---\na: ${1}")));
  assert.ok(!manifestNeedsEngine(source("# ${1}\n---\nname: a\n---\na: ${1}")));
});

test("values that are computed, and controllers that may evaluate them, need the engine", () => {
  const kinds = new Map(Object.entries({
    "Core.Secret": {
      sourceUrl: "digly:/core/secret.yaml",
      scopes: [],
      valueExpression: { expression: "self.value", sensitive: true },
    },
    "Console.WriteLine": { sourceUrl: "digly:/console/write_line.yaml", scopes: [{}] },
    "My.Scoped": { sourceUrl: "file:///app/my/scoped.yaml", scopes: [{}] },
    "My.Plain": { sourceUrl: "file:///app/my/plain.yaml", scopes: [] },
  })) as unknown as KindTable;
  const withoutValues = new Map([...kinds].filter(([name]) => name !== "Core.Secret"));
  assert.ok(kindsNeedEngine(new Set(["Core.Secret"]), kinds));
  assert.ok(!kindsNeedEngine(new Set(["Console.WriteLine", "Other"]), kinds));
  assert.ok(kindsNeedEngine(new Set(["My.Scoped"]), withoutValues));
  assert.ok(kindsNeedEngine(new Set(["My.Plain"]), kinds), "it may register a secret");
  assert.ok(!kindsNeedEngine(new Set(["My.Plain"]), withoutValues));
});
