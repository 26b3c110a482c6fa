import assert from "node:assert/strict";
import { test } from "node:test";
import { compileTemplate } from "../../../../src/template/deferred/compile_template.ts";
import { deferred, failure } from "../expr/expressions.ts";
import { loadEngine } from "../../../../src/template/expr/engine.ts";

await loadEngine();

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

test("a key that an assignment takes for the prototype is an own key of what is built", () => {
  const map = JSON.parse('{ "__proto__": null, "b": 1 }') as Record<string, unknown>;
  Object.defineProperty(map, "__proto__", { value: deferred("${{ x }}"), enumerable: true });
  const build = compileTemplate(map);
  for (const x of [1, { admin: true }]) {
    const result = build({ x }) as object;
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
    assert.deepEqual(Object.entries(result), [["__proto__", x], ["b", 1]]);
  }
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

test("a template that ran often gives what it gave at first, whatever it is given", () => {
  const templates = [
    "${{ x }}",
    "${{ x.a.b }}",
    "${{ x + 1 }}",
    "is ${{ x }} and ${{ x == 1 ? 'one' : json(x) }}",
    "${{ x.map(y, y * 2) }}",
    "${{ [x, 2.0] }}",
    "${{ type == 'a' || type(x) == int }}",
    "${{ cel.bind(v, x, [v, size(string(v))]) }}",
    "${{ x.?a.orValue(0) }}",
    "${{ constructor.a }}",
  ];
  const values = [
    1,
    0.5,
    -0,
    9007199254740993n,
    "text",
    null,
    true,
    [1, 2.5],
    { a: { b: 7 } },
    { a: { b: null } },
    { a: new Date(0) },
    new Date(0),
    new Map([["a", { b: 1 }]]),
    new (class Point {
      a = { b: 3 };
    })(),
    Object.create({ a: { b: 1 } }),
    undefined,
  ];
  const outcome = (build: (scope: Record<string, unknown>) => unknown, x: unknown) => {
    try {
      return { value: build({ x, type: "b" }) };
    } catch (error) {
      return { message: (error as Error).message };
    }
  };
  for (const template of templates) {
    const cold = values.map((value) => outcome(compileTemplate(deferred(template)), value));
    const build = compileTemplate(deferred(template));
    for (let time = 0; time < 200; time++) outcome(build, { a: { b: 7 } });
    assert.deepEqual(values.map((value) => outcome(build, value)), cold, template);
  }
});
