import assert from "node:assert/strict";
import { test } from "node:test";
import type { Path } from "../../../../src/contract/resource.ts";
import { check } from "./compiling.ts";

function placesOf(value: unknown, ...paths: Path[]): string[] {
  const { documents, problems } = check(value);
  assert.deepEqual(problems, []);
  return paths.map((path) => documents[0]!.originAt(path).path);
}

test("what passes through keeps its place", () => {
  assert.deepEqual(
    placesOf({ a: [{ b: "${1}" }], c: 1 }, ["a", 0, "b"], ["c"], []),
    ["$.a[0].b", "$.c", "$"],
  );
});

test("elements of a list move with what was spliced in or left out", () => {
  const value = {
    a: [{ $if: false, $then: 1 }, { $for: "x in range(2)", $do: { v: "${x}" } }, "z"],
  };
  assert.deepEqual(
    placesOf(value, ["a", 0, "v"], ["a", 1, "v"], ["a", 2]),
    ["$.a[1].$do.v", "$.a[1].$do.v", "$.a[2]"],
  );
});

test("the place of a branch is under its key", () => {
  const value = { a: { $if: true, $then: { b: { c: 1 } } }, d: { $if: false, $then: 1, $else: 2 } };
  assert.deepEqual(
    placesOf(value, ["a", "b", "c"], ["d"]),
    ["$.a.$then.b.c", "$.d.$else"],
  );
});

test("the place of a merged key is where it came from", () => {
  const value = { a: { x: 1, $if: true, $then: { y: { z: 2 } } } };
  assert.deepEqual(placesOf(value, ["a", "x"], ["a", "y", "z"]), ["$.a.x", "$.a.$then.y.z"]);
  const loop = { a: { $for: "k in ['p', 'q']", $do: { "${k}": { v: 1 } }, own: 1 } };
  assert.deepEqual(
    placesOf(loop, ["a", "q", "v"], ["a", "own"]),
    ['$.a.$do["${k}"].v', "$.a.own"],
  );
});

test("the place of a computed key is the key as written", () => {
  assert.deepEqual(placesOf({ "${'a'}": { b: 1 } }, ["a", "b"]), ["$[\"${'a'}\"].b"]);
});

test("the place of a loop's documents is under $do", () => {
  const { documents } = check({ $for: "x in range(2)", $do: { kind: "A", v: "${x}" } });
  assert.deepEqual(documents.map((document) => document.originAt(["v"]).path), [
    "$.$do.v",
    "$.$do.v",
  ]);
});

test("the place of a key can be asked for", () => {
  const { documents } = check({ a: { $if: true, $then: { b: 1 } } });
  assert.equal(documents[0]!.originAt(["a", "b"], "key").path, "$.a.$then.b key");
});

test("the place of a path that does not exist keeps the path", () => {
  assert.deepEqual(placesOf({ a: "${1}" }, ["a", "x", 0], ["b"]), ["$.a.x[0]", "$.b"]);
});
