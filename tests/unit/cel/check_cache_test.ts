import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckCache } from "../../../src/cel/check/check_cache.ts";
import { checkTypes } from "../../../src/cel/check/check.ts";
import {
  DYN,
  type Field,
  fieldsOf,
  formatType,
  INT,
  listOf,
  NULL,
  STRING,
  type Type,
  unionOf,
} from "../../../src/cel/types.ts";
import { compileExpression } from "../../../src/template/expr/program.ts";

function map(fields: Record<string, Type | Field>, rest?: Type): Type {
  const entries = Object.entries(fields).map(([name, field]): [string, Field] => [
    name,
    "type" in field ? field : { type: field, required: true },
  ]);
  return fieldsOf(new Map(entries), rest);
}

/** Types of one name; an expression that reads a part of them sees some of them as the same. */
const TYPES: readonly (Type | undefined)[] = [
  undefined,
  DYN,
  NULL,
  STRING,
  listOf(map({ id: INT })),
  map({}),
  map({ body: STRING }),
  map({ body: map({ id: INT }) }),
  map({ body: map({ id: STRING }) }),
  map({ body: map({ id: STRING, name: STRING }) }),
  map({ body: map({ id: { type: STRING, required: false } }) }),
  map({ body: { type: map({ id: STRING }), required: false } }),
  map({ body: map({ id: unionOf([INT, NULL]) }) }),
  map({ body: unionOf([map({ id: INT }), NULL]) }),
  map({ body: map({ idle: INT }, DYN) }),
  map({ body: map({}, STRING) }),
  map({ body: listOf(map({ id: INT })) }),
];

const EXPRESSIONS = [
  "request",
  "request.body",
  "request.body.id",
  "request['body']['id']",
  "request.body.id + 1",
  "request.body.id + 'a'",
  "request.body.?id.orValue('none')",
  "has(request.body.id) ? request.body.id : 'none'",
  "has(request.body) && request.body.id == 1",
  "request.body != null ? request.body.id : 0",
  "type(request.body.id) == string && request.body.id.size() > 2",
  "request.body.exists(key, key == 'id')",
  "request.body.map(one, one.id)",
  "cel.bind(body, request.body, body.id)",
  "{'id': request.body.id, 'all': [request.body]}",
  "request.body['i' + 'd']",
];

test("a check that is known is the one that would be made again", () => {
  const cache = new CheckCache();
  // Twice, so that every check follows all others of its expression.
  for (const type of [...TYPES, ...TYPES]) {
    for (const expression of EXPRESSIONS) {
      const program = compileExpression(expression);
      const variables = (name: string) => name === "request" ? type : undefined;
      const expected = checkTypes(program.tree, program.text, variables);
      const checked = cache.check(program, variables);
      const what = `${expression} where request is ${type && formatType(type)}`;
      assert.deepEqual(checked.problems, expected.problems, what);
      assert.equal(formatType(checked.type), formatType(expected.type), what);
    }
  }
});

test("a check is made once for maps that differ in what the expression does not read", () => {
  const cache = new CheckCache();
  const program = compileExpression("request.body.id");
  const checks = [map({}), map({ a: INT }), STRING].map((other) =>
    cache.check(program, () => map({ body: map({ id: INT }), other }))
  );
  assert.equal(checks[1], checks[0]);
  assert.equal(checks[2], checks[0]);
  const wrong = cache.check(program, () => map({ body: STRING }));
  assert.match(wrong.problems[0]?.problem ?? "", /request\.body is a string/);
});
