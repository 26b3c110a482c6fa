import assert from "node:assert/strict";
import { test } from "node:test";
import { compileReadyFields } from "../../../src/schema/ready_fields.ts";

const READY = { type: "string", "digly:ready": true };

test("finds fields that are named, listed, of patterns and of schemas that refer to themselves", () => {
  const find = compileReadyFields({
    properties: {
      server: READY,
      list: { prefixItems: [READY, {}], items: { properties: { to: READY } } },
      steps: { items: { $ref: "#/$defs/step" } },
      map: { additionalProperties: READY },
    },
    patternProperties: { "^x-": { anyOf: [{ type: "integer" }, READY] } },
    $defs: { step: { properties: { use: READY, steps: { items: { $ref: "#/$defs/step" } } } } },
  });
  const fields = {
    "x-a": "A.a",
    server: "A.b",
    other: "A.c",
    list: ["A.d", "A.e", { to: "A.f" }, { to: "A.g", from: "A.h" }],
    steps: [{ steps: [{ use: "A.i" }] }, { use: { kind: "A", name: "j" } }],
    map: { one: "A.k", two: 1, constructor: "A.l" },
  };
  const expected = [
    "x-a",
    "server",
    "other",
    "list.0",
    "list.2.to",
    "list.3.to",
    "steps.0.steps.0.use",
    "steps.1.use",
    "map.one",
    "map.constructor",
  ];
  // What was learnt of the first resource applies to the next.
  for (let times = 0; times < 2; times++) {
    assert.deepEqual(find?.(fields).map(({ path }) => path.join(".")), expected);
  }
  assert.deepEqual(find?.({ server: 1, list: "A.a" }), []);
});

test("a schema without such a field has nothing to find", () => {
  assert.equal(compileReadyFields({ properties: { a: {} } }), undefined);
});

test("a schema whose reference is broken has no such field there", () => {
  const properties = { a: { $ref: "#/%zz" }, b: READY };
  const find = compileReadyFields({ properties });
  assert.deepEqual(find?.({ a: { b: "A.a" }, b: "A.b" }).map(({ path }) => path), [["b"]]);
});
