import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaCheck } from "../../../../src/contract/schema.ts";
import type { ValueMap } from "../../../../src/contract/resource.ts";
import { check } from "../compile/compiling.ts";

/** Knows `type`, `properties` and `required`. */
function validator(schema: unknown): SchemaCheck {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, { type?: string }>;
    required?: string[];
  };
  return (value) => {
    const variables = value as Record<string, unknown>;
    const missing = required.filter((name) => !(name in variables)).map((name) => ({
      path: [],
      message: `must have "${name}"`,
      keyword: "required",
    }));
    const wrong = Object.keys(variables).filter((name) =>
      properties[name]?.type !== undefined && properties[name].type !== typeof variables[name]
    );
    return [
      ...missing,
      ...wrong.map((name) => ({ path: [name], message: "has the wrong type", keyword: "type" })),
    ];
  };
}

const context = { env: {}, port: 80, name: "a" };

test("checks the variables in scope, by name", () => {
  const value = { $schema: { port: "number", name: { type: "string" } }, x: "${port}" };
  assert.deepEqual(check(value, { validator, context }).values, [{ x: 80 }]);
  assert.deepEqual(check({ $schema: { port: "string" } }, { validator, context }).problems, [
    ['The variable "port" has the wrong type', "$.$schema.port"],
  ]);
  assert.deepEqual(check({ $schema: { nope: "string" } }, { validator, context }).problems, [
    ['The variables in scope must have "nope"', "$.$schema"],
  ]);
});

test("takes a whole object schema", () => {
  const schema = { type: "object", properties: { port: { type: "string" } }, required: ["port"] };
  const { errors } = check({ $schema: schema }, { validator, context });
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_SCHEMA_VALIDATION"]);
});

test("a default fills a variable that is missing, for this mapping and below", () => {
  const value = {
    a: {
      $schema: { host: { type: "string", default: "local" } },
      $let: { h: "host" },
      b: ["${h}"],
    },
    c: "${host}",
  };
  const { values: [compiled], problems } = check(value, { validator, context });
  assert.deepEqual((compiled as ValueMap)["a"], { b: ["local"] });
  assert.deepEqual(problems, [['Unknown variable "host"', "$.c"]]);
});

test("variables of a $let in the same mapping are not checked", () => {
  const value = { $let: { port: "'text'" }, $schema: { port: "number" }, x: "${port}" };
  assert.deepEqual(check(value, { validator, context }).values, [{ x: "text" }]);
});

test("a string is an editor's hint and is dropped", () => {
  assert.deepEqual(check({ $schema: "https://x/y.json", a: 1 }).values, [{ a: 1 }]);
});
