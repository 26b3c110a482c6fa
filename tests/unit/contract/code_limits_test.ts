import assert from "node:assert/strict";
import { test } from "node:test";
import {
  codeLimit,
  type CodeLimitName,
  DEFAULT_CODE_LIMITS,
  formatCodeLimit,
  readCodeLimits,
} from "../../../src/contract/code_limits.ts";

const WRITTEN: readonly [CodeLimitName, unknown, number | "refused"][] = [
  ["memory", "64MiB", 64 * 1024 * 1024],
  ["memory", 65536, 65536],
  ["memory", "4GiB", 2 ** 32],
  ["memory", "1KiB", "refused"],
  ["memory", "5GiB", "refused"],
  ["memory", "much", "refused"],
  ["memory", "-64MiB", "refused"],
  ["time", "1s", 1_000],
  ["time", "250ms", 250],
  ["time", 2, 2_000],
  ["time", "0s", "refused"],
  ["time", 1e12, "refused"],
  ["time", "soon", "refused"],
  ["fuel", 1e9, 1e9],
  ["fuel", "1e9", 1e9],
  ["fuel", "500", 500],
  ["fuel", 0, "refused"],
  ["fuel", -1, "refused"],
  ["fuel", "1e99", "refused"],
  ["fuel", "all", "refused"],
  ["fuel", true, "refused"],
  ["fuel", null, "refused"],
  ["fuel", ["1"], "refused"],
];

for (const [name, written, expected] of WRITTEN) {
  test(`${name}: ${JSON.stringify(written)} is ${expected}`, () => {
    const limit = codeLimit(name, written);
    if (expected !== "refused") assert.deepEqual(limit, { value: expected });
    else {
      assert("problem" in limit);
      assert.match(limit.problem, new RegExp(`^The limit \`${name}\` cannot be `));
      assert.match(limit.help, /^Write a /);
    }
  });
}

test("limits that are not written have their defaults", () => {
  assert.deepEqual(readCodeLimits(undefined), DEFAULT_CODE_LIMITS);
  assert.deepEqual(readCodeLimits({ fuel: "1e6" }), { ...DEFAULT_CODE_LIMITS, fuel: 1e6 });
  const wrong = readCodeLimits({ time: "long" });
  assert("problem" in wrong && wrong.name === "time");
});

test("a limit is shown as it is written", () => {
  for (
    const [name, text] of [["memory", "64MiB"], ["time", "1s"], ["time", "250ms"], [
      "fuel",
      "1e9",
    ], ["memory", "100B"]] as const
  ) {
    const limit = codeLimit(name, text);
    assert.equal(formatCodeLimit(name, "value" in limit ? limit.value : 100), text);
  }
});
