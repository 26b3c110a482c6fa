import assert from "node:assert/strict";
import { test } from "node:test";
import { linearRegExp, loadPatterns } from "../../../src/schema/patterns.ts";

const PATTERNS = [
  ...["^[A-Z]{3}-[0-9]+$", "^[a-z][a-z0-9-]*$", "abc", "\\s", "^(?:a|b)+$", "^\\p{L}+$", "^$", ""],
  ...["^.$", "[^a]", "^[\\w.-]+$", "^a{2,3}b?$", "^/", "^\\u00e9$", "^[\\d\\s]+$", "^(a+)+$"],
  ...["\\bfoo\\b", "^\\d+(\\.\\d+)?(ms|s|m)?$", "x*$", "^\\S+@\\S+$"],
];
const TEXTS = [
  ...["", "ABC-1", "ABC-1\n", "ABC-", "12ms", "1.5s", "a", "abc", "xabcx", "a@b", "\u00a0", " "],
  ...["\u2028", "é", "É", "ab", "aab", "aaab", "foo", "a foo b", "/x", "\u{1f600}", "\ud83d"],
  ...["x\ny", "1 2", "٣", `${"a".repeat(30)}!`],
];

test("a pattern that is matched often matches the same as at first", async () => {
  await loadPatterns();
  for (const pattern of PATTERNS) {
    const first = TEXTS.map((text) => linearRegExp(pattern).test(text));
    const often = linearRegExp(pattern);
    for (let run = 0; run < 100; run++) often.test("");
    assert.deepEqual(TEXTS.map((text) => often.test(text)), first, pattern);
  }
});

test("a pattern stays linear however often it is matched", async () => {
  await loadPatterns();
  const pattern = linearRegExp("^(a|aa)+$");
  for (let run = 0; run < 100; run++) pattern.test("a");
  // A backtracking engine would need longer than the universe has.
  assert.equal(pattern.test(`${"a".repeat(200)}!`), false);
});
