import assert from "node:assert/strict";
import { test } from "node:test";
import { coverOf, parsePattern } from "../../../src/contract/path_pattern.ts";
import { bothSets, PatternSet, patternSetOf } from "../../../src/contract/pattern_set.ts";
import type { Path } from "../../../src/contract/resource.ts";

/** Whether a walk of the set ends at a path. */
function endsAt(set: PatternSet | undefined, path: Path): boolean {
  let at = set;
  for (const step of path) at = at?.next(step);
  return at?.isEnd ?? false;
}

const PATTERNS = [
  "a",
  "a.b",
  "steps.*.inputs",
  "steps.**.inputs",
  "**.x.*.y",
  "*",
  "list.0",
  "**.*",
];
const PATHS: readonly Path[] = [
  [],
  ["a"],
  ["a", "b"],
  ["a", "c"],
  ["steps", 0, "inputs"],
  ["steps", "inputs"],
  ["steps", 0, "catch", 1, "inputs"],
  ["steps", 0, "catch", 1, "inputs", "inputs"],
  ["steps", "*", "inputs"],
  ["x", 0, "y"],
  ["z", "x", "x", "y"],
  ["x", "x", "y"],
  ["list", 0],
  ["list", "0"],
  ["list", 1],
];

test("a walk of a set ends where one of its patterns leads", () => {
  const leads = (pattern: string, path: Path) =>
    coverOf(parsePattern(pattern), path)?.length === path.length;
  for (const one of PATTERNS) {
    for (const other of PATTERNS) {
      const set = patternSetOf([one, other]);
      const sum = bothSets(patternSetOf([one]), patternSetOf([other]));
      for (const path of PATHS) {
        const expected = leads(one, path) || leads(other, path);
        const what = `${one} and ${other} at ${path.join(".")}`;
        assert.equal(endsAt(set, path), expected, what);
        assert.equal(endsAt(sum, path), expected, what);
        // What follows a step is kept, and the same the second time.
        assert.equal(endsAt(set, path), expected, what);
      }
    }
  }
});

test("keys that no pattern names share what follows them", () => {
  const set = patternSetOf(["steps.*.inputs"])?.next("steps");
  assert.ok(set !== undefined);
  assert.equal(set.next(0), set.next("anything"));
  assert.equal(set.next(0)?.next("else"), undefined);
  const deep = patternSetOf(["**.inputs"]);
  assert.equal(deep?.next("a"), deep);
  assert.equal(patternSetOf([]), undefined);
});
