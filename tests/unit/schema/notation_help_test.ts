/** Help for numbers, durations and sizes that are not written as they should be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DURATION_PATTERN, LONG_DURATION_PATTERN } from "../../../src/contract/duration.ts";
import { SIZE_PATTERN, sizeBytes } from "../../../src/contract/size.ts";
import { violationMessage } from "../../../src/diagnostics/violation_messages.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { notationHelp } from "../../../src/schema/notation_help.ts";
import { helpForViolation } from "../../../src/schema/violation_help.ts";

const DURATION = "must be a duration such as 500ms, 30s or 2m, or a number of seconds";
const LONG_DURATION = "must be a duration such as 500ms, 30s or 2h, or a number of seconds";
const SIZE = violationMessage({ keyword: "pattern", params: { pattern: SIZE_PATTERN } });

test("a duration or a size in other words is shown as it is written", () => {
  for (
    const [text, message, help] of [
      ["5 seconds", DURATION, "Write 5s"],
      ["1 min", DURATION, "Write 1m"],
      ["200 millis", DURATION, "Write 200ms"],
      ["1.5 hours", DURATION, "Write 90m"],
      ["2 hours", LONG_DURATION, "Write 2h"],
      ["soon", DURATION, undefined],
      ["5 megs", SIZE, "Write 5MiB"],
      ["1k", SIZE, "Write 1KiB"],
      ["ten", SIZE, undefined],
      ["1 day", "must match the pattern ^a$", undefined],
    ] as const
  ) {
    assert.equal(notationHelp(text, message), help, text);
  }
});

test("the help for a size is a size", () => {
  assert.equal(SIZE, "must be a size such as 64KiB or 1.5MiB, or a whole number of bytes");
  for (const text of ["5 megs", "1k", "2 gigabytes", "9 bytes", "1.5B"]) {
    const help = notationHelp(text, SIZE)!.replace("Write ", "");
    assert.match(help, new RegExp(SIZE_PATTERN));
    assert.notEqual(sizeBytes(help), undefined);
  }
});

test("the built-in kinds have the patterns of sizes and durations", () => {
  const texts = Object.values(embedded.files);
  const patterns = texts.flatMap((text) =>
    Array.from(
      text.matchAll(/^\s*pattern: (.*(?:\[KMG\]|\|B\)|ms\|).*)$/gm),
      ([, pattern]) => pattern,
    )
  );
  assert.ok(patterns.includes(SIZE_PATTERN));
  const shared = [SIZE_PATTERN, DURATION_PATTERN, LONG_DURATION_PATTERN];
  assert.deepEqual(patterns.filter((pattern) => !shared.includes(pattern!)), []);
});

test("a size is a whole number of bytes", () => {
  for (
    const [text, bytes] of [
      ["1", 1],
      ["12B", 12],
      ["12 B", 12],
      ["1.5KiB", 1536],
      ["0.5 MB", 500_000],
      ["1.5", undefined],
      ["1.5B", undefined],
      ["1.5 B", undefined],
      [".5KiB", undefined],
      ["1.KiB", undefined],
      ["-1", undefined],
      ["1KB2", undefined],
      ["", undefined],
    ] as const
  ) {
    assert.equal(sizeBytes(text), bytes, text);
    assert.equal(new RegExp(SIZE_PATTERN).test(text), bytes !== undefined, text);
  }
  assert.equal(notationHelp("1.5", SIZE), "Add a unit, such as 1.5KiB");
});

test("a string instead of a number has help", () => {
  const origin = { file: "/app/runtime.yaml", line: 1, column: 1, length: 1, path: "$.port" };
  const help = (value: string) =>
    helpForViolation(
      { path: ["port"], keyword: "type", expected: ["integer"], message: "must be an integer" },
      { port: value },
      origin,
    );
  assert.equal(help("80 80"), "Write only the number, such as port: 80");
  assert.equal(help("http"), undefined);
  assert.equal(help("8080"), "Write 8080 without quotes");
});
