import assert from "node:assert/strict";
import { test } from "node:test";
import { checkResourceShape } from "../../../../src/load/yaml/shape.ts";
import { collect } from "../../documents.ts";
import { parse, summary } from "./texts.ts";

function check(text: string) {
  const diagnostics = collect();
  const [document] = parse(text).documents;
  const shape = checkResourceShape(document!, diagnostics);
  return { shape, errors: diagnostics.errors };
}

test("a resource has a kind and a name", () => {
  for (
    const [kind, name] of [
      ["Http.Server", "main"],
      ["a", "x-y_z:1@2"],
      ["_A1.b", "naïve-名前"],
      ["Runtime.KindDefinition", "Data.ObjectType"],
    ]
  ) {
    const { shape, errors } = check(
      `kind: ${kind}\nmetadata: { name: '${name}', team: x }\nuri: y`,
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(shape, { kind, name });
  }
});

const CASES: [text: string, expected: string, help: RegExp][] = [
  ["- a", "1:1+1 $ A resource must be a map, and this document is a list", /kind/],
  ["a", "1:1+1 $ A resource must be a map, and this document is a string", /kind/],
  ["~", "1:1+1 $ A resource must be a map, and this document is null", /kind/],
  [
    "!raw {kind: A}",
    "1:6+1 $ A resource must be a map, and this document is tagged !raw",
    /kind/,
  ],
  ["port: 80", "1:1+4 $ The document has neither `kind` nor `metadata.name`", /Write both/],
  ["Kind: A", "1:1+4 $ The document has neither `kind` nor `metadata.name`", /"kind".*"Kind"/],
  [
    "name: app\nresources: [a.yaml]",
    "1:1+4 $ This document looks like a module manifest, but a resource is expected here",
    /imports/,
  ],
  ["metadata: {name: a}", "1:1+8 $.kind The resource has no `kind`", /Add one/],
  ["knd: A\nmetadata: {name: a}", "1:1+3 $.knd The resource has no `kind`", /Rename "knd"/],
  [
    "kind: 5\nmetadata: {name: a}",
    "1:7+1 $.kind `kind` must be a string, and it is the number 5",
    /string/,
  ],
  ["kind: ''\nmetadata: {name: a}", '1:7+2 $.kind "" is not a valid kind', /Http\.Server/],
  ["kind: A-b\nmetadata: {name: a}", '1:7+3 $.kind "A-b" is not a valid kind', /letters/],
  ["kind: A..B\nmetadata: {name: a}", '1:7+4 $.kind "A..B" is not a valid kind', /letters/],
  [
    "kind: A.prototype\nmetadata: {name: a}",
    '1:7+11 $.kind "A.prototype" is not a valid kind',
    /"prototype"/,
  ],
  ["kind: A", "1:1+4 $.metadata.name The resource has no `metadata.name`", /metadata: \{ name/],
  [
    "kind: A\nmetdata: {name: a}",
    "1:1+4 $.metadata.name The resource has no `metadata.name`",
    /"metdata"/,
  ],
  [
    "kind: A\nmetadata: [a]",
    "2:11+1 $.metadata `metadata` must be a map, and it is a list",
    /name/,
  ],
  [
    "kind: A\nmetadata: {nme: a}",
    "2:12+3 $.metadata.nme The resource has no `metadata.name`",
    /Rename "nme"/,
  ],
  [
    "kind: A\nmetadata: {labels: a}",
    "2:1+8 $.metadata.name The resource has no `metadata.name`",
    /unique/,
  ],
  [
    "kind: A\nmetadata: {name: 5}",
    "2:18+1 $.metadata.name `metadata.name` must be a string, and it is the number 5",
    /Quote it: name: "5"/,
  ],
  [
    "kind: A\nmetadata: {name: true}",
    "2:18+4 $.metadata.name `metadata.name` must be a string, and it is the boolean true",
    /Quote it/,
  ],
  [
    "kind: A\nmetadata: {name: [a]}",
    "2:18+1 $.metadata.name `metadata.name` must be a string, and it is a list",
    /string/,
  ],
  ["kind: A\nmetadata: {name: ''}", "2:18+2 $.metadata.name `metadata.name` is empty", /Name/],
  [
    "kind: A\nmetadata: {name: a.b}",
    '2:18+3 $.metadata.name The name "a.b" contains a dot',
    /last dot.*"a-b"/,
  ],
  [
    "kind: A\nmetadata: {name: a b}",
    '2:18+3 $.metadata.name The name "a b" contains a space',
    /letters/,
  ],
  [
    "kind: A\nmetadata: {name: a/b}",
    '2:18+3 $.metadata.name The name "a/b" contains "/"',
    /letters/,
  ],
  [
    "kind: A\nmetadata: {name: constructor}",
    '2:18+11 $.metadata.name "constructor" cannot be a name',
    /another/,
  ],
  [
    "kind: Runtime.KindDefinition\nmetadata: {name: a-b}",
    '2:18+3 $.metadata.name "a-b" is not a valid kind, which the name of a Runtime.KindDefinition must be',
    /letters/,
  ],
];

for (const [text, expected, help] of CASES) {
  test(JSON.stringify(text), () => {
    const { shape, errors } = check(text);
    assert.equal(shape, undefined);
    assert.deepEqual(errors.map(summary), [expected]);
    assert.equal(errors[0]?.code, "ERR_MANIFEST_INVALID");
    assert.match(errors[0]?.help ?? "", help);
  });
}

test("what the runtime sets in metadata is rejected, and the resource is used without it", () => {
  const { shape, errors } = check(
    "kind: A\nmetadata:\n  name: a\n  uri: x\n  generationDepth: 0\n",
  );
  assert.deepEqual(shape, { kind: "A", name: "a" });
  assert.deepEqual(errors.map(summary), [
    "4:3+3 $.metadata.uri `metadata.uri` is set by the runtime",
    "5:3+15 $.metadata.generationDepth `metadata.generationDepth` is set by the runtime",
  ]);
});

test("a wrong kind and a wrong name are two mistakes", () => {
  const { errors } = check("kind: 1\nmetadata: {name: 2}");
  assert.deepEqual(errors.map(({ origin }) => origin?.line), [1, 2]);
});
