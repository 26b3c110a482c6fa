import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeferred } from "../../../../src/contract/resource.ts";
import { check } from "../compile/compiling.ts";

const compiled = (value: unknown) => {
  const { values, problems } = check(value);
  assert.deepEqual(problems, []);
  return values[0];
};

test("variables are evaluated in the order written; later ones see earlier ones", () => {
  assert.deepEqual(compiled({ $let: { a: "1", b: "a + 1", c: "b * 2" }, x: "${c}" }), { x: 4 });
  assert.deepEqual(check({ $let: { b: "a + 1", a: "1" } }).problems, [
    ['Unknown variable "a"', "$.$let.b"],
  ]);
});

test("they are visible to siblings and below, and shadow outer names", () => {
  assert.deepEqual(
    compiled({
      $let: { a: "1" },
      before: "${a}",
      inner: { $let: { a: "a + 1" }, list: ["${a}", { deep: "${a}" }] },
      after: "${a}",
    }),
    { before: 1, inner: { list: [2, { deep: 2 }] }, after: 1 },
  );
});

test("nothing leaks upward or sideways", () => {
  const { problems } = check({ a: { $let: { x: "1" }, y: "${x}" }, b: "${x}", c: ["${x}"] });
  assert.deepEqual(problems.map(([, path]) => path), ["$.b", "$.c[0]"]);
});

test("a string that holds ${ } is interpolated, any other is an expression", () => {
  assert.deepEqual(
    compiled({
      $let: { a: "'acme.com'", b: "www.${a}", c: "a == 'acme.com'" },
      x: ["${b}", "${c}"],
    }),
    { x: ["www.acme.com", true] },
  );
});

test("a value that is not a string is data, compiled like any other", () => {
  assert.deepEqual(
    compiled({
      $let: {
        n: 5,
        items: ["text", "${n}", { $if: "n > 3", $then: "many" }],
        table: { k: "${n + 1}" },
      },
      x: "${items}",
      y: "${table.k}",
    }),
    { x: ["text", 5, "many"], y: 6 },
  );
});

test("text that is not an expression here is an error that offers the text form", () => {
  for (const text of ["250m", "acme.com", "hello world"]) {
    const { errors } = check({ $let: { a: text } });
    assert.equal(errors.length, 1);
    assert.ok(errors[0]!.help!.endsWith(`For text write "'${text}'"`), errors[0]!.help);
  }
});

test("names that the language needs are refused", () => {
  for (
    const name of [
      "cel",
      "for",
      "namespace",
      "in",
      "__proto__",
      "constructor",
      "a-b",
      "1a",
    ]
  ) {
    const { problems } = check(JSON.parse(`{"$let": {"${name}": 1}}`));
    assert.equal(problems.length, 1, name);
    assert.ok(
      problems[0]![0].startsWith(`"${name}" is not a valid variable name: it is`),
      problems[0]![0],
    );
  }
});

test("names of types may name variables, and hide the types", () => {
  const value = { $let: { list: [1], type: "'t'" }, a: "${size(list)}", b: "${type}" };
  assert.deepEqual(check(value).values, [{ a: 1, b: "t" }]);
});

test("a $let that is not a mapping is an error", () => {
  assert.deepEqual(check({ $let: ["a"] }).problems, [
    ['"$let" must be a mapping of names to values, not a list', "$.$let"],
  ]);
});

test("a variable that is left out does not exist", () => {
  assert.deepEqual(check({ $let: { a: { $if: false, $then: 1 } }, x: "${a}" }).problems, [
    ['Unknown variable "a"', "$.x"],
  ]);
});

test("a variable may wait for a resource-time expression, and what uses it waits too", () => {
  const value = compiled({
    $let: { host: "${{ Http.Server.Main.host }}", url: "'http://' + host" },
    exact: "${host}",
    mixed: "at ${host}",
    computed: "${url + '/v1'}",
  }) as Record<string, unknown>;
  assert.ok(Object.values(value).every(isDeferred));
  assert.deepEqual(Object.values(value).map(String), [
    "${{ Http.Server.Main.host }}",
    "at ${{ Http.Server.Main.host }}",
    "${{ ('http://' + (Http.Server.Main.host)) + '/v1' }}",
  ]);
});

test("a $let alone leaves an empty mapping", () => {
  assert.deepEqual(compiled({ a: { $let: { x: 1 } } }), { a: {} });
});
