import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestFileName } from "../../../src/diagnostics/nearest_file.ts";

const names = [
  "greeting.yaml",
  "greeting.test.yaml",
  "main.ts",
  "quote.wasm",
  "greetings",
  "README.md",
];

for (
  const [written, suggested] of [
    ["greting.yaml", "greeting.yaml"],
    ["greeting.yml", "greeting.yaml"],
    ["greeting.ymal", "greeting.yaml"],
    ["greeting", "greeting.yaml"],
    ["gretings", "greetings"],
    ["main.js", "main.ts"],
    ["mian.mts", "main.ts"],
    ["qoute.wasm", "quote.wasm"],
    ["quote.wsam", "quote.wasm"],
    // A manifest or a program is not what was meant.
    ["greeting.wasm", undefined],
    ["greeting.ts", undefined],
    ["main.yaml", undefined],
    ["main.wasm", undefined],
    ["quote.js", undefined],
    ["other.yaml", undefined],
  ] as const
) {
  test(`${written}: ${suggested ?? "nothing"} is suggested`, () => {
    assert.equal(nearestFileName(written, names), suggested);
  });
}
