import assert from "node:assert/strict";
import { test } from "node:test";
import { formatField, formatPath } from "../../../src/contract/field_path.ts";

test("a path is written as people read it", () => {
  assert.equal(formatPath([]), "$");
  assert.equal(formatPath(["routes", 2, "path"]), "$.routes[2].path");
  assert.equal(formatPath(["x-y", "$let", "_a1"]), "$.x-y.$let._a1");
  assert.equal(formatPath(["a b", "1", "", "ü", '"']), '$["a b"]["1"][""]["ü"]["\\""]');
});

test("the path of a field is written as authors write it", () => {
  assert.equal(formatField([]), "");
  assert.equal(formatField(["routes", 2, "path"]), "routes[2].path");
  assert.equal(formatField([0, "sku"]), "[0].sku");
  assert.equal(formatField(["response", "404", "a.b"]), 'response["404"]["a.b"]');
});
