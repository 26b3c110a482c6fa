import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValidatorOptions } from "../../../src/contract/validator.ts";
import { scanResourceTime } from "../../../src/template/deferred/deferred.ts";
import { withUrns } from "../../../src/contract/known_urns.ts";
import { loadSchemaCompiler } from "../../../src/schema/schema.ts";
import { loadEngine } from "../../../src/template/expr/engine.ts";

await loadEngine();

const compiler = await loadSchemaCompiler();

/** `path message` of every violation. */
function violations(schema: unknown, value: unknown, options?: ValidatorOptions): string[] {
  return compiler.compile(schema, options)(value).map(({ path, message }) =>
    `${path.join(".")} ${message}`
  );
}

test("every violation is a sentence with its path, without the value", () => {
  const schema = {
    type: "object",
    required: ["id"],
    additionalProperties: false,
    properties: {
      id: { type: "integer" },
      port: { type: "integer", minimum: 1, maximum: 65535 },
      mode: { enum: ["on", "off"] },
      tags: { type: "array", items: { type: "string" }, uniqueItems: true, maxItems: 2 },
      mail: { type: "string", format: "email" },
      code: { type: "string", pattern: "^[A-Z]+$", minLength: 1 },
    },
  };
  assert.deepEqual(
    violations(schema, {
      port: 0,
      mode: "of",
      tags: ["a", 1, "a"],
      mail: "secret",
      code: "x",
      prot: 1,
      unlike: 2,
    }).sort(),
    [
      "code must match the pattern ^[A-Z]+$",
      "id is missing",
      "mail must be a valid email",
      'mode must be "on" or "off"',
      "port must be from 1 to 65535",
      'prot is not a known field; did you mean "port"?',
      "tags must have at most 2 items",
      "tags must not contain duplicate items",
      "tags.1 must be a string",
      "unlike is not a known field; valid fields are id, port, mode, tags, mail, code",
    ],
  );
});

test("a failed anyOf or oneOf is one violation, of the branch that comes closest", () => {
  const handler = {
    anyOf: [
      { type: "string" },
      { type: "object", required: ["name"], properties: { name: { type: "string" } } },
    ],
  };
  assert.deepEqual(violations(handler, 5), [" must be a string or a map"]);
  assert.deepEqual(violations(handler, {}), ["name is missing"]);
  assert.deepEqual(violations(handler, { name: 1 }), ["name must be a string"]);
  assert.deepEqual(
    violations({ oneOf: [{ required: ["a"] }, { required: ["b"] }] }, { a: 1, b: 2 }),
    [" has `a` and `b`, and only one of them is allowed"],
  );
});

test("a sibling of a failed anyOf keeps its own violation", () => {
  const schema = { required: ["x"], anyOf: [{ required: ["a"] }, { required: ["b"] }] };
  assert.deepEqual(violations(schema, {}).sort(), [" needs `a` or `b`", "x is missing"]);
});

test("a value that waits for an expression satisfies any schema", () => {
  const later = scanResourceTime("${{ request.x }}");
  const schema = {
    properties: {
      a: { type: "integer" },
      b: { anyOf: [{ type: "integer" }, { type: "object", required: ["c"] }] },
      d: { type: "object", additionalProperties: false },
      e: { type: "integer" },
    },
  };
  assert.deepEqual(violations(schema, { a: later, b: later, d: later, e: "no" }), [
    "e must be an integer",
  ]);
  const nested = {
    oneOf: [{ properties: { a: { const: 1 } } }, { properties: { a: { const: 2 } } }],
  };
  assert.deepEqual(violations(nested, { a: later }), []);
});

test("$schema distinguishes draft-07 and 2020-12", () => {
  const draft7 = {
    $schema: "http://json-schema.org/draft-07/schema#",
    definitions: { id: { type: "string" } },
    properties: { id: { $ref: "#/definitions/id" } },
    items: [{ type: "string" }],
  };
  assert.deepEqual(violations(draft7, { id: 1 }), ["id must be a string"]);
  assert.deepEqual(violations(draft7, [1]), ["0 must be a string"]);
  assert.deepEqual(violations({ prefixItems: [{ type: "string" }] }, [1]), ["0 must be a string"]);
});

