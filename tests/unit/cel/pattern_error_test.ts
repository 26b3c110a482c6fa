/** What is said about a pattern of `matches` that is not a regular expression. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { patternError } from "../../../src/cel/regex/matches.ts";

const PREFIX = "matches() got a string that is not a regular expression of RE2: ";

test("the mistake in a pattern is named, with its place and what to do", () => {
  for (
    const [pattern, problem, help] of [
      ["(", "character 1 begins a group that is not closed", /^Add a \)/],
      ["ab(c(d)", "character 3 begins a group that is not closed", /^Add a \)/],
      ["😀(", "character 2 begins a group that is not closed", /^Add a \)/],
      ["a)b", "character 2 closes a group that was not opened", /^Add a \(/],
      ["[a", "character 1 begins a class that is not closed", /^Add a \]/],
      ["x[]", "character 2 begins a class that is not closed", /^Add a \]/],
      ["[a-", "character 1 begins a class that is not closed", /^Add a \]/],
      ["x[z-a]", "character 3 begins a range whose end comes first", /smaller character/],
      ["[[:vowel:]]", "character 2 begins an unknown class", /\[:alpha:\]/],
      ["*a", "character 1 repeats nothing", /\[\*\]/],
      ["a|+", "character 3 repeats nothing", /\[\*\]/],
      ["{2}", "character 1 repeats nothing", /\[\*\]/],
      ["a**", "character 3 repeats a repetition", /\(\?:a\*\)\+/],
      ["a{3,1}", "character 2 begins a repetition whose maximum comes first", /\{1,3\}/],
      ["a(?=b)", "character 2 is a look-around, which RE2 does not have", /second condition/],
      ["(?<!a)b", "character 1 is a look-around, which RE2 does not have", /second condition/],
      ["(?>a)", "character 1 begins a group of an unknown kind", /\(\?:…\)/],
      ["(a)\\1", "character 4 is a back-reference, which RE2 does not have", /^Compare/],
      ["a\\y", "character 2 begins an unknown escape", /backslash/],
      ["a\\", "character 2 is a backslash with nothing after it", /\\\\/],
      ["[\\", "character 2 is a backslash with nothing after it", /\\\\/],
      ["\\x{110000}", "character 1 is beyond the last character of Unicode", /10FFFF/],
      ["a\\p{Klingon}", "character 2 begins an unknown class of Unicode", /Greek/],
      ["[\\p]", "character 2 begins an unknown class of Unicode", /Greek/],
    ] as const
  ) {
    const error = patternError(pattern);
    assert.equal(error?.problem, PREFIX + problem, pattern);
    assert.match(error.details.help ?? "", help, pattern);
  }
});

test("what the help of a pattern recommends is a regular expression", () => {
  for (
    const pattern of ["[(]", "[)]", "\\[", "[*]", "\\\\", "(?:a*)+", "[[:alpha:]]", "\\x{10FFFF}"]
  ) {
    assert.equal(patternError(pattern), undefined, pattern);
  }
});
