import assert from "node:assert/strict";
import { test } from "node:test";
import {
  coverOf,
  covers,
  fillStars,
  formatPattern,
  leadsTo,
  matchesOf,
  parsePattern,
  restOf,
} from "../../../src/contract/path_pattern.ts";

const AT_ANY_DEPTH = parsePattern("steps.**.inputs");

test("a pattern covers what it leads to and everything below", () => {
  const pattern = parsePattern("steps.*.inputs");
  assert.deepEqual(coverOf(pattern, ["steps", 3, "inputs", "a"]), {
    stars: [[3]],
    length: 3,
    rest: [],
  });
  assert.ok(!covers(pattern, ["steps", 3]));
  assert.ok(!covers(pattern, ["steps", "inputs"]));
  assert.ok(covers(parsePattern(""), []));
  assert.ok(leadsTo(pattern, ["steps", 3, "inputs"]));
  assert.ok(!leadsTo(pattern, ["steps", 3, "inputs", "a"]));
});

test("`**` is any number of steps, up to the first field with the name after it", () => {
  assert.deepEqual(coverOf(AT_ANY_DEPTH, ["steps", 0, "catch", 1, "inputs", "inputs"])?.stars, [
    [0, "catch", 1],
  ]);
  assert.deepEqual(coverOf(AT_ANY_DEPTH, ["steps", "inputs"])?.stars, [[]]);
  assert.ok(!covers(AT_ANY_DEPTH, ["steps", 0, "catch"]));
  assert.ok(covers(parsePattern("**.a.*.b"), ["x", "a", 0, "b"]));
  assert.ok(!covers(parsePattern("**.a.*.b"), ["a", "a", 0, "b"]));
});

test("what remains of a pattern below a path", () => {
  assert.deepEqual(restOf(AT_ANY_DEPTH, ["steps", 0, "catch"]), ["**", "inputs"]);
  assert.deepEqual(restOf(AT_ANY_DEPTH, ["steps", 0, "inputs", "a"]), []);
  assert.equal(restOf(AT_ANY_DEPTH, ["other"]), undefined);
});

test("a pattern finds nodes, and fills the stars of another one", () => {
  const value = {
    steps: [
      { run: "a", inputs: { inputs: 1 } },
      { catch: [{ run: "b", inputs: 2 }] },
      { cases: { x: { inputs: 3 } } },
    ],
  };
  const found = matchesOf(value, AT_ANY_DEPTH);
  assert.deepEqual(found.map(({ path }) => path.join(".")), [
    "steps.0.inputs",
    "steps.1.catch.0.inputs",
    "steps.2.cases.x.inputs",
  ]);
  assert.deepEqual(found.map(({ value }) => value), [{ inputs: 1 }, 2, 3]);
  assert.deepEqual(fillStars("steps.**.run", found[1]!.stars), ["steps", 1, "catch", 0, "run"]);
  assert.deepEqual(matchesOf(value, parsePattern("steps.0.inputs.inputs")), [
    { value: 1, path: ["steps", 0, "inputs", "inputs"], stars: [] },
  ]);
  assert.deepEqual(matchesOf(value, parsePattern("steps.0.inputs.outputs")), []);
  assert.deepEqual(matchesOf(value, []), [{ value, path: [], stars: [] }]);
});

test("a pattern is written with the indexes of a resource in it", () => {
  assert.equal(formatPattern(["steps", "*", "inputs"]), "steps.*.inputs");
  assert.equal(formatPattern(["steps", "0", "**", "inputs"]), "steps[0].**.inputs");
  assert.equal(formatPattern(["*", 1]), "*[1]");
  assert.equal(formatPattern([]), "");
});
