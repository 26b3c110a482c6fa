import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkInputSchema, checkSchema } from "../../../src/schema/check/schema_check.ts";
import { loadPatterns } from "../../../src/schema/patterns.ts";
import { loadSchemaCompiler } from "../../../src/schema/schema.ts";
import { isSimpleInput, simpleSize } from "../../../src/schema/simple_schema.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { parse } from "../load/yaml/texts.ts";

const SIMPLE = [
  {},
  { type: "object", properties: { a: { type: "string" }, b: true }, required: ["a"] },
  { type: ["string", "null"], title: "A", description: "${{ a }}", default: null },
  { type: "array", items: { enum: [1, "a", null] }, minItems: 1, uniqueItems: true },
  { anyOf: [{ const: 1 }, { not: { type: "number", minimum: 0.5 } }] },
  { $defs: { a: {} }, properties: { b: { type: "string", format: "uuid", maxLength: 3 } } },
  { type: "object", additionalProperties: { type: "integer" }, deprecated: true },
];

describe("simple schemas have no mistakes, and compile", () => {
  for (const schema of SIMPLE) {
    test(JSON.stringify(schema), async () => {
      assert(simpleSize(schema) > 0);
      assert.deepEqual(checkSchema(schema), []);
      assert.deepEqual(checkInputSchema(schema), []);
      (await loadSchemaCompiler()).compile(schema);
    });
  }

  test("in the definitions of the built-in modules", async () => {
    await loadPatterns();
    let simple = 0;
    const visit = (node: unknown) => {
      if (typeof node !== "object" || node === null) return;
      if (simpleSize(node) > 0 && "type" in node) {
        simple++;
        assert.deepEqual(checkSchema(node), []);
      }
      Object.values(node).forEach(visit);
    };
    for (const text of Object.values(embedded.files)) {
      for (const { value } of parse(text).documents) visit(value);
    }
    assert(simple > 50, `only ${simple} are simple`);
  });
});

test("the number of nodes counts every key and item", () => {
  assert.equal(simpleSize({}), 1);
  assert.equal(simpleSize({ type: "string", enum: ["a", "b"] }), 5);
  assert.equal(simpleSize({ type: ["string"], required: ["a"], properties: { a: {} } }), 7);
  assert.equal(simpleSize({ anyOf: [true, { items: {} }] }), 5);
});

test("maps from property to schema or type are simple as inputs", () => {
  assert(isSimpleInput({ name: "string", size: { type: "integer" } }));
  assert(isSimpleInput({ type: "object" }));
  assert(!isSimpleInput({ name: "text" }));
  assert(!isSimpleInput("string"));
  assert.equal(simpleSize({ name: "string" }), 0);
});

describe("left to the complete checks", () => {
  const self: Record<string, unknown> = { type: "object" };
  self["properties"] = { self };
  const schemas: readonly [what: string, schema: unknown][] = [
    ["a string", "string"],
    ["a boolean", true],
    ["null", null],
    ["a list", []],
    ["references", { $ref: "#" }],
    ["references further down", { properties: { a: { $ref: "Data.Type.A" } } }],
    ["patterns", { pattern: "a" }],
    ["another draft", { $schema: "http://json-schema.org/draft-07/schema#" }],
    ["an unknown keyword", { tpye: "string" }],
    ["an unknown type", { type: "text" }],
    ["a type that is duplicated", { type: ["string", "string"] }],
    ["an unknown format", { format: "emial" }],
    ["a name that is duplicated", { required: ["a", "a"] }],
    ["a value that is a map", { default: { $ref: "A.b" } }],
    ["a value of an enum that is a map", { enum: [{ $ref: "A.b" }] }],
    ["no values", { enum: [] }],
    ["a number below 0", { minLength: -1 }],
    ["a number that is not finite", { minimum: Infinity }],
    ["a list of items", { items: [{}] }],
    ["a mistake further down", { allOf: [{ properties: { a: { title: 1 } } }] }],
    ["a schema that contains itself", self],
    ["a large schema", { enum: new Array(20_000).fill(0) }],
  ];
  for (const [what, schema] of schemas) {
    test(what, () => assert.equal(simpleSize(schema), 0));
  }
});
