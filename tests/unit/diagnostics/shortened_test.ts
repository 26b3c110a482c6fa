import assert from "node:assert/strict";
import { test } from "node:test";
import { shortened } from "../../../src/diagnostics/shortened.ts";

test("a message that repeats little stays as it is", () => {
  const message = 'Unknown variable "nmae"\nIt may be one of: name, names';
  assert.equal(shortened(message), message);
  const path = `The file "/${"folder/".repeat(40)}" does not exist`;
  assert.equal(shortened(path), path);
});

test("a long word is cut in the middle, so that what surrounds it is still said", () => {
  const text = shortened(`Unknown variable "${"x".repeat(100_000)}": declare it`);
  assert.equal(text, `Unknown variable "${"x".repeat(199)}…${"x".repeat(18)}": declare it`);
});

test("a character of two code units is not cut in half", () => {
  const text = shortened(`"${"😀".repeat(5_000)}" is not a valid kind`);
  assert.match(text, /^"😀{199}…😀{19}" is not a valid kind$/u);
});

test("a long text with spaces is cut, and the end of the message kept", () => {
  const text = shortened(`"${"some words ".repeat(20_000)}" is not a valid time`);
  assert.ok(text.length < 8_000);
  assert.match(text, /^"some words .* … .*some words " is not a valid time$/);
});
