import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_LIMITS, type Limits } from "../../../../src/contract/limits.ts";
import type { Value } from "../../../../src/contract/resource.ts";
import { readSimpleDocument } from "../../../../src/load/yaml/simple_document.ts";
import { embedded } from "../../../../src/generated/embedded.ts";
import { readComplete } from "./complete_parser.ts";
import { parse, summary } from "./texts.ts";

function read(text: string, limits: Partial<Limits> = {}): Value | undefined {
  return readSimpleDocument(text, 0, text.length, { ...DEFAULT_LIMITS, ...limits });
}

describe("reads as the complete parser does", () => {
  const texts = [
    "kind: A.B\nmetadata: { name: x }\nvalue: 1\n",
    "---\na: 1",
    "---  \na: b  c \n\n\n",
    "# one\na:\n  # two\n  b: 1\n# three\n\n  c: 2\nd: 3\n",
    "a:\nb:\n  c:\n",
    "a:\n- 1\n- b: 2\n  c:\n  - 3\n  d: 4\n-   e: 5\n    f: 6\ng: 7\n",
    "a:\n  - x\n  - { y: [1, { z: '2' }], w: \"\" }\n  - [ ]\n",
    "a: null\nb: true\nc: -1\nd: 0x1F\ne: 1e3\nf: .5\ng: 1.\nh: -.inf\n",
    "a: http://x.y/z?q#f\nb: a:b\nc: a#b\nd: /p/:id\ne: x, y [z]\nf: $a\n",
    "a: ${{ input.x + 1 }}\nb: a ${ env.X } b\n",
    "a: 'it # is: \\ {x}'\nb: \"it # is: {x}\"   \n",
    "$for: x\n200: y\n/path: z\na-b.c: w\n-d: v\n",
    "a:\n- b:\n- c: 1\n",
    "a: 1 # one\nb: # two\n  c: 'x' # three\n  d: [1] # four\ne: x #\n",
    "a: |\n  b\n\n    c: d # e\n  f\n\ng: |-\n   h\n\n# i\nj: 1\n",
    "a:\n  - |\n    b\n  - c: |\n      d\n    e: f\n  - >-\n    g\n    h\n",
    "a: >\n  b\n  c\n\n\nd: >-\n  e\n",
    "a: |\n  b",
    "a: | # b\n  \tc\n",
    `a: 'it''s'
b: ''''
c: "\\"a\\\\n\\nb\\t\\/"
`,
    `"200": a\n'b c': d\ne: { "f#": 1 }\n`,
    "a: (b)\nc: <d>\ne: =f\ng: ^h$\ni: ~j\nk: +l\nm: ~\n",
    "a: Grüße – ok\n# é\nb: { c: Ü, d: 'ä' }\ne: |\n  ö\nf: ü\n",
  ];
  for (const text of texts) {
    test(JSON.stringify(text), () => {
      assert.deepEqual([read(text)], readComplete(text));
    });
  }

  test("in all definitions of the built-in modules that it reads", () => {
    const simple = Object.entries(embedded.files).filter(([url, text]) => {
      const value = read(text);
      if (value !== undefined) assert.deepEqual([value], readComplete(text), url);
      return value !== undefined;
    });
    assert(simple.length > 10, `only ${simple.length} are simple`);
  });
});

test("what is common is simple", () => {
  assert.deepEqual(
    read(
      "---\n# A comment\nkind: A.B\nmetadata: { name: x, tags: [a, 'b'] }\nlist:\n  - k: ${{ x }}\n    l: 1\n",
    ),
    { kind: "A.B", metadata: { name: "x", tags: ["a", "b"] }, list: [{ k: "${{ x }}", l: 1 }] },
  );
});

describe("leaves to the complete parser", () => {
  const texts: readonly [what: string, text: string][] = [
    ["nothing", ""],
    ["comments alone", "# a\n"],
    ["a list", "- a\n"],
    ["a scalar", "a\n"],
    ["several lines", "a: b\n  c\n"],
    ["block scalars that are indented as their header says", "a: |2\n   b\n"],
    ["block scalars that keep all line breaks", "a: |+\n  b\n\n"],
    ["empty block scalars", "a: |\nb: 1\n"],
    ["block scalars that begin with an empty line", "a: |\n\n  b\n"],
    ["lines of spaces in block scalars", "a: |\n  b\n  \n  c\n"],
    ["empty lines in folded scalars", "a: >\n  b\n\n  c\n"],
    ["lines of folded scalars that are indented further", "a: >\n  b\n    c\n"],
    ["controls in block scalars", "a: |\n  b\u0007\n"],
    ["anchors and aliases", "a: &x 1\nb: *x\n"],
    ["merges", "a:\n  <<: { b: 1 }\n"],
    ["tags", "a: !raw b\n"],
    ["comments in flow collections", "a: [b # c\n  ]\n"],
    ["# without a space before it", 'a: "b"# c\n'],
    ["escapes by number", 'a: "\\x41"\n'],
    ["flow collections on several lines", "a: [1,\n  2]\n"],
    ["tabs", "a:\tb\n"],
    ["carriage returns", "a: b\r\n"],
    ["characters of two units", "a: 😀\n"],
    ["separators of lines", "a: b\u2028c\n"],
    ["controls", "a: \u0007\n"],
    ["a second document", "a: b\n---\nc: d\n"],
    ["directives", "%YAML 1.2\n---\na: b\n"],
    ["duplicate keys", "a: 1\na: 2\n"],
    ["a key that reaches prototypes", "__proto__: 1\n"],
    ["numbers that are not exact", "a: 9007199254740993\n"],
    ["a value with a colon", "a: b: c\n"],
    ["wrong indentation", "a:\n    b: 1\n  c: 2\n"],
    ["a collection that is not closed", "a: [b\n"],
  ];
  for (const [what, text] of texts) {
    test(what, () => assert.equal(read(text), undefined));
  }

  test("what is beyond a limit", () => {
    assert.equal(read("a: 1\nb: 2\n", { nodes: 2 }), undefined);
    assert.deepEqual(read("a: 1\nb: 2\n", { nodes: 3 }), { a: 1, b: 2 });
    assert.equal(read("a: [[1]]\n", { nesting: 2 }), undefined);
    assert.deepEqual(read("a: [[1]]\n", { nesting: 3 }), { a: [[1]] });
    assert.equal(read(`a: ${"[".repeat(20_000)}`), undefined);
  });
});

test("the limit of documents counts simple ones, and names the first one too many", () => {
  const { documents, errors } = parse("a: 1\n---\nb: 2\n---\nc: 3\n", { documents: 2 });
  assert.equal(documents.length, 2);
  assert.deepEqual(errors.map(summary), ["5:1+1 $ The file has more than 2 documents"]);
});

test("positions in a simple document are found", () => {
  const { documents } = parse("a: 1\n---\nb: { c: 2 }\n");
  const { line, column } = documents[1]!.originAt(["b", "c"]);
  assert.deepEqual([line, column], [3, 9]);
});

test("a document has nothing to compile if it has no dollar sign and no tag", () => {
  const text = [
    "a: 1",
    "b: ${ c }",
    "c: text",
    "c: text # $",
    'd: "\\x24{ c }"',
    "e: !raw text",
    "f: [1]",
  ].join("\n---\n");
  const { documents } = parse(text);
  assert.deepEqual(documents.map(({ isPlain }) => isPlain), [
    ...[true, false, true, false, false, false, true],
  ]);
});
