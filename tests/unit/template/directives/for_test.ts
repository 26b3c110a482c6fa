import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../compile/compiling.ts";

const context = { env: {}, xs: ["a", "b"], map: { one: 1, two: 2 } };
const compiled = (value: unknown) => {
  const { values, problems } = check(value, { context });
  assert.deepEqual(problems, []);
  return values;
};
const problems = (value: unknown) => check(value, { context }).problems;

test("over a list: the element, or index first", () => {
  assert.deepEqual(compiled([{ $for: "x in xs", $do: "${x}" }]), [["a", "b"]]);
  assert.deepEqual(compiled([{ $for: "i, x in xs", $do: "${i}${x}" }]), [["0a", "1b"]]);
});

test("over a mapping: the key, or key and value, in the written order", () => {
  assert.deepEqual(compiled([{ $for: "k in map", $do: "${k}" }]), [["one", "two"]]);
  assert.deepEqual(compiled([{ $for: "k,v in map", $do: "${k}${v}" }]), [["one1", "two2"]]);
});

test("any expression may give the collection", () => {
  const collection = "xs.filter(x, x != 'a') + ['c']";
  assert.deepEqual(compiled([{ $for: `x in ${collection}`, $do: "${x}" }]), [["b", "c"]]);
  assert.deepEqual(compiled([{ $for: "x in range(2, 4)", $do: "${x}" }]), [[2, 3]]);
  assert.deepEqual(compiled([{ $for: "x in 1 in [1] ? xs : []", $do: "${x}" }]), [["a", "b"]]);
});

test("as a list element each result is an element; a left-out one adds nothing", () => {
  const $do = { $if: "x % 2 == 0", $then: "${x}" };
  assert.deepEqual(compiled([-1, { $for: "x in range(5)", $do }, 9]), [[-1, 0, 2, 4, 9]]);
});

test("a $do that is a $for is spliced, one that is a list stays a list", () => {
  const inner = { $for: "y in range(2)", $do: "${x}${y}" };
  assert.deepEqual(compiled([{ $for: "x in xs", $do: inner }]), [["a0", "a1", "b0", "b1"]]);
  assert.deepEqual(compiled([{ $for: "x in xs", $do: ["${x}"] }]), [[["a"], ["b"]]]);
});

test("as a mapping the results are merged, later over earlier, other keys over all", () => {
  assert.deepEqual(
    compiled({ a: { $for: "x in xs", $do: { "${x}": 1, last: "${x}", own: 0 }, own: 9 } }),
    [{ a: { a: 1, last: "b", own: 9, b: 1 } }],
  );
  assert.deepEqual(compiled({ a: { $for: "x in []", $do: { b: 1 } } }), [{ a: {} }]);
});

test("a result that is not a mapping is an error that says to write - $for", () => {
  const { errors } = check({ a: { $for: "x in xs", $do: "${x}" } }, { context });
  assert.equal(errors.length, 1);
  assert.equal(
    errors[0]!.message,
    '"$do" must evaluate to mappings inside a mapping, not a string',
  );
  assert.match(errors[0]!.help!, /"- \$for: …"/);
});

test("in a list other keys are merged over each result", () => {
  assert.deepEqual(
    compiled([{ $for: "x in xs", $do: { x: "${x}", own: 1 }, own: 2 }]),
    [[{ x: "a", own: 2 }, { x: "b", own: 2 }]],
  );
});

test("as a whole document each result is a document", () => {
  const $do = { kind: "A", metadata: { name: "${x}" } };
  assert.deepEqual(compiled({ $for: "x in xs", $do }), [
    { kind: "A", metadata: { name: "a" } },
    { kind: "A", metadata: { name: "b" } },
  ]);
  assert.deepEqual(compiled({ $for: "x in []", $do }), []);
});

test("a $let beside $for is evaluated once, one inside $do per turn", () => {
  assert.deepEqual(
    compiled([{
      $let: { n: "10" },
      $for: "x in range(2)",
      $do: { $let: { m: "n + x" }, v: "${m}" },
    }]),
    [[{ v: 10 }, { v: 11 }]],
  );
});

test("a collection that is null or a scalar is an error", () => {
  const of = (text: string) => problems([{ $for: `x in ${text}`, $do: 1 }]);
  const path = "$[0].$for";
  const problem = '"$for" requires a list or a map, but';
  assert.deepEqual(of("null"), [[`${problem} null is null`, path]]);
  assert.deepEqual(of("5"), [[`${problem} 5 is an integer`, path]]);
  assert.deepEqual(of("'abc'"), [[`${problem} 'abc' is a string`, path]]);
});

test("what cannot be read is an error that shows how to write it", () => {
  for (const text of ["x of xs", "x", "a, b, c in xs", ""]) {
    const { errors } = check([{ $for: text, $do: 1 }]);
    assert.equal(errors.length, 1);
    assert.equal(errors[0]!.help, 'Write "x in xs" or "i, x in xs"');
  }
  assert.deepEqual(problems([{ $for: 5, $do: 1 }]), [
    ['"$for" must be a string, not an integer', "$[0].$for"],
  ]);
});

test("names that the language needs are refused", () => {
  for (const name of ["cel", "__proto__", "for", "a-b"]) {
    assert.equal(problems([{ $for: `${name} in xs`, $do: 1 }]).length, 1);
  }
  assert.deepEqual(problems([{ $for: "x, x in xs", $do: 1 }]), [
    ['"$for" uses the name "x" for both variables', "$[0].$for"],
  ]);
});

test("when the collection fails the body is still checked", () => {
  assert.deepEqual(problems([{ $for: "x in nope", $do: ["${x.y}", "${nein}"] }]), [
    ['Unknown variable "nope"', "$[0].$for"],
    ['Unknown variable "nein"', "$[0].$do[1]"],
  ]);
});

test("an error in the collection shows its place in the text", () => {
  const { errors } = check([{ $for: "x in xss", $do: 1 }], { context });
  assert.equal(errors[0]!.message, 'Unknown variable "xss"\n  xss\n  ^^^');
  assert.equal(errors[0]!.help, 'Did you mean "xs"?');
});
