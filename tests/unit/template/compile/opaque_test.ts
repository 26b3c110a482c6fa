import assert from "node:assert/strict";
import { test } from "node:test";
import { Raw } from "../../../../src/contract/resource.ts";
import { check } from "./compiling.ts";

const same = (value: unknown, options = {}) => {
  const { values, problems } = check(value, options);
  assert.deepEqual(problems, []);
  assert.deepEqual(values, [value]);
};

test("code of a mapping that has a kind", () => {
  same({ kind: "JavaScript.Script", code: "const x = `${y}`; $if" });
  same({ a: [{ kind: "Inline", code: { $if: "${x}" } }] });
  assert.equal(check({ a: { code: "${nope}" } }).errors.length, 1);
});

test("schema, inputSchema and outputSchema at any depth", () => {
  const schema = { $ref: "Data.Type.User", $id: "x", properties: { a: { pattern: "^${x}$" } } };
  same({ schema, a: [{ inputSchema: schema }], b: { c: { outputSchema: schema } } });
});

test("the resources of a template definition, raw nodes included", () => {
  same({
    kind: "TemplateDefinition",
    resources: [{ for: "x in xs", name: "${{ x }}", text: new Raw("${{ x }}"), $if: 1 }],
  });
  assert.equal(check({ kind: "Other", resources: ["${nope}"] }).errors.length, 1);
});

test("what a definition lists, with * for any step", () => {
  const opaque = (kind: string) => kind === "Sql.Query" ? ["text", "steps.*.sql"] : undefined;
  same({ kind: "Sql.Query", text: "${x}", steps: [{ sql: "${y}" }, { sql: { $if: 1 } }] }, {
    opaque,
  });
  const { problems } = check({ kind: "Sql.Query", steps: [{ sql: "${y}", other: "${z}" }] }, {
    opaque,
  });
  assert.deepEqual(problems.map(([, path]) => path), ["$.steps[0].other"]);
  assert.equal(check({ kind: "Sql.Other", text: "${x}" }, { opaque }).errors.length, 1);
});

test("the opaque paths of a kind apply wherever the kind is used, also when it is computed", () => {
  const opaque = (kind: string) => kind === "Sql.Query" ? ["text"] : undefined;
  const { values, problems } = check(
    { $let: { k: "'Query'" }, a: [{ kind: "Sql.${k}", text: "${x}" }] },
    { opaque },
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(values, [{ a: [{ kind: "Sql.Query", text: "${x}" }] }]);
});

test("a branch that is merged into a mapping with a kind is opaque there too", () => {
  const value = { kind: "A", $if: true, $then: { code: "${x}" } };
  assert.deepEqual(check(value).values, [{ kind: "A", code: "${x}" }]);
});

test("raw nodes inside opaque subtrees are unwrapped", () => {
  const value = { schema: { a: new Raw({ b: new Raw("${x}") }) }, c: "$" };
  assert.deepEqual(check(value).values, [{ schema: { a: { b: "${x}" } }, c: "$" }]);
});
