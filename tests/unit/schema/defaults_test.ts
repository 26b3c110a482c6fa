import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../../src/contract/resource.ts";
import { compileDefaults } from "../../../src/schema/defaults.ts";

function fill(schema: Value, value: Value): Value {
  return compileDefaults(schema)?.(value) ?? value;
}

test("defaults are filled in at every depth that is there", () => {
  const schema = {
    properties: {
      port: { default: 8080 },
      tls: { properties: { version: { default: "1.3" } } },
      routes: { items: { properties: { method: { default: "GET" } } } },
    },
  };
  assert.deepEqual(fill(schema, { tls: {}, routes: [{}, { method: "PUT" }] }), {
    port: 8080,
    tls: { version: "1.3" },
    routes: [{ method: "GET" }, { method: "PUT" }],
  });
  assert.deepEqual(fill(schema, { port: 1 }), { port: 1 });
});

test("a default that is an object is filled in itself", () => {
  const schema = { properties: { tls: { default: {}, properties: { version: { default: 1 } } } } };
  assert.deepEqual(fill(schema, {}), { tls: { version: 1 } });
});

test("what is written stays, also null and false", () => {
  const schema = { properties: { a: { default: 1 }, b: { default: true } } };
  const value = { a: null, b: false };
  assert.equal(fill(schema, value), value);
});

test("allOf and references within the schema count", () => {
  const schema = {
    allOf: [{ properties: { a: { default: 1 } } }],
    properties: { b: { $ref: "#/$defs/b" } },
    $defs: { b: { properties: { c: { default: 2 } } } },
  };
  assert.deepEqual(fill(schema, { b: {} }), { a: 1, b: { c: 2 } });
});

test("a schema that contains itself ends", () => {
  const schema = {
    $ref: "#/$defs/node",
    $defs: { node: { properties: { next: { $ref: "#/$defs/node" }, v: { default: 1 } } } },
  };
  assert.deepEqual(fill(schema, { next: {} }), { next: {}, v: 1 });
});

test("the input is never changed, and comes back when nothing is missing", () => {
  const schema = { properties: { a: { default: 1 } } };
  const value = Object.freeze({ a: 2 });
  assert.equal(fill(schema, value), value);
  assert.deepEqual(fill(schema, Object.freeze({})), { a: 1 });
  assert.equal(compileDefaults({ type: "object" }), undefined);
});
