/** Validators that spend from a budget judge every value as those that the library generates. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { _ } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { addKeywords, AJV_OPTIONS, loadSchemaCompiler } from "../../src/schema/schema.ts";

const compiler = await loadSchemaCompiler();

const small = fc.integer({ min: 0, max: 3 });
const name = fc.constantFrom("a", "b", "c/d", "~e");
const ref = fc.constantFrom("#/$defs/a", "#/$defs/b", "#").map(($ref) => ({ $ref }));
const types = ["string", "integer", "number", "array", "object", "null", "boolean"];

const schema: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.boolean(),
    fc.record({ type: fc.subarray(types, { minLength: 1 }) }),
    fc.record({
      enum: fc.array(fc.oneof(small, fc.constant("a"), fc.constant([1])), { minLength: 1 }),
    }),
    fc.record({ minimum: small, maxLength: small }),
    ref,
    fc.record({
      properties: fc.dictionary(name, tie("schema"), { maxKeys: 2 }),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      additionalProperties: tie("schema"),
    }, { requiredKeys: [] }),
    fc.record({
      items: tie("schema"),
      uniqueItems: fc.boolean(),
      contains: tie("schema"),
      minItems: small,
      unevaluatedItems: tie("schema"),
    }, { requiredKeys: [] }),
    fc.record({
      patternProperties: fc.record({ "^a": tie("schema") }),
      propertyNames: tie("schema"),
      unevaluatedProperties: tie("schema"),
    }, { requiredKeys: [] }),
    fc.record({
      anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }),
      oneOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }),
      allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }),
      not: tie("schema"),
    }, { requiredKeys: [] }),
    fc.record({ if: tie("schema"), then: tie("schema"), else: tie("schema") }),
  ),
})).schema!;

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    small,
    fc.constantFrom("a", "abcd", null, true, 1.5),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3 }),
  ),
})).value!;

test("the budget changes no verdict", () => {
  let judged = 0;
  fc.assert(
    fc.property(schema, schema, schema, value, (root, a, b, input) => {
      const whole = { $id: "https://example.com/root", allOf: [root], $defs: { a, b } };
      const ajv = new Ajv2020({ ...AJV_OPTIONS, code: {} });
      addKeywords(ajv, _);
      let expected: boolean;
      try {
        expected = ajv.compile(whole)(input);
      } catch (error) {
        if (error instanceof RangeError) return; // a schema that leads to itself without end
        if (error instanceof ReferenceError) return; // a fault of the library with unevaluatedItems
        throw error;
      }
      judged++;
      assert.equal(compiler.compile(whole)(input).length === 0, expected);
    }),
    { numRuns: 100 },
  );
  assert.ok(judged > 30);
});
