/** Help for numbers, durations and sizes that are not written as they should be. */
import assert from "node:assert/strict";
import { test } from "node:test";
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
  assert.equal(SIZE, "must be a size such as 64KiB or 1.5MiB, or a number of bytes");
  for (const text of ["5 megs", "1k", "2 gigabytes", "9 bytes"]) {
    const help = notationHelp(text, SIZE)!.replace("Write ", "");
    assert.match(help, new RegExp(SIZE_PATTERN));
    assert.notEqual(sizeBytes(help), undefined);
  }
});

test("the built-in kinds have the pattern of sizes", () => {
  assert.ok(JSON.stringify(embedded).split("[KMG]i?B").length > 5);
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
