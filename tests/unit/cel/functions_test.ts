import assert from "node:assert/strict";
import { test } from "node:test";
import { FUNCTIONS } from "../../../src/cel/declarations.ts";
import { implementedKeys } from "../../../src/cel/functions/functions.ts";

test("every declared function is implemented, and nothing else", () => {
  const declared = FUNCTIONS.map((declaration) =>
    declaration.slice(0, declaration.lastIndexOf("): ") + 1)
  );
  assert.deepEqual(implementedKeys().sort(), declared.sort());
});
