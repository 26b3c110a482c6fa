/** Patterns match what RE2 says, however they are matched, and never take long. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { Context } from "../../src/cel/context.ts";
import { Automaton } from "../../src/cel/regex/automaton.ts";
import { nativeOf } from "../../src/cel/regex/native.ts";
import { parsePattern } from "../../src/cel/regex/pattern.ts";
import { PatternError } from "../../src/cel/regex/pattern_error.ts";

const piece = fc.constantFrom(
  ..."abé😀.^$()[]|*+?-\n".split(""),
  ..."\\d \\D \\s \\S \\w \\W \\b \\B \\A \\z \\pL \\x41 \\n \\Qa.\\E (?i) (?: (?i: (?s) (?m)"
    .split(" "),
  ..."[a-c] [^b] [[:alpha:]_] [\\d-] {2} {1,3} {2,} *? +? (a|b) (ab)* [^\\n] \\p{Greek}".split(" "),
);

/** Texts of pieces: most are patterns, and some are not. */
const pattern = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));

/** Patterns that are well formed, and have many loops. */
const looping = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom("a", "b", "[ab]", ".", "c", "[^a]"),
    fc.tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{0,3}"))
      .map(([body, repeat]) => `(?:${body})${repeat}`),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
    tie("pattern").map((body) => `^${body}$`),
  ),
})).pattern;

const text = fc.array(fc.constantFrom(..."aabbcABZ 1_é😀αk\n-.".split("")), { maxLength: 12 })
  .map((chars) => chars.join(""));

function official(source: string, subject: string): boolean | undefined {
  try {
    return RE2JS.compile(source).matcher(subject).find();
  } catch {
    return undefined;
  }
}

test("every pattern matches what RE2 says", () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.oneof(pattern, looping), text, (source, subject) => {
      const expected = official(source, subject);
      let parsed;
      try {
        parsed = parsePattern(source);
      } catch (error) {
        assert.ok(error instanceof PatternError);
        assert.equal(expected, undefined, `${JSON.stringify(source)} is a pattern`);
        return;
      }
      if (expected === undefined) return assert.fail(`${JSON.stringify(source)} is not a pattern`);
      compared++;
      assert.equal(
        new Automaton(parsed).test(subject, new Context([])),
        expected,
        JSON.stringify([source, subject]),
      );
      const native = nativeOf(parsed);
      if (native !== undefined) {
        assert.equal(native.test(subject), expected, `native ${JSON.stringify([source, subject])}`);
      }
    }),
    { numRuns: 4_000 },
  );
  assert.ok(compared > 1_000, `only ${compared} were patterns`);
});

/** The CPU time of this process, which does not depend on what else the machine does. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

test("no pattern that runs natively goes back far", () => {
  let native = 0;
  fc.assert(
    fc.property(looping, fc.constantFrom("a", "b", "ab", "aab", "c"), (source, unit) => {
      const matcher = nativeOf(parsePattern(source));
      if (matcher === undefined) return;
      native++;
      const subject = unit.repeat(20_000 / unit.length) + "!";
      const start = cpuMs();
      matcher.lastIndex = 0;
      matcher.test(subject);
      // Linear time is below a millisecond, quadratic time above a second.
      assert.ok(cpuMs() - start < 500, source);
    }),
    { numRuns: 1_500 },
  );
  assert.ok(native > 100, `only ${native} ran natively`);
});

test("patterns that are known to explode are left to the automaton", () => {
  for (
    const source of [
      "^(a+)+$",
      "^(a|a)*$",
      "^(a|aa)+$",
      "(.*)*x",
      "a*a*a*b",
      "^(.*?,){11}P",
      "([a-zA-Z]+)*$",
      "(x+x+)+y",
      "a+b",
      "^\\s+|\\s+$",
    ]
  ) {
    const parsed = parsePattern(source);
    assert.equal(nativeOf(parsed), undefined, source);
    const start = cpuMs();
    new Automaton(parsed).test("a".repeat(20_000) + "!", new Context([]));
    assert.ok(cpuMs() - start < 2_000, source);
  }
});

test("what people write most runs natively", () => {
  for (
    const source of [
      "^v[0-9]+$",
      "^[a-z][a-z0-9-]*$",
      "^[^@]+@[^@.]+\\.[a-z]+$",
      "^/api/",
      "\\.json$",
      "(?i)^bearer ",
      "^\\d{4}-\\d\\d-\\d\\d$",
      "foo",
      "[0-9]+",
    ]
  ) {
    assert.ok(nativeOf(parsePattern(source)), source);
  }
});
