import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../compile/compiling.ts";

test("what is true passes and leaves nothing", () => {
  const value = { $let: { n: 5 }, $assert: ["n > 1", "${n < 9}", true], x: 1 };
  assert.deepEqual(check(value).values, [{ x: 1 }]);
});

test("what is false is an error with the message, interpolated", () => {
  const { errors } = check({ $let: { n: 5 }, $assert: "n > 9", $msg: "n is only ${n}" });
  assert.equal(errors[0]!.code, "ERR_ASSERTION_FAILED");
  assert.equal(errors[0]!.message, "n is only 5");
  assert.equal(errors[0]!.origin!.path, "$.$assert");
});

test("without a message the expression is shown", () => {
  assert.deepEqual(check({ $assert: ["true", "1 > 2", "2 > 3"] }).problems, [
    ["Assertion failed: 1 > 2", "$.$assert[1]"],
    ["Assertion failed: 2 > 3", "$.$assert[2]"],
  ]);
});

test("each must give a boolean", () => {
  assert.deepEqual(check({ $assert: "5" }).problems, [
    ['"$assert" must evaluate to a boolean, not an integer', "$.$assert"],
  ]);
});

test("the message is not evaluated where nothing failed", () => {
  assert.deepEqual(check({ $assert: "true", $msg: "${nope}" }).problems, []);
});

test("inside $do it is checked in every turn", () => {
  const $do = { $assert: "x < 2", $msg: "${x} is too much", v: "${x}" };
  assert.deepEqual(check([{ $for: "x in range(4)", $do }]).problems.map(([text]) => text), [
    "2 is too much",
    "3 is too much",
  ]);
});
