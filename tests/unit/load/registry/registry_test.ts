import assert from "node:assert/strict";
import { test } from "node:test";
import { createRegistry } from "../../../../src/load/registry/registry.ts";
import { collect, manifest } from "../../documents.ts";

function registry() {
  return createRegistry((url) => url.replace("file://", ""));
}

test("a resource is found by kind and name, and by its origin", () => {
  const resources = registry();
  const diagnostics = collect();
  resources.add(manifest("A.B", "one", { port: 1 }, "x.yaml"), undefined, diagnostics);
  resources.add(manifest("A.B", "two", {}, "y.yaml"), undefined, diagnostics);
  assert.deepEqual(diagnostics.errors, []);
  assert.equal(resources.get("A.B", "one")?.resource["port"], 1);
  assert.equal(resources.get("A.B", "three"), undefined);
  assert.equal(resources.byUri("file:///app/y.yaml#A.B.two")?.name, "two");
  assert.deepEqual(resources.bySource("/app/x.yaml").map(({ name }) => name), ["one"]);
  assert.deepEqual(resources.byDepth(0).map(({ name }) => name), ["one", "two"]);
  assert.deepEqual(resources.byDepth(1), []);
});

test("the runtime's metadata is added to the user's", () => {
  const resources = registry();
  const made = manifest("A.B", "one");
  const { value } = made;
  (value as Record<string, never>)["metadata"] = { name: "one", team: "shop" } as never;
  const entry = resources.add(made, undefined, collect());
  assert.deepEqual(entry?.resource.metadata, {
    name: "one",
    team: "shop",
    uri: "file:///app/app.yaml#A.B.one",
    generationDepth: 0,
  });
});

test("two resources of one kind and name are one error with both places", () => {
  const resources = registry();
  const diagnostics = collect();
  resources.add(manifest("A.B", "one", {}, "x.yaml"), undefined, diagnostics);
  resources.add(manifest("A.B", "one", {}, "y.yaml"), undefined, diagnostics);
  resources.add(manifest("A.C", "one", {}, "y.yaml"), undefined, diagnostics);
  const [error, ...more] = diagnostics.errors;
  assert.equal(more.length, 0);
  assert.equal(error?.code, "ERR_DUPLICATE_RESOURCE");
  assert.equal(error.origin?.file, "/app/y.yaml");
  assert.equal(error.related[0]?.origin.file, "/app/x.yaml");
});
