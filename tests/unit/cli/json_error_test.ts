import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonErrorOffset } from "../../../src/cli/json_error.ts";

/** JSON up to `|`, where it goes wrong. */
const WRONG = [
  "|",
  "|}",
  "|x",
  "1 |2",
  "[1 |2]",
  "[1,|]",
  '{"a":1,|}',
  '{"a" |1}',
  "{|1:2}",
  "{|'a':1}",
  '[|"a',
  '[|"a\nb"]',
  "[|01]",
  "[|1.]",
  "|nul",
  "[1|}",
  '{"a":|}',
  "[|NaN]",
  '{"a":1} |{',
];

for (const marked of WRONG) {
  test(`the place is found: ${JSON.stringify(marked)}`, () => {
    const text = marked.replace("|", "");
    assert.throws(() => JSON.parse(text));
    assert.equal(jsonErrorOffset(text), marked.indexOf("|"));
  });
}

test("a string that is cut off goes wrong no earlier than what could still be JSON", () => {
  fc.assert(fc.property(fc.json(), fc.nat(), (json, cut) => {
    const text = json.slice(0, cut % (json.length + 1));
    const at = jsonErrorOffset(text);
    assert.ok(at <= text.length);
    // All before the place can be continued; only an unfinished token follows it.
    assert.ok(/^\s*("|-|\d|[a-z]|$)/.test(text.slice(at)), JSON.stringify([text, at]));
  }));
});
