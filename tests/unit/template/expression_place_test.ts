/** Where expressions of a block scalar are in its source. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOfPart } from "../../../src/template/expr/expression_error.ts";

/** The places of each `expression` in the value of the scalar that begins in the first line. */
function places(lines: readonly string[], value: string, expression: string): string[] {
  const column = lines[0]!.search(/[|>]/) + 1;
  const origin = {
    file: "/app/runtime.yaml",
    line: 7,
    column,
    length: 1,
    path: "$.text",
    excerpt: { firstLine: 7, lines },
  };
  const found: string[] = [];
  for (const { index } of value.matchAll(new RegExp(expression, "g"))) {
    const part = { expression, offset: index, start: 0, end: expression.length };
    const place = placeOfPart(origin, part);
    found.push(`${place?.line}:${place?.column}`);
  }
  return found;
}

test("equal expressions of a literal block scalar have places of their own", () => {
  assert.deepEqual(
    places(
      ["text: |", "  SET stock = ${{ input.n }}", "", "    WHERE ${{ input.n }} > ${{ input.n }}"],
      "SET stock = ${{ input.n }}\n\n  WHERE ${{ input.n }} > ${{ input.n }}\n",
      "input.n",
    ),
    ["8:19", "10:15", "10:32"],
  );
});

test("equal expressions of a folded block scalar have places of their own", () => {
  assert.deepEqual(
    places(
      ["text: >-", "  a ${{ x.y }}", "  b ${{ x.y }}", "", "  c ${{ x.y }}"],
      "a ${{ x.y }} b ${{ x.y }}\nc ${{ x.y }}",
      "x.y",
    ),
    ["8:9", "9:9", "11:9"],
  );
});
