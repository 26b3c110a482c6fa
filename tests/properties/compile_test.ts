/** What holds for every document. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile } from "../../mod.ts";
import { isDiglyError } from "../../src/contract/errors.ts";

const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);

/** Text and keys in which nothing can be read as an expression or a directive. */
const dull = fc.string().map((text) => text.replaceAll("$", "€"));

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(dull, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(dull, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const expression = fc.constantFrom(
  "x",
  "x + 1",
  "xs",
  "xs[0]",
  "size(xs)",
  "nope",
  "env.A",
  "'a' + s",
  "xs.map(y, y)",
  "x > 1",
  "1 +",
  "{'a': 1}",
  "request.id",
  "s.matches('(')",
  "range(x)",
);

const text = fc.oneof(
  fc.string(),
  expression,
  expression.map((code) => `\${${code}}`),
  expression.map((code) => `\${{ ${code} }}`),
  fc.tuple(fc.string(), expression).map(([before, code]) => `${before}\${${code}}`),
  fc.constantFrom("y in xs", "i, y in xs", "k in m", "y in nope", "$${x}", "${", "$", "{x} in xs"),
);

const key = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "$let",
    "$if",
    "$then",
    "$else",
    "$for",
    "$do",
    "$assert",
    "$msg",
    "$schema",
    "$include",
    "$nope",
    "kind",
    "code",
    "schema",
    "${s}",
    "__proto__",
    "constructor",
  ),
);

/** Documents in which anything may occur anywhere. */
const wild = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    text,
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) =>
      Object.fromEntries(entries)
    ),
    fc.record({ $for: fc.constantFrom("y in xs", "i, y in xs"), $do: tie("value") }),
    fc.record({ $let: fc.constant({ z: "x + 1" }), a: tie("value"), b: fc.constant("${z}") }),
  ),
})).value;

const context = { x: 3, s: "text", xs: [1, 2], m: { a: 1 }, env: { A: "a" } };

/** What compiling gives, or the error's code. */
function outcome(value: unknown): unknown {
  try {
    return compile(value, { context });
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    return error.code;
  }
}

test("compile never changes its input", () => {
  fc.assert(fc.property(wild, (value) => {
    const before = JSON.stringify(value);
    const contextBefore = JSON.stringify(context);
    outcome(value);
    assert.equal(JSON.stringify(value), before);
    assert.equal(JSON.stringify(context), contextBefore);
  }));
});

test("random documents throw nothing but a DiglyError", () => {
  fc.assert(fc.property(wild, (value) => void outcome(value)), { numRuns: 500 });
});

test("data without dollar signs comes out as it went in", () => {
  fc.assert(fc.property(plain, (value) => compile(value) === value));
});

test("data beside something that changes comes out equal", () => {
  fc.assert(fc.property(plain, (value) => {
    assert.deepEqual(compile({ value, changed: "${1}" }), { value, changed: 1 });
  }));
});

test("a loop over n elements gives n", () => {
  fc.assert(fc.property(fc.array(scalar), plain, (xs, body) => {
    const list = compile([{ $for: "x in xs", $do: { x: "${x}", body } }], { context: { xs } });
    assert.deepEqual(list, xs.map((x) => ({ x, body })));
  }));
});

test("values come out of exact expressions as they went in", () => {
  fc.assert(fc.property(fc.oneof(scalar, plain), (value) => {
    const data = { value };
    assert.deepEqual(compile("${value}", { context: data }), value);
    assert.deepEqual(compile("${[value][0]}", { context: data }), value);
    assert.deepEqual(compile("${data.value}", { context: { data } }), value);
  }));
});

test("renaming a bound variable changes nothing", () => {
  const name = fc.constantFrom("a", "b", "item", "index_2", "Abc", "x9", "_");
  fc.assert(fc.property(name, name, fc.array(fc.integer()), (first, second, xs) => {
    const of = (variable: string) =>
      compile([{
        $for: `${variable} in xs`,
        $do: { $let: { [variable]: `${variable} + 1` }, v: `<\${${variable} * 2}>` },
      }], { context: { xs } });
    assert.deepEqual(of(first), of(second));
  }));
});

test("no value is ever evaluated", () => {
  const trap = fc.oneof(
    fc.string().map((inner) => `\${${inner}}`),
    fc.string().map((inner) => `\${{ ${inner} }}`),
    fc.constantFrom("${", "${{", "$${x}", "${s}", "${{ s }}", "a ${x} b"),
  );
  fc.assert(fc.property(trap, (value) => {
    const data = { value, map: { $if: value, [value]: value }, xs: [value], s: "!", x: "!" };
    const result = compile({
      exact: "${value}",
      mixed: "<${value}>",
      list: [{ $for: "item in xs", $do: "${item}" }],
      map: "${map}",
      "${value}": 1,
      let: { $let: { copy: "value + ''" }, v: "${copy}" },
    }, { context: data });
    assert.deepEqual(result, {
      exact: value,
      mixed: `<${value}>`,
      list: [value],
      map: data.map,
      [value]: 1,
      let: { v: value },
    });
  }));
});
