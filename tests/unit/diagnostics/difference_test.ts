import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceLines, showValue } from "../../../src/diagnostics/difference.ts";

test("each place at which values differ is a line", () => {
  assert.deepEqual(
    differenceLines(
      { total: 41, items: ["a", "b"], extra: true, same: { deep: 1 } },
      { total: 42, items: ["a", "c"], missing: null, same: { deep: 1 } },
    ),
    [
      ".total: 41, expected 42",
      '.items[1]: "b", expected "c"',
      ".missing: missing, expected null",
      ".extra: true, expected nothing",
    ],
  );
  assert.deepEqual(differenceLines(1, "1"), ['1, expected "1"']);
});

test("equal values have no difference, whatever the order of their keys", () => {
  assert.deepEqual(differenceLines({ a: [1, { b: 2 }], c: 3 }, { c: 3, a: [1, { b: 2 }] }), []);
  assert.deepEqual(differenceLines([1n, NaN], [1, NaN]), []);
});

test("an item more or less is one difference", () => {
  assert.deepEqual(differenceLines(["a", "b", "c", "d"], ["a", "c", "d"]), [
    '[1]: "b", expected nothing',
  ]);
  assert.deepEqual(differenceLines([1, 2], [1, 2, 3]), ["[2]: missing, expected 3"]);
});

test("a partial comparison ignores further keys of maps", () => {
  const actual = { event: "Placed", payload: { id: 1, at: "now" } };
  assert.deepEqual(differenceLines(actual, { payload: { id: 1 } }, { partial: true }), []);
  assert.deepEqual(differenceLines(actual, { payload: { id: 2 } }, { partial: true }), [
    ".payload.id: 1, expected 2",
  ]);
});

test("long values and many differences are cut", () => {
  assert.equal(showValue("x".repeat(1_000)).length, 201);
  const [line] = differenceLines("x".repeat(1_000) + "1", "x".repeat(1_000) + "2");
  assert.match(line!, /^…x+1", expected …x+2"$/);
  const lines = differenceLines(Array.from({ length: 100 }, () => 0), new Array(100).fill(1));
  assert.equal(lines.length, 21);
  assert.equal(lines.at(-1), "and 80 more differences");
});

test("values nested deeply are compared in a time that is not exponential", () => {
  const nested = (leaf: number) => {
    let value: unknown = leaf;
    for (let depth = 0; depth < 500; depth++) value = [value, depth];
    return value;
  };
  assert.equal(differenceLines(nested(1), nested(2)).length, 1);
});