test("patterns run in linear time and do not get mixed up", () => {
  const schema = { properties: { a: { pattern: "^(a+)+$" }, b: { pattern: "^b" } } };
  assert.deepEqual(violations(schema, { a: "a".repeat(50_000) + "!", b: "b" }), [
    "a must match the pattern ^(a+)+$",
  ]);
});

test("names of JavaScript's prototypes are ordinary names", () => {
  assert.deepEqual(violations({ required: ["toString"] }, {}), ["toString is missing"]);
});

test("two schemas may carry the same $id", () => {
  assert.deepEqual(violations({ $id: "https://example.com/x", type: "string" }, 1), [
    " must be a string",
  ]);
  assert.deepEqual(violations({ $id: "https://example.com/x", type: "integer" }, "1"), [
    " must be an integer",
  ]);
});

test("an invalid schema is an error that says where", () => {
  for (
    const [schema, message] of [
      [{ properties: { a: { type: "strng" } } }, /invalid: \$\.properties\.a\.type/],
      [{ allOf: [{}, { type: "strng" }] }, /invalid: \$\.allOf\[1\]\.type must be "array", /],
      [{ properties: { 0: { type: "strng" } } }, /invalid: \$\.properties\["0"\]\.type /],
      [{ properties: { "a/b": { type: "strng" } } }, /invalid: \$\.properties\["a\/b"\]\.type /],
      [{ items: 5 }, /invalid: \$\.items must be a map or true or false$/],
      [{ $ref: "#/$defs/none" }, /can't resolve reference #\/\$defs\/none/],
      [{ pattern: "(?=x)" }, /invalid or unsupported Perl syntax/],
      [42, /it is not a map/],
    ] as const
  ) {
    assert.throws(() => compiler.compile(schema), { code: "ERR_SCHEMA_VALIDATION", message });
  }
});

test("a schema is compiled once, equal ones together", () => {
  const schema = { type: "object", title: "once" };
  assert.equal(compiler.compile(schema), compiler.compile(schema));
  assert.equal(compiler.compile(schema), compiler.compile({ type: "object", title: "once" }));
  assert.notEqual(compiler.compile(schema), compiler.compile(schema, { defaults: true }));
});

test("coercion reads strings as the scalars the schema asks for, and nothing else", () => {
  const schema = {
    type: "object",
    properties: {
      n: { type: "integer" },
      x: { type: "number" },
      on: { type: "boolean" },
      ids: { type: "array", items: { type: "integer" } },
      text: { type: "string" },
    },
  };
  const value = { n: "12", x: "-1.5e3", on: "true", ids: "7", text: "8" };
  assert.deepEqual(violations(schema, value, { coerce: true }), []);
  assert.deepEqual(value, { n: 12, x: -1500, on: true, ids: [7], text: "8" });
  assert.deepEqual(violations(schema, { n: "", on: "yes", x: "1,5" }, { coerce: true }), [
    "n must be an integer",
    "x must be a number",
    "on must be true or false",
  ]);
  assert.deepEqual(violations(schema, { n: "12" }), ["n must be an integer"]);
});

test("defaults are filled in only when asked for", () => {
  const schema = { type: "object", properties: { a: { default: 1 } } };
  const value = {};
  compiler.compile(schema)(value);
  assert.deepEqual(value, {});
  compiler.compile(schema, { defaults: true })(value);
  assert.deepEqual(value, { a: 1 });
});

test("digly-urn asks whether a resource exists", () => {
  const schema = {
    anyOf: [
      { type: "string", format: "digly-urn" },
      { type: "object", required: ["name"], diglyUrn: true },
    ],
  };
  withUrns({ exists: (urn) => urn === "A.b", isA: () => true }, () => {
    assert.deepEqual(violations(schema, "A.b"), []);
    assert.deepEqual(violations(schema, { kind: "A", name: "b" }), []);
    assert.deepEqual(violations(schema, { name: "A.b" }), []);
    assert.deepEqual(violations(schema, "A.c"), [" does not name a resource"]);
    assert.deepEqual(violations(schema, { kind: "A", name: "c" }), [" does not name a resource"]);
  });
  assert.deepEqual(violations(schema, "A.c"), [], "outside of withUrns nothing is known");
});
