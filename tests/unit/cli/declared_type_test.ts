import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDeclaredType } from "../../../src/cli/kinds/declared_type.ts";

const CASES:
  readonly (readonly [title: string, declaration: unknown, words: string | undefined])[] = [
    ["nothing", null, undefined],
    ["any value", true, "any"],
    ["a JSON Schema", { type: ["string", "null"] }, "string | null"],
    [
      "a map, with what is required",
      {
        type: "object",
        required: ["path"],
        properties: { path: { type: "string" }, lines: { type: "array", items: {} } },
      },
      "`{ path: string, lines?: list of any }`",
    ],
    ["choices", { enum: ["file", 1] }, '"file" | 1'],
    ["a field that contains the schema", { $field: "inputSchema" }, "described by `inputSchema`"],
    [
      "one of several fields",
      { $field: ["schema.query", "query"] },
      "described by `schema.query` or `query`",
    ],
    ["another resource", { $outputOf: "execute" }, "the result of the resource in `execute`"],
    [
      "a type that depends on a field",
      { $case: "returns", of: { many: { type: "array", items: { type: "object" } } } },
      "list of object with `returns: many`",
    ],
    [
      "a type for resources without the field",
      { $field: "outputSchema", $else: { type: "integer" } },
      "described by `outputSchema`; without that field, integer",
    ],
  ];

for (const [title, declaration, words] of CASES) {
  test(`the words for ${title}`, () => assert.equal(describeDeclaredType(declaration), words));
}
