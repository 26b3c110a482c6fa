import assert from "node:assert/strict";
import { test } from "node:test";
import { formatType } from "../../../../src/cel/types.ts";
import { typeOfSchema } from "../../../../src/load/types/schema_type.ts";

const read = (schema: unknown) => formatType(typeOfSchema(schema, { side: "read" }));

/** Schemas and the type of the values that they accept. */
const SCHEMAS: readonly (readonly [schema: unknown, type: string])[] = [
  [true, "dyn"],
  [{}, "dyn"],
  [{ description: "Anything" }, "dyn"],
  [{ type: "string", minLength: 1 }, "string"],
  [{ type: "integer" }, "int"],
  [{ type: "number" }, "number"],
  [{ type: "boolean" }, "bool"],
  [{ type: "null" }, "null"],
  [{ type: ["string", "null"] }, "string | null"],
  [{ enum: ["a", "b"] }, "string"],
  [{ enum: ["a", 1, null] }, "string | int | null"],
  [{ const: 1.5 }, "double"],
  [{ type: "array", items: { type: "string" } }, "list<string>"],
  [{ type: "array", prefixItems: [{ type: "string" }] }, "list<dyn>"],
  [{ type: "array" }, "list<dyn>"],
  [{ type: "object" }, "map<string, dyn>"],
  [{ type: "object", additionalProperties: { type: "string" } }, "map<string, string>"],
  [{ type: "object", additionalProperties: false }, "{}"],
  [
    {
      type: "object",
      required: ["a"],
      properties: { a: { type: "string" }, b: { type: "integer" }, "x-y": {} },
    },
    '{a: string, b?: int, "x-y"?: dyn, …}',
  ],
  [
    { properties: { a: { type: "string", default: "" } }, additionalProperties: false },
    "{a: string}",
  ],
  [{ type: "object", required: ["a"] }, "{a: dyn, …}"],
  [
    { allOf: [{ properties: { a: { type: "string" } } }, { required: ["a"], type: "object" }] },
    "{a: string, …}",
  ],
  [
    { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
    "string | list<string>",
  ],
  [
    { type: "object", properties: { a: { type: "string" } }, oneOf: [{ required: ["a"] }, {}] },
    "{a?: string, …}",
  ],
  [{ $ref: "#/$defs/name", $defs: { name: { type: "string" } } }, "string"],
  [{ $ref: "https://example.com/schema.json" }, "dyn"],
  [
    { type: "object", properties: { children: { type: "array", items: { $ref: "#" } } } },
    "{children?: list<{children?: list<dyn>, …}>, …}",
  ],
];

for (const [schema, type] of SCHEMAS) {
  test(`${JSON.stringify(schema)} is ${type}`, () => assert.equal(read(schema), type));
}

test("A field with a default is always there when it is read, and need not be written", () => {
  const schema = {
    type: "object",
    required: ["a"],
    additionalProperties: false,
    properties: { a: { type: "string", default: "x" } },
  };
  assert.equal(read(schema), "{a: string}");
  assert.equal(formatType(typeOfSchema(schema, { side: "written" })), "{a?: string}");
});

test("A schema that grows with every reference is translated in bounded time", () => {
  const $defs: Record<string, unknown> = {};
  for (let index = 0; index < 200; index++) {
    const next = { $ref: `#/$defs/t${(index + 1) % 200}` };
    $defs[`t${index}`] = { type: "object", properties: { a: next, b: next, c: next } };
  }
  assert.match(read({ $ref: "#/$defs/t0", $defs }), /^\{a\?: /);
});
