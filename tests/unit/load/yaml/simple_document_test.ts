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
    ["block scalars", "a: |\n  b\n"],
    ["anchors and aliases", "a: &x 1\nb: *x\n"],
    ["merges", "a:\n  <<: { b: 1 }\n"],
    ["tags", "a: !raw b\n"],
    ["comments after a value", "a: b # c\n"],
    ["escapes", 'a: "b\\n"\n'],
    ["doubled quotes", "a: 'it''s'\n"],
    ["quoted keys", '"a": b\n'],
    ["flow collections on several lines", "a: [1,\n  2]\n"],
    ["tabs", "a:\tb\n"],
    ["carriage returns", "a: b\r\n"],
    ["letters beyond ASCII", "a: é\n"],
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
