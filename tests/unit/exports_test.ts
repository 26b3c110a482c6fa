import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { documentedExports } from "./documented.ts";

const snapshot = fileURLToPath(new URL("exports.txt", import.meta.url));

test("mod.ts exports what the snapshot lists, types included", () => {
  const names = documentedExports("mod.ts").map(({ name, kind }) => `${name} (${kind})`);
  const text = [...new Set(names)].sort().join("\n") + "\n";
  if (process.env["UPDATE_SNAPSHOTS"]) writeFileSync(snapshot, text);
  assert.equal(text, readFileSync(snapshot, "utf8"), "UPDATE_SNAPSHOTS=1 npm test -- exports");
});

test("every export of digly/module and digly/testing has a description and an example", () => {
  const missing = ["src/contract/author.ts", "testing.ts"].flatMap(documentedExports)
    .filter(({ hasDescription, examples }) => !hasDescription || examples.length === 0);
  assert.deepEqual(missing.map(({ name }) => name), [], "add an @example to the comment");
});
