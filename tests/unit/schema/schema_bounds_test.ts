import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_LIMITS } from "../../../src/contract/limits.ts";
import type { SchemaCheck } from "../../../src/contract/schema.ts";
import type { Violation } from "../../../src/contract/violation.ts";
import { hasDuplicates } from "../../../src/contract/unique_items.ts";
import { compileDefaults } from "../../../src/schema/defaults.ts";
import { loadSchemaCompiler } from "../../../src/schema/schema.ts";
import { scanResourceTime } from "../../../src/template/deferred/deferred.ts";
import { loadEngine } from "../../../src/template/expr/engine.ts";

await loadEngine();

const compiler = await loadSchemaCompiler();

function compile(schema: unknown, limits = {}): SchemaCheck {
  return compiler.compile(schema, {}, { ...DEFAULT_LIMITS, ...limits });
}

/** The violations, which must be there in ten seconds: nothing quadratic ends in that time. */
function quickly(validate: SchemaCheck, value: unknown): readonly Violation[] {
  const began = performance.now();
  const violations = validate(value);
  const took = performance.now() - began;
  assert.ok(took < 10_000, `it took ${Math.round(took)} ms`);
  return violations;
}

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

/** Levels of `anyOf` that lead to the one below twice: exponential work for a value that fails. */
function doubling(levels: number, draft = "https://json-schema.org/draft/2020-12/schema"): object {
  const defs: Record<string, unknown> = { a0: { type: "string" } };
  for (let i = 1; i <= levels; i++) {
    defs[`a${i}`] = {
      anyOf: [{ $ref: `#/definitions/a${i - 1}` }, { $ref: `#/definitions/a${i - 1}` }],
    };
  }
  return { $schema: draft, $ref: `#/definitions/a${levels}`, definitions: defs };
}

describe("uniqueItems", () => {
  test("takes linear time", () => {
    const items = Array.from({ length: 100_000 }, (_, i) => ({ id: i, tags: ["a", String(i)] }));
    const validate = compile({ type: "array", uniqueItems: true });
    assert.deepEqual(quickly(validate, items), []);
    assert.equal(quickly(validate, [...items, { tags: ["a", "5"], id: 5 }]).length, 1);
  });

  test("compares as JSON does", () => {
    const alike = [
      [1, 1.0],
      [0, -0],
      [{ a: 1, b: [2] }, { b: [2], a: 1 }],
      [[[]], [[]]],
      ["a", "a"],
      [null, null],
    ];
    for (const items of alike) assert.equal(hasDuplicates(items), true, JSON.stringify(items));
    const different = [
      [1, "1", true, "true", null, "null", "", [], {}],
      [[], [[]], [[], []], ["", ""], [["", ""]]],
      [["a", "b"], ["a,1:b"], ["a", ["b"]]],
      [{ a: 1 }, { a: "1" }, { a: { a: 1 } }, { b: 1 }, ["a", 1]],
      [{ "a=1,1:b": 2 }, { a: 1, b: 2 }],
    ];
    for (const items of different) assert.equal(hasDuplicates(items), false, JSON.stringify(items));
  });

  test("values that are not known yet are not equal to anything", () => {
    const deferred = scanResourceTime("${{ env.A }}");
    assert.equal(hasDuplicates([deferred, deferred, { a: deferred }, { a: deferred }]), false);
  });

  test("a deep item is refused, not a stack overflow", () => {
    const [violation] = quickly(compile({ uniqueItems: true }), [nested(100_000)]);
    assert.equal(violation?.limit, "validationDepth");
  });
});

describe("the budget of a validation", () => {
  for (
    const draft of [
      "https://json-schema.org/draft/2020-12/schema",
      "http://json-schema.org/draft-07/schema#",
    ]
  ) {
    test(`ends exponential work of ${draft}`, () => {
      const schema = doubling(30, draft);
      const [violation, ...more] = quickly(compile(schema), 1);
      assert.deepEqual(more, []);
      assert.equal(violation?.limit, "validationSteps");
      assert.equal(violation?.message, "takes more than 5000000 steps to check against its schema");
    });
  }

  test("is one per value, and can be set", () => {
    const validate = compile({ items: { type: "integer" } }, { validationSteps: 100 });
    assert.deepEqual(validate(Array(90).fill(1)), []);
    assert.deepEqual(validate(Array(90).fill(1)), []);
    assert.equal(validate(Array(110).fill(1))[0]?.limit, "validationSteps");
  });

  test("bounds the depth of schema and value together, whatever the host's stack", () => {
    const tree = { type: "array", items: { $ref: "#" } };
    assert.deepEqual(compile(tree)(nested(500)), []);
    assert.equal(quickly(compile(tree), nested(600))[0]?.limit, "validationDepth");
    assert.equal(quickly(compile(tree), nested(500_000))[0]?.limit, "validationDepth");
    assert.equal(compile({ $ref: "#" })(1)[0]?.limit, "validationDepth");
  });

  test("half a million nested lists cost little", () => {
    const anything = {
      anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#" } }],
    };
    assert.equal(quickly(compile(anything), nested(500_000))[0]?.limit, "validationDepth");
    const wide = Array.from({ length: 5_000 }, () => nested(100));
    assert.deepEqual(quickly(compile(anything), wide), []);
    const wrong = Array.from({ length: 5_000 }, () => [[[[[1]]]]]);
    const violations = quickly(compile(anything), wrong);
    assert.ok(violations.length > 0 && violations.length <= 100);
  });

  test("no more than a hundred violations are collected", () => {
    const wrong = Array(200_000).fill("x");
    for (const items of [{ type: "integer" }, { $ref: "#/$defs/n" }]) {
      const schema = {
        items,
        $defs: { n: { type: "integer", allOf: [{ $ref: "#/$defs/m" }] }, m: {} },
      };
      const violations = quickly(compile(schema), wrong);
      assert.equal(violations.length, 100);
      assert.deepEqual(violations[0]?.path, [0]);
    }
  });

  test("a very long key is not repeated in every violation", () => {
    const value = { ["k".repeat(900_000)]: Array(10_000).fill("x") };
    const schema = { additionalProperties: { items: { type: "integer" } } };
    assert.equal(quickly(compile(schema), value).length, 1);
  });

  test("errors of a form that does not fit are forgotten when another one fits", () => {
    const schema = {
      anyOf: [{ items: { type: "integer" } }, { items: { $ref: "#/$defs/n" } }],
      $defs: { n: { type: ["string", "null"], minLength: 1 } },
      maxItems: 5_000,
    };
    assert.deepEqual(quickly(compile(schema), Array(5_000).fill("x")), []);
    assert.equal(quickly(compile(schema), Array(5_001).fill("x"))[0]?.keyword, "maxItems");
  });

  test("patterns are paid for by the length of the text", () => {
    const validate = compile({ pattern: "^([a-z]{1,50}[0-9]{1,50})+$" });
    assert.deepEqual(validate("abc123"), []);
    assert.equal(quickly(validate, "a".repeat(5_000_000))[0]?.limit, "validationSteps");
  });

  test("defaults that fill themselves in end", () => {
    const schema = { type: "object", properties: { a: { $ref: "#", default: {} } } };
    const validate = compiler.compile(schema, { defaults: true });
    assert.equal(validate({})[0]?.limit, "validationDepth");
  });
});

