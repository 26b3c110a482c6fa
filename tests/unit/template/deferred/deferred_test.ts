import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDeferred } from "../../../../src/contract/resource.ts";
import {
  bindDeferred,
  evaluateDeferred,
  referencesOf,
  scanResourceTime,
  showDeferred,
} from "../../../../src/template/deferred/deferred.ts";
import { interpolate, scan } from "../../../../src/template/expr/interpolate.ts";
import { rootScope } from "../../../../src/template/expr/scope.ts";
import { deferred, failure } from "../expr/expressions.ts";
import { loadEngine } from "../../../../src/template/expr/engine.ts";

await loadEngine();

const bind = (text: string, names: Record<string, unknown>) =>
  bindDeferred(deferred(text), new Map(Object.entries(names)));

describe("scanResourceTime", () => {
  test("reads ${{ }} only; ${ } is text", () => {
    assert.equal(scanResourceTime("a ${x} b"), "a ${x} b");
    assert.equal(String(scanResourceTime("${x} ${{ y }}")), "$${x} ${{ y }}");
  });

  test("escapes are undone", () => {
    assert.equal(scanResourceTime("$${{ y }} $${x} $5"), "${{ y }} ${x} $5");
  });

  test("an expression that does not parse is found here", () => {
    assert.equal(failure(() => scanResourceTime("x ${{ a b }}")).offset, 6);
  });
});

describe("referencesOf", () => {
  const pathsOf = (text: string) =>
    referencesOf(deferred(text)).map(({ root, path }) => [root, ...path].join("."));

  test("follows static steps, dotted and in brackets", () => {
    assert.deepEqual(pathsOf("${{ Http.Server['api-us'].port }}"), ["Http.Server.api-us.port"]);
  });

  test("stops at the first dynamic step, whose own names count", () => {
    const [index, path] = referencesOf(deferred("${{ Http.Server[name].port }}"));
    assert.equal(index!.root, "name");
    assert.deepEqual(path!.path, ["Server"]);
    assert.equal(path!.complete, false);
    assert.equal(referencesOf(deferred("${{ A.b[0].c }}"))[0]!.complete, false);
  });

  test("a method call ends the path and leaves it complete", () => {
    const [reference] = referencesOf(deferred("${{ A.b.c.startsWith('x') }}"));
    assert.deepEqual(reference!.path, ["b", "c"]);
    assert.equal(reference!.complete, true);
  });

  test("names bound by macros are not free", () => {
    assert.deepEqual(pathsOf("${{ xs.map(x, x.a + y) }}"), ["xs", "y"]);
    assert.deepEqual(pathsOf("${{ xs.filter(x, x > 1).exists(y, y == x) }}"), ["xs", "x"]);
    assert.deepEqual(pathsOf("${{ cel.bind(a, b.c, a + d) }}"), ["b.c", "d"]);
  });

  test("names of types and functions are not references", () => {
    assert.deepEqual(pathsOf("${{ type(a) == int ? size(b) : 0 }}"), ["a", "b"]);
  });

  test("what is tested need not exist", () => {
    const optional = (text: string) =>
      referencesOf(deferred(text)).map((reference) => reference.optional);
    assert.deepEqual(optional("${{ has(env.X) ? env.X : env.Y }}"), [true, true, false]);
    assert.deepEqual(optional("${{ env.?X.orValue('a') }}"), [true]);
    assert.deepEqual(optional("${{ env.X }}"), [false]);
  });

  test("all expressions of a string count", () => {
    assert.deepEqual(pathsOf("${{ a.b }}-${{ c }}"), ["a.b", "c"]);
  });
});

