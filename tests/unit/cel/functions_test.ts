import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FUNCTIONS } from "../../../src/cel/declarations.ts";
import { implementedKeys } from "../../../src/cel/functions/functions.ts";
import { METHOD_MACROS } from "../../../src/cel/macros.ts";
import { functionNames, methodNames } from "../../../src/cel/signatures.ts";

test("every declared function is implemented, and nothing else", () => {
  const declared = FUNCTIONS.map((declaration) =>
    declaration.slice(0, declaration.lastIndexOf("): ") + 1)
  );
  assert.deepEqual(implementedKeys().sort(), declared.sort());
});

test("docs/cel.md names every function", () => {
  const page = readFileSync(new URL("../../../docs/cel.md", import.meta.url), "utf8");
  const names = [...functionNames(), ...methodNames(), ...METHOD_MACROS];
  assert.deepEqual(names.filter((name) => !new RegExp(`\`${name}[\`(]`).test(page)), []);
});
