import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  DEFAULT_LIMITS,
  formatLimit,
  isLimitName,
  parseLimit,
  raiseLimit,
} from "../../../src/contract/limits.ts";
import { helpForLimitName } from "../../../src/diagnostics/limit_names.ts";

describe("the value of a limit", () => {
  test("is a positive whole number, written as one or as a string", () => {
    assert.deepEqual(parseLimit("templateDepth", 20), { value: 20 });
    assert.deepEqual(parseLimit("templateDepth", "20"), { value: 20 });
  });

  test("may have a unit where it is a size or a time", () => {
    assert.deepEqual(parseLimit("manifestBytes", "32MiB"), { value: 32 * 2 ** 20 });
    assert.deepEqual(parseLimit("manifestBytes", "1.5 kb"), { value: 1_500 });
    assert.deepEqual(parseLimit("remoteMs", "20s"), { value: 20_000 });
    assert.deepEqual(parseLimit("remoteMs", "250ms"), { value: 250 });
  });

  for (const written of [0, -1, 1.5, "", "many", "0", "1e3", "20s", NaN, true, null, [20], {}]) {
    test(`is not ${JSON.stringify(written)}`, () => {
      const parsed = parseLimit("templateDepth", written);
      assert.ok("problem" in parsed);
      assert.match(parsed.problem, /^The limit `templateDepth` cannot be /);
      assert.equal(parsed.help, "Write a positive whole number");
    });
  }

  test("is not higher than the stack of a runtime allows, or a timer can wait", () => {
    const parsed = parseLimit("nesting", 1_000_000);
    assert.equal(
      "problem" in parsed && parsed.problem,
      "The limit `nesting` cannot be more than 1000",
    );
    assert.ok("problem" in parseLimit("remoteMs", "99999m"));
  });
});

test("a name is a limit only if it is in the table", () => {
  assert.ok(isLimitName("nodes"));
  for (const name of ["__proto__", "constructor", "toString", ""]) assert.ok(!isLimitName(name));
  assert.equal(helpForLimitName("templatedepht"), 'Did you mean "templateDepth"?');
});

test("a help names both ways to raise a limit, with twice the value in effect", () => {
  assert.equal(
    raiseLimit("nesting", 128),
    "Raise the limit `nesting`: write `limits: { nesting: 256 }` in the runtime.yaml, or use " +
      "--limit nesting=256",
  );
  assert.equal(
    raiseLimit("manifestBytes", 16 * 1024 * 1024, "Split the file"),
    "Split the file, or raise the limit `manifestBytes`: write `limits: { manifestBytes: 32MiB }` " +
      "in the runtime.yaml, or use --limit manifestBytes=32MiB",
  );
  for (const name of Object.keys(DEFAULT_LIMITS).filter(isLimitName)) {
    const [, value] = /--limit \w+=(\S+)$/.exec(raiseLimit(name, DEFAULT_LIMITS[name]))!;
    const parsed = parseLimit(name, value);
    assert.ok("value" in parsed && parsed.value > DEFAULT_LIMITS[name], name);
    assert.deepEqual(parseLimit(name, formatLimit(name, DEFAULT_LIMITS[name])), {
      value: DEFAULT_LIMITS[name],
    });
  }
});