describe("bindDeferred", () => {
  test("with every name known it gives the value", () => {
    assert.equal(bind("${{ port }}", { port: 80 }), 80);
    assert.equal(bind("${{ name }}-${{ port + 1 }}", { name: "a", port: 80 }), "a-81");
  });

  test("with names left it keeps those it got", () => {
    const value = bind("${{ name + request.id }}", { name: "it's" });
    assert.ok(isDeferred(value));
    assert.deepEqual(referencesOf(value).map(({ root }) => root), ["request"]);
    assert.equal(evaluateDeferred(value, rootScope({ request: { id: "1" } })), "it's1");
  });

  test("what is bound wins over names of later scopes", () => {
    const value = bind("${{ name + request }}", { name: "a" });
    assert.ok(isDeferred(value));
    assert.equal(evaluateDeferred(value, rootScope({ name: "b", request: "c" })), "ac");
  });

  test("binds in several steps", () => {
    const first = bind("${{ a + b }}-${{ c }}", { a: "1" });
    assert.ok(isDeferred(first));
    const second = bindDeferred(first, new Map([["c", "3"]]));
    assert.ok(isDeferred(second));
    assert.equal(showDeferred(second), "${{ '1' + b }}-3");
    assert.equal(bindDeferred(second, new Map([["b", "2"]])), "12-3");
  });

  test("a value that holds an expression's text is never evaluated", () => {
    const name = "${{ request.secret }} ${x} ' }}";
    assert.equal(bind("${{ name }}", { name }), name);
    assert.equal(bind("x${{ name }}", { name }), "x" + name);
    const waiting = bind("x${{ name }}${{ later }}", { name });
    assert.ok(isDeferred(waiting));
    assert.equal(evaluateDeferred(waiting, rootScope({ later: "!" })), `x${name}!`);
  });

  test("a bound value may itself wait", () => {
    const id = deferred("${{ request.id }}");
    assert.equal(bind("${{ id }}", { id }), id);
    const mixed = bind("n-${{ id }}", { id });
    const computed = bind("${{ params.id + '!' }}", { params: { id } });
    assert.ok(isDeferred(mixed) && isDeferred(computed));
    assert.deepEqual(referencesOf(computed).map(({ root, path }) => [root, ...path]), [
      ["request", "id"],
    ]);
    const scope = rootScope({ request: { id: "7" } });
    assert.equal(evaluateDeferred(mixed, scope), "n-7");
    assert.equal(evaluateDeferred(computed, scope), "7!");
    assert.equal(String(computed), "${{ (request.id) + '!' }}");
  });
});

describe("evaluateDeferred", () => {
  test("an exact expression keeps its type", () => {
    assert.deepEqual(evaluateDeferred(deferred("${{ a }}"), rootScope({ a: [1] })), [1]);
    assert.equal(evaluateDeferred(deferred("${{ a + 1 }}"), rootScope({ a: 1 })), 2);
  });

  test("an unknown name is an error with the nearest", () => {
    const error = failure(() =>
      evaluateDeferred(deferred("x ${{ requst.id }}"), rootScope({ request: {} }))
    );
    assert.equal(error.help, 'Did you mean "request"?');
    assert.equal(error.offset, 6);
  });
});

describe("how it is shown", () => {
  test("bound values are CEL literals", () => {
    const values = { s: "a'b\n", n: -1, l: [1, "x", null], m: { k: true }, x: 1.5 };
    const shown = String(bind("${{ [s, n, l, m.k, x, later] }}", values));
    assert.equal(shown, "${{ ['a\\'b\\n', (-1), [1, 'x', null], true, 1.5, later] }}");
  });

  test("what is shown scans to what it was", () => {
    const variables = { dollar: "$", brace: "${x}", name: 'it\'s "q" \\ }}' };
    const scope = rootScope(variables);
    for (
      const text of [
        "a $${b} ${{ c }}",
        "${dollar}${{ c }}",
        "${brace}${{ c + 1 }}",
        "$${{ c }} $$${b} ${{ c }}",
      ]
    ) {
      const value = interpolate(scan(text, "both"), scope);
      const again = interpolate(scan(String(value), "both"), scope);
      assert.equal(String(again), String(value));
      const later = rootScope({ c: 1 });
      if (isDeferred(value) && isDeferred(again)) {
        assert.equal(evaluateDeferred(again, later), evaluateDeferred(value, later));
      }
    }
    const bound = bind("${{ name + later }}", variables);
    assert.ok(isDeferred(bound));
    const again = scanResourceTime(String(bound));
    assert.ok(isDeferred(again));
    const later = rootScope({ later: "!" });
    assert.equal(evaluateDeferred(again, later), evaluateDeferred(bound, later));
  });

  test("JSON shows it as its text", () => {
    assert.equal(JSON.stringify({ a: deferred("${{ b }}") }), '{"a":"${{ b }}"}');
  });
});
