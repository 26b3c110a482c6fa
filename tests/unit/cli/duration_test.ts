import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "../../../src/cli/duration.ts";
import { isDiglyError } from "../../../src/contract/errors.ts";

test("a duration is in milliseconds, seconds or minutes; plain numbers are seconds", () => {
  const texts = ["500ms", "30s", "2m", "15", "0", "1.5s"];
  assert.deepEqual(texts.map(parseDuration), [500, 30_000, 120_000, 15_000, 0, 1_500]);
});

test("anything else is a usage error that quotes it", () => {
  for (const text of ["", "s", "-1s", "1 s", "1w", "30sec", "1e3", "Infinity", "40000m"]) {
    assert.throws(
      () => parseDuration(text),
      (error) =>
        isDiglyError(error) && error.code === "ERR_USAGE" && error.message.includes(`"${text}"`),
    );
  }
});
