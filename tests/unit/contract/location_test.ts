import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveLocation } from "../../../src/contract/location.ts";

test("a path is relative to the file that names it, whatever characters it has", () => {
  const at = (place: string) => resolveLocation(place, "file:///app/runtime.yaml");
  assert.equal(at("./a.yaml"), "file:///app/a.yaml");
  assert.equal(at("../b/c.yaml"), "file:///b/c.yaml");
  assert.equal(at("/abs.yaml"), "file:///abs.yaml");
  assert.equal(at("a #1?.yaml"), "file:///app/a%20%231%3F.yaml");
  assert.equal(at("100%.yaml"), "file:///app/100%25.yaml");
  assert.equal(at("file:///x%20y.yaml"), "file:///x%20y.yaml");
  assert.equal(resolveLocation("./x.ts", "digly:/http/module.yaml"), "digly:/http/x.ts");
});
