import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldSchema } from "../../../src/schema/field_schema.ts";

const STEPS = {
  properties: { steps: { $ref: "#/$defs/steps", description: "The steps." } },
  $defs: {
    steps: { type: "array", items: { $ref: "#/$defs/step" } },
    step: {
      type: "object",
      properties: {
        inputs: { description: "Anything." },
        timeout: { type: "integer" },
        catch: { $ref: "#/$defs/steps", description: "More steps." },
      },
    },
  },
};

test("a reference with a description leads on, so that a field is checked alone", () => {
  assert.deepEqual(fieldSchema(STEPS, ["steps", 0, "inputs"]), { kind: "any" });
  assert.deepEqual(fieldSchema(STEPS, ["steps", 0, "catch", 1, "inputs"]), { kind: "any" });
  const timeout = fieldSchema(STEPS, ["steps", 0, "timeout"]);
  assert.deepEqual(timeout, { kind: "part", schema: { type: "integer" } });
});

test("a reference beside restrictions needs the whole", () => {
  const schema = {
    properties: { a: { $ref: "#/$defs/any", minProperties: 1 } },
    $defs: { any: {} },
  };
  assert.deepEqual(fieldSchema(schema, ["a", "b"]), { kind: "whole" });
});

test("keywords about the resource that a map names need the whole only for its name", () => {
  const schema = {
    properties: {
      handler: {
        type: ["string", "object"],
        format: "digly-urn",
        diglyUrn: true,
        "digly:kind": "Shop.Job",
        properties: { name: { type: "string" }, inputs: { description: "Anything." } },
      },
    },
  };
  assert.deepEqual(fieldSchema(schema, ["handler", "inputs"]), { kind: "any" });
  assert.deepEqual(fieldSchema(schema, ["handler", "inputs", "name"]), { kind: "any" });
  assert.deepEqual(fieldSchema(schema, ["handler", "name"]), { kind: "whole" });
  assert.deepEqual(fieldSchema(schema, ["handler"]).kind, "part");
});
