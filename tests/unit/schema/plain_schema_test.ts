/** That a schema which is recognised as valid is valid for the library as well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { DEFAULT_LIMITS } from "../../../src/contract/limits.ts";
import { patternProblem } from "../../../src/schema/patterns.ts";
import { isCertainlyValid, loadSchemaCompiler } from "../../../src/schema/schema.ts";
import { isPlainSchema } from "../../../src/schema/plain_schema.ts";

const VALUES: readonly unknown[] = [
  true,
  false,
  null,
  0,
  1,
  -1,
  1.5,
  Infinity,
  "",
  "string",
  "text",
  "date",
  "(",
  "^a{1,2}$",
  "(?i)a",
  "a\\Z",
  "#",
  "#/$defs/a",
  "a b",
  [],
  {},
  ["string"],
  ["string", "string"],
  ["string", "null"],
  ["text"],
  [1],
  [{}],
  [{ type: "text" }],
  [{ type: "string" }, true],
  [[]],
  { a: {} },
  { a: true },
  { a: 1 },
  { a: { type: "object", properties: { b: { minimum: "1" } } } },
  { type: "array", items: { type: "string", maxLength: 3 } },
  { required: ["a", "a"] },
];

const KEYWORDS =
  ("type required enum const default examples multipleOf pattern $ref title description format " +
    "uniqueItems readOnly writeOnly deprecated minimum maximum exclusiveMinimum exclusiveMaximum " +
    "minLength maxLength minItems maxItems minProperties maxProperties items additionalProperties not " +
    "contains allOf anyOf oneOf properties $defs $schema $id $anchor patternProperties if").split(
      " ",
    );

const ajv = new Ajv2020({ strict: false, logger: false });
(addFormats as unknown as (ajv: unknown) => void)(ajv);

test("no schema is recognised that the library rejects", () => {
  let recognised = 0;
  for (const keyword of KEYWORDS) {
    for (const value of VALUES) {
      for (const schema of [{ [keyword]: value }, { properties: { a: { [keyword]: value } } }]) {
        if (!isPlainSchema(schema)) continue;
        recognised++;
        assert.ok(ajv.validateSchema(schema), JSON.stringify(schema));
      }
    }
  }
  assert.ok(recognised > 200);
});

test("compiling a schema finds nothing if it is certain to compile", async () => {
  const compiler = await loadSchemaCompiler();
  for (const value of VALUES) if (typeof value === "string") patternProblem(value);
  let certain = 0;
  for (const keyword of KEYWORDS) {
    for (const value of VALUES) {
      const schema = { properties: { a: { [keyword]: value } } };
      if (!isCertainlyValid(schema)) continue;
      certain++;
      assert.doesNotThrow(() => compiler.compile(schema), JSON.stringify(schema));
    }
  }
  assert.ok(certain > 100);
  assert.ok(!isCertainlyValid({ properties: { a: { $ref: "#" } } }));
  assert.ok(!isCertainlyValid({ type: "string", pattern: "(?=a)" }));
  assert.throws(() => isCertainlyValid({ enum: [1, 2, 3] }, { ...DEFAULT_LIMITS, schemaNodes: 2 }));
});

test("a typical schema is recognised, and one with keywords of other drafts is left to the library", () => {
  assert.ok(isPlainSchema({
    type: "object",
    required: ["name"],
    properties: { name: { type: "string", minLength: 1 }, age: { $ref: "#/$defs/age" } },
    additionalProperties: false,
    $defs: { age: { type: "integer", minimum: 0 } },
  }));
  assert.ok(!isPlainSchema({ $schema: "http://json-schema.org/draft-07/schema#" }));
  assert.ok(!isPlainSchema({ type: "string", nullable: true }));
});
