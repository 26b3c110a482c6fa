import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { formatManifest, isManifest } from "../../../src/format/format_manifest.ts";

const root = new URL("../../../", import.meta.url);

const format = (text: string) => formatManifest("file:///app/a.yaml", text);

/** What is written, and what it becomes. */
const rows: Readonly<Record<string, readonly [before: string, after: string]>> = {
  "indentation": [
    "a:\n      b:\n          c: 1\n      d: 2\n",
    "a:\n  b:\n    c: 1\n  d: 2\n",
  ],
  "lists are indented below their keys": [
    "a:\n- 1\n-   b: 2\n    c: 3\n-\n  - x\n",
    "a:\n  - 1\n  - b: 2\n    c: 3\n  -\n    - x\n",
  ],
  "spaces": [
    "a:   {b:1,   c : [ 1,2 ,3 ],d: {} , e: [ ]}   \nf :  x\n",
    "a: { b:1, c: [1, 2, 3], d: {}, e: [] }\nf: x\n",
  ],
  "flow collections over several lines": [
    "a: {\n b: 1,\n        c: [\n  1,\n 2 ]\n }\n",
    "a: {\n    b: 1,\n    c: [\n      1,\n      2]\n  }\n",
  ],
  "empty lines and documents": [
    "\n\n\na: 1\n\n\n\nb: 2\n\n---\n\nc: 3\n---   \nd: 4\n\n\n",
    "a: 1\n\nb: 2\n---\nc: 3\n---\nd: 4\n",
  ],
  "line ends": ["a: 1\r\nb:\r\n    - 2\r\n", "a: 1\nb:\n  - 2\n"],
  "comments": [
    "# first\na:     # the a\n    # about b\n    b: 1    #about 1\n    # the end of a\n# about c\nc:\n- 1\n  # after one\n- 2\n# the end\n",
    "# first\na: # the a\n  # about b\n  b: 1 #about 1\n  # the end of a\n# about c\nc:\n  - 1\n  # after one\n  - 2\n# the end\n",
  ],
  "block scalars keep what they contain": [
    "a: |\n      x\n        y\n\n      z\n\n\nb: >-\n  one\n  two\n\nc: |+\n    k\n\n\nd: |2\n    two spaces before\n",
    "a: |\n  x\n    y\n\n  z\n\nb: >-\n  one\n  two\n\nc: |+\n  k\n\n\nd: |2\n    two spaces before\n",
  ],
  "scalars over several lines": [
    'a: one\n     two\n\n     three\nb: "x\n   y \\\n   z"\n',
    'a: one\n  two\n\n  three\nb: "x\n  y \\\n  z"\n',
  ],
  "anchors, aliases, tags and merge keys": [
    'a: &x   {b: 1}\nc:   *x\nd:\n    <<:  *x\ne: !raw   "${x}"\nf:  &y   g\n*y :  1\n',
    'a: &x { b: 1 }\nc: *x\nd:\n  <<: *x\ne: !raw "${x}"\nf: &y g\n*y : 1\n',
  ],
  "expressions": [
    "a: ${ x +   1 }\nb:   \"${{ {'a':   1} }}\"\n$if:  a  ==  b\n",
    "a: ${ x +   1 }\nb: \"${{ {'a':   1} }}\"\n$if: a  ==  b\n",
  ],
  "nothing but comments": ["\n# a\n\n\n# b\n", "# a\n\n# b\n"],
  "an empty file": ["\n\n", ""],
};

describe("formatting", () => {
  for (const [title, [before, after]] of Object.entries(rows)) {
    test(title, () => {
      assert.equal(format(before), after);
      assert.equal(format(after), after, "formatted text stays as it is");
    });
  }

  test("an error of the syntax is the one that loading reports", () => {
    assert.throws(() => format("a: [1, 2\nb: 3\n"), { code: "ERR_MANIFEST_INVALID" });
  });
});

test("every manifest of the project keeps its meaning, and formatting is idempotent", () => {
  const paths = execFileSync("git", ["ls-files", "*.yaml"], { cwd: root, encoding: "utf8" })
    .trim().split("\n");
  const embedded = execFileSync("git", ["ls-files", "docs/*.md"], { cwd: root, encoding: "utf8" })
    .trim().split("\n").flatMap((path) =>
      Array.from(
        readFileSync(new URL(path, root), "utf8").matchAll(/^```yaml\n([^]*?)^```$/gm),
        ([, text]) => text!,
      )
    );
  const texts = [...paths.map((path) => readFileSync(new URL(path, root), "utf8")), ...embedded];
  let formatted = 0;
  for (const text of texts) {
    let once: string;
    try {
      // It throws if the values or the comments differ.
      once = format(text);
    } catch (error) {
      assert.doesNotMatch(String(error), /without changing/, text);
      continue; // Examples of mistakes are no valid YAML.
    }
    formatted++;
    assert.equal(format(once), once);
  }
  assert.ok(formatted > 150, String(formatted));
});

test("manifests are distinguished from other YAML", () => {
  const yes = ["kind: A.B\nmetadata: { name: a }\n", "# x\n$for: i in [1]\n$do: 1\n"];
  const no = ["services:\n  web: {}\n", "apiVersion: v1\nkind: Pod\nmetadata: {}\n"];
  for (const text of yes) assert.ok(isManifest("file:///a.yaml", text));
  for (const text of no) assert.ok(!isManifest("file:///a.yaml", text));
  assert.ok(isManifest("file:///x/runtime.yaml", "name: A\n"));
});
