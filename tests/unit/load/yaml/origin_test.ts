import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Path } from "../../../../src/contract/resource.ts";
import type { Anchor } from "../../../../src/contract/source.ts";
import { originAtOffset, pathOf } from "../../../../src/diagnostics/origin.ts";
import { parse, source } from "./texts.ts";

const TEXT = `# A comment
kind: Http.Api
metadata:
  name: 'users'   # quoted
routes:
  - path: /v1/users
    methods: [GET, "POST"]
  - { path: /v1/orders, methods: [] }
  -
description: |
  Two lines
  of text
folded: >- # why not
  one
plain: begins here
  and goes on
empty:
? explicit
: value
tagged: !raw "\${x}"
`;

/** `line:column+length` of the node at `path`. */
function at(text: string, path: Path, anchor?: Anchor): string {
  const { documents, errors } = parse(text);
  if (errors.length > 0) throw errors[0];
  const { line, column, length } = documents.at(-1)!.originAt(path, anchor);
  return `${line}:${column}+${length}`;
}

describe("the place of a node", () => {
  const places: [path: Path, expected: string, anchor?: Anchor][] = [
    [[], "2:1+4"],
    [["kind"], "2:7+8"],
    [["kind"], "2:1+4", "key"],
    [["metadata"], "4:3+4"],
    [["metadata"], "3:1+8", "key"],
    [["metadata", "name"], "4:9+7"],
    [["routes"], "6:3+1"],
    [["routes", 0], "6:5+4"],
    [["routes", 0, "path"], "6:11+9"],
    [["routes", 0, "methods"], "7:14+1"],
    [["routes", 0, "methods", 0], "7:15+3"],
    [["routes", 0, "methods", 1], "7:20+6"],
    [["routes", 1], "8:5+1"],
    [["routes", 1, "path"], "8:13+10"],
    [["routes", 1, "methods"], "8:25+7", "key"],
    [["routes", 2], "9:3+1"],
    [["description"], "10:14+1"],
    [["folded"], "13:9+2"],
    [["plain"], "15:8+11"],
    [["empty"], "17:1+5"],
    [["explicit"], "19:3+5"],
    [["tagged"], "20:14+6"],
  ];
  for (const [path, expected, anchor] of places) {
    test(`${path.join(".") || "the root"} ${anchor ?? ""}`, () => {
      assert.equal(at(TEXT, path, anchor), expected);
    });
  }

  test("what is missing is shown at the nearest node above it", () => {
    assert.equal(at(TEXT, ["metadata", "labels", "x"]), "3:1+8");
    assert.equal(at(TEXT, ["routes", 7, "path"]), "5:1+6");
    assert.equal(at(TEXT, ["routes", 1, "handler"]), "8:5+1");
    assert.equal(at(TEXT, ["kind", "deeper"]), "2:1+4");
    assert.equal(at(TEXT, ["nothing"]), "2:1+4");
    assert.equal(
      parse(TEXT).documents[0]!.originAt(["routes", 7, "path"]).path,
      "$.routes[7].path",
    );
  });

  test("aliases and merges lead to where the node is written", () => {
    const text = "base: &b\n  x: 1\n  y: [2, 3]\na: *b\nc:\n  <<: [{z: 4}, *b]\n  x: 5\n";
    assert.equal(at(text, ["a"]), "4:4+2");
    assert.equal(at(text, ["a", "y", 1]), "3:10+1");
    assert.equal(at(text, ["c", "x"]), "7:6+1");
    assert.equal(at(text, ["c", "y", 0]), "3:7+1");
    assert.equal(at(text, ["c", "z"]), "6:12+1");
    assert.equal(at(text, ["c", "q"]), "5:1+1");
  });

  test("an alias means the anchor before it in its own document", () => {
    const text = "a: &x {k: 1}\n---\na: &x {k: 2}\nb: *x\nc: &x {k: 3}\n";
    assert.equal(at(text, ["b", "k"]), "3:11+1");
  });

  test("in each document by itself", () => {
    const text = "a: 1\n---\n# two\nb: 2\n...\n---\nc: 3\n";
    const lines = parse(text).documents.map((document) => document.originAt([]).line);
    assert.deepEqual(lines, [1, 4, 7]);
  });

  test("CRLF, lone CR, and characters beyond the basic plane", () => {
    assert.equal(at("a: 1\r\nb:\r\n  - 😀\r\n  - x\r\n", ["b", 1]), "4:5+1");
    assert.equal(at("a: |\r\n  x\r\nb: >-\r\n  y\r\n", ["b"]), "3:4+2");
    assert.equal(at("a: 1\rb: 2\r", ["b"]), "2:4+1");
    assert.equal(at("a: { 😀: x }", ["a", "😀"]), "1:10+1");
  });

  test("empty items and values in every position", () => {
    assert.equal(at("-\n-\n- x\n", [0]), "1:1+1");
    assert.equal(at("- a\n-\n", [1]), "2:1+1");
    assert.equal(at("- |\n  - a\n-\n", [1]), "3:1+1");
    assert.equal(at("-\n  - [a]\n  # - b\n  -\n", [0, 1]), "4:3+1");
    assert.equal(at("a:\nb: 1\n", ["a"]), "1:1+1");
    assert.equal(at("{a, b: }", ["b"]), "1:5+1");
  });
});

describe("an origin", () => {
  test("has the file, the path and the lines around it", () => {
    const origin = parse(TEXT).documents[0]!.originAt(["metadata", "name"]);
    assert.equal(origin.file, "/app/app.yaml");
    assert.equal(origin.path, "$.metadata.name");
    assert.equal(origin.excerpt?.firstLine, 2);
    assert.deepEqual(
      origin.excerpt.lines.slice(0, 4),
      ["kind: Http.Api", "metadata:", "  name: 'users'   # quoted", "routes:"],
    );
  });

  test("shows no lines beyond the file, and none of their breaks", () => {
    const text = source("one\r\ntwo");
    assert.deepEqual(originAtOffset(text, 5, 3, ["a"]), {
      file: "/app/app.yaml",
      line: 2,
      column: 1,
      length: 3,
      path: "$.a",
      excerpt: { firstLine: 1, lines: ["one", "two"] },
    });
  });

  test("stays on its line and inside the text", () => {
    const text = source("one\ntwo\n");
    assert.equal(originAtOffset(text, 1, 99).length, 2);
    const end = originAtOffset(text, 99, 5);
    assert.deepEqual([end.line, end.column, end.length], [3, 1, 0]);
    assert.equal(originAtOffset(source(""), 0, 0).line, 1);
  });
});

test("a file URL is shown as a path", () => {
  const paths: [url: string, path: string][] = [
    ["file:///app/runtime.yaml", "/app/runtime.yaml"],
    ["file:///app/a%20b%23%C3%A9.yaml", "/app/a b#é.yaml"],
    ["file:///app/100%.yaml", "/app/100%.yaml"],
    ["file:///C:/app/x.yaml", "C:/app/x.yaml"],
    ["file://server/share/x.yaml", "//server/share/x.yaml"],
    ["https://example.com/x.yaml", "https://example.com/x.yaml"],
    ["digly:/http/module.yaml", "digly:/http/module.yaml"],
  ];
  for (const [url, path] of paths) assert.equal(pathOf(url), path);
});
