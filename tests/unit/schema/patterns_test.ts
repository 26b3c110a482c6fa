import assert from "node:assert/strict";
import { test } from "node:test";
import { linearRegExp, loadPatterns } from "../../../src/schema/patterns.ts";

type Patterns = typeof import("../../../src/schema/patterns.ts");

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

test("a pattern that needs no library is one for all libraries", async () => {
  // A module of its own, since another test may have loaded the library.
  const url = new URL("../../../src/schema/patterns.ts?without-library", import.meta.url).href;
  const { patternProblem, loadPatternsFor, linearRegExp } = await import(url) as Patterns;
  const pieces = [
    ...["^", "$", "[", "]", "-", "{", "}", ",", "?", "*", "+", "(", ")", "|", "\\", ".", "/"],
    ...[
      "A-Z",
      "z-a",
      "[a-z0-9]",
      "[^\\s.-]",
      "\\d",
      "\\b",
      "{2}",
      "{3,1}",
      "{0}",
      "{2,}",
      "a",
      "1",
      " ",
    ],
  ];
  let seed = 1;
  const next = (count: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(seed / 65_536) % count;
  };
  const plain: string[] = [];
  for (let run = 0; run < 20_000; run++) {
    const length = 1 + next(6);
    const pattern = Array.from({ length }, () => pieces[next(pieces.length)]).join("");
    try {
      assert.equal(patternProblem(pattern), undefined);
      plain.push(pattern);
    } catch (error) {
      assert.match(String(error), /library of patterns is not loaded/);
    }
  }
  await loadPatternsFor([{ pattern: "^[A-Z]{2}-[0-9]+$" }]);
  assert.throws(() => patternProblem("a|b"), /not loaded/);
  await loadPatternsFor([{ items: { pattern: "a|b" } }]);
  assert.ok(plain.length > 1_000, String(plain.length));
  for (const pattern of plain) {
    assert.doesNotThrow(() => linearRegExp(pattern).test("a"), pattern);
    assert.doesNotThrow(() => new RegExp(pattern, "u"), pattern);
  }
});

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
