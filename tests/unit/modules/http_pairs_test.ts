import assert from "node:assert/strict";
import { test } from "node:test";
import { readPairs } from "../../../src/modules/http/pairs.ts";

const lists = new Set(["b"]);

/** The same with the library for every text. */
function byLibrary(text: string): Record<string, unknown> {
  return readPairs([...new URLSearchParams(`?${text}`)], lists);
}

test("queries are read as the URL standard says, encoded or not", () => {
  const parts = ["a", "b", "=", "&", "?", "%41", "%", "+", "1", "__proto__", "é", "~", "/", ","];
  let state = 1;
  const random = () => state = state * 48_271 % 2_147_483_647;
  for (let round = 0; round < 5_000; round++) {
    const text = Array.from({ length: random() % 9 }, () => parts[random() % parts.length]).join(
      "",
    );
    assert.deepEqual(readPairs(text, lists), byLibrary(text), text);
  }
  for (let code = 0; code < 0x100; code++) {
    const text = `a=${String.fromCharCode(code)}&b`;
    assert.deepEqual(readPairs(text, lists), byLibrary(text), text);
  }
});

test("a question mark at the start belongs to the first name", () => {
  assert.deepEqual(readPairs("?a=1", lists), { "?a": "1" });
});
