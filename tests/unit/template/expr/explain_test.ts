import assert from "node:assert/strict";
import { test } from "node:test";
import { explanationLines } from "../../../../src/diagnostics/explanation.ts";
import { compileExpression } from "../../../../src/template/expr/program.ts";
import { explainExpression } from "../../../../src/template/expr/explain.ts";
import { rootScope } from "../../../../src/template/expr/scope.ts";

const SCOPE = {
  result: { total: 41, items: [{ price: 1 }, { price: 40 }], name: "Ada" },
  limit: 3,
};

function explain(text: string): string[] {
  return explanationLines(explainExpression(compileExpression(text), rootScope(SCOPE)));
}

test("the sides of a comparison, and what they are computed from, are listed", () => {
  assert.deepEqual(explain("result.total == 42"), ["result.total is 41"]);
  assert.deepEqual(explain("size(result.items) + 1 > limit * 2"), [
    "size(result.items) + 1 is 3",
    "size(result.items) is 2",
    'result.items is [{"price":1},{"price":40}]',
    "limit * 2 is 6",
    "limit is 3",
  ]);
  assert.deepEqual(explain('!result.name.startsWith("A")'), [
    'result.name.startsWith("A") is true',
    'result.name is "Ada"',
  ]);
});

test("what is skipped is not evaluated", () => {
  assert.deepEqual(explain("limit > 5 && result.missing == 1"), ["limit is 3"]);
  assert.deepEqual(explain("limit > 5 || result.total == 42"), [
    "limit is 3",
    "result.total is 41",
  ]);
  assert.deepEqual(explain("limit > 5 ? result.missing : result.name == 'Bob'"), [
    "limit is 3",
    'result.name is "Ada"',
  ]);
});

test("a part that fails says why", () => {
  assert.deepEqual(explain("result.missing == 1"), [
    'result.missing fails: result has no field "missing"',
    'result is {"total":41,"items":[{"price":1},{"price":40}],"name":"Ada"}',
  ]);
});

test("of an `all`, the first element that does not fit is shown; bodies of other macros are left out", () => {
  assert.deepEqual(explain("result.items.all(item, item.price < limit)"), [
    'result.items is [{"price":1},{"price":40}]',
    'item is {"price":40}',
    "item.price is 40",
    "limit is 3",
    "result.items.all(item, item.price < limit) is false",
  ]);
});

test("lists and maps that are not equal are compared", () => {
  assert.deepEqual(explain("result.items == [{'price': 1}, {'price': 4}]"), [
    'result.items is [{"price":1},{"price":40}]',
    "difference:",
    "  [1].price: 40, expected 4",
  ]);
});

test("the text of every part is a whole expression", () => {
  for (
    const text of [
      "(1 + limit) * (2 + limit) == -(limit)",
      "[limit, 2][0] == {'a': limit}['a'] && 'x' in {'x': 1}",
      "result.items[0].price in [limit] || has(result.name)",
      "cel.bind(x, limit + 1, x * 2) == 3",
      "optional.of(limit).optMap(v, v + 1).orValue(0) == 1",
    ]
  ) {
    for (const line of explain(text)) assert.doesNotMatch(line, /fails/, text);
  }
});
