import assert from "node:assert/strict";
import { test } from "node:test";
import { misfits } from "../../../src/cel/check/fit.ts";
import type { Type } from "../../../src/cel/types.ts";
import { typeOfSchema } from "../../../src/load/types/schema_type.ts";

const INPUT = {
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: { type: "string" },
    age: { type: "integer", default: 1 },
    address: { type: "object", properties: { city: { type: "string" } } },
  },
};

/** Says what is wrong with a value of the first schema where one of the second is expected. */
function fit(value: unknown, expected: unknown = INPUT): string[] {
  return misfits(
    typeOfSchema(value, { side: "read" }),
    typeOfSchema(expected, { side: "written" }),
  ).map(({ path, problem, help }) => [path.join("."), problem, help].filter(Boolean).join(" | "));
}

const map = (properties: Record<string, unknown>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

test("A value that may fit has no misfits", () => {
  assert.deepEqual(fit(map({ name: { type: "string" } })), []);
  assert.deepEqual(fit(map({ name: {}, age: { type: "number" } })), []);
  assert.deepEqual(fit(map({ name: { type: ["string", "null"] } })), []);
  assert.deepEqual(fit({ type: "object" }), []);
  assert.deepEqual(fit({}), []);
  assert.deepEqual(fit({ type: "integer" }, { type: "number" }), []);
  assert.deepEqual(fit({ type: "string" }, {}), []);
  assert.deepEqual(fit({ type: "object", properties: { name: { type: "string" } } }), []);
});

test("A misspelt field is one mistake", () => {
  assert.deepEqual(fit(map({ nam: { type: "string" } })), [
    'nam | is not expected | Did you mean "name"?',
  ]);
});

test("A field that is missing or not expected is named, at any depth", () => {
  assert.deepEqual(fit(map({})), [`must have "name" | Add \`name\`, a string`]);
  assert.deepEqual(fit(map({ name: { type: "string" }, other: {} })), [
    "other | is not expected | Expected: name, age, address",
  ]);
  assert.deepEqual(
    fit(map({ name: { type: "integer" }, address: map({ city: { type: "boolean" } }) })),
    [
      "name | must be a string, and this is an integer",
      "address.city | must be a string, and this is a boolean",
    ],
  );
});

test("What has another type altogether is said once", () => {
  assert.deepEqual(fit({ type: "string" }), ["must be a map, and this is a string"]);
  assert.deepEqual(fit({ type: ["string", "null"] }, { type: "integer" }), [
    "must be an integer, and this is a string or null",
  ]);
});

test("Times and bytes are written as strings", () => {
  const expected = typeOfSchema({ type: "string" }, { side: "written" });
  for (const kind of ["timestamp", "duration", "bytes"] as const) {
    const type: Type = { kind };
    assert.deepEqual(misfits(type, expected), []);
  }
});

test("An optional fits if its value does", () => {
  const optional = (kind: "string" | "int"): Type => ({ kind: "optional", value: { kind } });
  const expected = typeOfSchema({ type: "string" }, { side: "written" });
  assert.deepEqual(misfits(optional("string"), expected), []);
  assert.equal(misfits(optional("int"), expected).length, 1);
});
