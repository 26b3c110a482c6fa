import assert from "node:assert/strict";
import { test } from "node:test";
import { DiglyError, fail, isDiglyError, messageOf } from "../../../src/contract/errors.ts";

test("an error says its problem, or what its details represent", () => {
  const invalid = fail("ERR_MANIFEST_INVALID", { problem: "The file is empty" });
  assert.equal(invalid.message, "The file is empty");
  const missing = fail("ERR_RESOURCE_NOT_FOUND", { urn: "A.b" }, { help: "Look again" });
  assert.equal(missing.message, "No resource is named A.b");
  assert.deepEqual([missing.code, missing.help, missing.related, missing.origin], [
    "ERR_RESOURCE_NOT_FOUND",
    "Look again",
    [],
    undefined,
  ]);
});

test("a cause is kept where there is one", () => {
  const cause = new Error("inner");
  assert.equal(fail("ERR_ABORTED", { problem: "x" }, { cause }).cause, cause);
  assert.ok(!("cause" in fail("ERR_ABORTED", { problem: "x" })));
});

test("an error is distinguished from any other, also across copies of the package", () => {
  assert.ok(isDiglyError(new DiglyError("ERR_ABORTED", "x", { problem: "x" }, {})));
  assert.ok(isDiglyError({ [Symbol.for("digly.error")]: true }));
  for (const other of [new Error("x"), "x", null, undefined, {}]) assert.ok(!isDiglyError(other));
});

test("anything thrown has a message", () => {
  assert.equal(messageOf(new TypeError("wrong")), "wrong");
  assert.equal(messageOf(new TypeError("")), "TypeError");
  assert.equal(messageOf("text"), "text");
  assert.match(messageOf(null), /null/);
  assert.match(messageOf({ a: 1 }), /object/);
});
