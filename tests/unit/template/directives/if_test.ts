import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../compile/compiling.ts";

const compiled = (value: unknown) => {
  const { values, problems } = check(value, { context: { env: {}, n: 5 } });
  assert.deepEqual(problems, []);
  return values;
};

test("the condition is an expression, with or without ${ }, or a boolean", () => {
  for (const condition of ["n == 5", "${n == 5}", " n == 5 ", true]) {
    assert.deepEqual(compiled({ a: { $if: condition, $then: "y", $else: "n" } }), [{ a: "y" }]);
  }
  assert.deepEqual(compiled({ a: { $if: "n == 6", $then: "y", $else: "n" } }), [{ a: "n" }]);
});

test("a result that is not a boolean is an error", () => {
  const problem = '"$if" must evaluate to a boolean, not an integer';
  assert.deepEqual(check({ a: { $if: "1", $then: 2 } }).problems, [[problem, "$.a.$if"]]);
  assert.deepEqual(check({ a: { $if: 1, $then: 2 } }).problems, [
    ['"$if" must be a condition, not an integer', "$.a.$if"],
  ]);
  assert.deepEqual(check({ a: { $if: "x${true}", $then: 2 } }).problems.length, 1);
});

test("only the branch taken is evaluated", () => {
  assert.deepEqual(compiled({ a: { $if: true, $then: 1, $else: "${nope}" } }), [{ a: 1 }]);
});

test("the branch replaces the mapping, whatever it is", () => {
  assert.deepEqual(
    compiled({ a: { $if: true, $then: [1, "${n}"] }, b: { $if: true, $then: null } }),
    [
      { a: [1, 5], b: null },
    ],
  );
});

test("with other keys beside it the branch is merged over them", () => {
  assert.deepEqual(
    compiled({ a: 1, b: "${n}", $if: true, $then: { b: "won", c: 3 } }),
    [{ a: 1, b: "won", c: 3 }],
  );
  assert.deepEqual(compiled({ a: 1, $if: false, $then: { a: 2 } }), [{ a: 1 }]);
  assert.deepEqual(check({ a: 1, $if: true, $then: [1] }).problems, [[
    '"$then" must be a mapping when the mapping of "$if" has other keys, not a list',
    "$.$then",
  ]]);
});

test("without a branch the key, the element, the document is left out", () => {
  assert.deepEqual(compiled({ a: { $if: false, $then: 1 }, b: 2 }), [{ b: 2 }]);
  assert.deepEqual(compiled([1, { $if: false, $then: 9 }, 2]), [[1, 2]]);
  assert.deepEqual(compiled({ $if: false, $then: { kind: "A" } }), []);
});

test("a branch of a list element may give several", () => {
  const loop = { $for: "x in range(2)", $do: "${x}" };
  assert.deepEqual(compiled([{ $if: true, $then: loop }, 9]), [[0, 1, 9]]);
});

test("branches nest", () => {
  const inner = { $if: "n > 9", $then: "big", $else: "small" };
  assert.deepEqual(compiled({ a: { $if: "n > 1", $then: inner } }), [{ a: "small" }]);
});

test("a condition that fails is one error", () => {
  assert.deepEqual(check({ a: { $if: "nope", $then: "${nope}", $else: 1 } }).problems, [
    ['Unknown variable "nope"', "$.a.$if"],
  ]);
});

test("a condition cannot wait", () => {
  const { problems } = check({ $let: { h: "${{ A.b.c }}" }, a: { $if: "h == 'x'", $then: 1 } });
  assert.deepEqual(problems, [['"$if" reads a value that is not known yet', "$.a.$if"]]);
});