describe("formats", () => {
  const hostile: Readonly<Record<string, (n: number) => string>> = {
    url: (n) => "http://" + "a:".repeat(n) + "!",
    email: (n) => "a@" + "a-".repeat(n) + "!",
    uri: (n) => "a:" + "%41".repeat(n) + " ",
    "uri-reference": (n) => "/" + "%41/".repeat(n) + " ",
    "uri-template": (n) => "{" + "a,".repeat(n) + "!",
    "json-pointer": (n) => "/~0".repeat(n) + "~",
    "json-pointer-uri-fragment": (n) => "#" + "/%41".repeat(n) + "~",
    "relative-json-pointer": (n) => "1" + "/~0".repeat(n) + "~",
    hostname: (n) => "a-".repeat(n),
    ipv6: (n) => "1:".repeat(n),
    regex: (n) => "(".repeat(n),
    byte: (n) => "AAAA".repeat(n) + "!",
    "date-time": (n) => "2020-01-01T00:00:00." + "1".repeat(n),
    duration: (n) => "P" + "1".repeat(n) + "Y1",
    uuid: (n) => "urn:uuid:" + "a".repeat(n),
  };
  for (const [format, text] of Object.entries(hostile)) {
    test(`${format} takes little time for any text`, () => {
      const validate = compile({ items: { format } });
      for (const length of [100, 1_000, 16_000, 300_000]) {
        const values = Array(Math.ceil(300_000 / length)).fill(text(length));
        assert.notEqual(quickly(validate, values).length, 0, `${length}`);
      }
    });
  }

  test("accept what they did", () => {
    const fine: Readonly<Record<string, string>> = {
      email: "ada.lovelace@mail.example.com",
      uri: "https://user@example.com:8080/a/b?c=d#e",
      "uri-reference": "../a?b",
      "date-time": "2024-02-29T12:30:00.123+02:00",
      date: "2024-02-29",
      time: "12:30:00Z",
      duration: "P1DT2H",
      ipv4: "127.0.0.1",
      ipv6: "2001:db8::1",
      hostname: "www.example.com",
      uuid: "9f1c2d3e-4b5a-6978-8a9b-0c1d2e3f4a5b",
      regex: "^[a-z]+$",
      byte: "aGVsbG8=",
      password: "x".repeat(100_000),
    };
    for (const [format, text] of Object.entries(fine)) {
      assert.deepEqual(compile({ format })(text), [], format);
    }
    assert.deepEqual(compile({ format: "int32" })(5), []);
    assert.equal(compile({ format: "int32" })(2 ** 40).length, 1);
  });
});

describe("schemas", () => {
  test("that share their parts are counted as if each part were written out", () => {
    let schema: object = { type: "string" };
    for (let i = 0; i < 40; i++) schema = { anyOf: [schema, schema] };
    assert.throws(() => compile(schema), {
      code: "ERR_LIMIT_EXCEEDED",
      details: {
        problem: "The schema has more than 50000 nodes, with what it refers to",
        limit: "schemaNodes",
      },
    });
  });

  test("cannot bring code by their names", () => {
    const $id = "https://example.com/*/globalThis.injected=true/*";
    compile({ $id, type: "string" })("x");
    assert.equal((globalThis as { injected?: boolean }).injected, undefined);
  });

  test("defaults of a schema that leads to its parts often are compiled once each", () => {
    const defs: Record<string, unknown> = { a0: { properties: { x: { default: 1 } } } };
    for (let i = 1; i <= 40; i++) {
      const below = { $ref: `#/$defs/a${i - 1}` };
      defs[`a${i}`] = { allOf: [below, below], properties: { y: below, z: below } };
    }
    const fill = compileDefaults({ $ref: "#/$defs/a40", $defs: defs } as never);
    assert.deepEqual(fill?.({ y: {} }), { y: { x: 1 }, x: 1 });
  });
});
