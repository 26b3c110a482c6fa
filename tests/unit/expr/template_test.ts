import assert from "node:assert/strict";
import { test } from "node:test";
import { compileTemplate } from "../../../src/expr/template.ts";
import { deferred, failure } from "./expressions.ts";

test("builds a value with its expressions evaluated, again and again", () => {
  const build = compileTemplate({
    status: deferred("${{ result.ok ? 200 : 404 }}"),
    body: [{ text: deferred("Hello ${{ result.name }}") }, null],
  });
  assert.deepEqual(build({ result: { ok: true, name: "Ada" } }), {
    status: 200,
    body: [{ text: "Hello Ada" }, null],
  });
  assert.deepEqual(build({ result: { ok: false, name: "Bob" } }), {
    status: 404,
    body: [{ text: "Hello Bob" }, null],
  });
});

test("containers without expressions are shared, not copied", () => {
  const constant = { a: [1] };
  const build = compileTemplate({ constant, x: deferred("${{ x }}") });
  const result = build({ x: 1 }) as { constant: unknown };
  assert.equal(result.constant, constant);
  const plain = { a: { b: 1 } };
  assert.equal(compileTemplate(plain)({}), plain);
});

test("an expression may give null", () => {
  assert.deepEqual(compileTemplate([deferred("${{ x }}")])({ x: null }), [null]);
});

test("a value that changes between calls is read anew", () => {
  const scope = { list: [1] };
  const build = compileTemplate(deferred("${{ size(list) }}"));
  assert.equal(build(scope), 1);
  scope.list.push(2);
  assert.equal(build(scope), 2);
});

test("a failing expression says what is wrong", () => {
  const build = compileTemplate({ a: deferred("${{ request.nmae }}") });
  const error = failure(() => build({ request: { name: "Ada" } }));
  assert.equal(error.problem, 'request has no field "nmae"');
});
