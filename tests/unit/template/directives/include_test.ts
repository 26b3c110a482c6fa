import assert from "node:assert/strict";
import { test } from "node:test";
import { fail } from "../../../../src/contract/errors.ts";
import type { ParsedDocument } from "../../../../src/contract/source.ts";
import { check, parsed } from "../compile/compiling.ts";

function withFiles(files: Record<string, readonly unknown[]>) {
  const include = (file: string): readonly ParsedDocument[] => {
    const documents = files[file];
    if (documents === undefined) {
      throw fail("ERR_MANIFEST_NOT_FOUND", { problem: `There is no file "${file}"` });
    }
    return documents.map((value) => parsed(value, file));
  };
  return { include, context: { env: { E: "e" } } };
}

test("the result replaces the mapping", () => {
  const options = withFiles({ "a.yaml": [{ x: "${env.E}" }], "s.yaml": ["text"] });
  assert.deepEqual(
    check({ a: { $include: "a.yaml" }, b: { $include: "${'s'}.yaml" } }, options).values,
    [{ a: { x: "e" }, b: "text" }],
  );
});

test("keys beside the directive are merged over it", () => {
  const options = withFiles({ "a.yaml": [{ x: 1, y: 2 }], "l.yaml": [[1]] });
  assert.deepEqual(check({ a: { $include: "a.yaml", y: 3 } }, options).values, [{
    a: { x: 1, y: 3 },
  }]);
  assert.match(check({ a: { $include: "l.yaml", y: 3 } }, options).problems[0]![0], /not a list/);
});

test("$with is compiled in the caller's scope; nothing else of it is seen", () => {
  const options = withFiles({ "a.yaml": [{ x: "${n}", y: "${m}" }] });
  const value = { $let: { m: 1 }, a: { $include: "a.yaml", $with: { n: "${m + 1}" } } };
  const { problems } = check(value, options);
  assert.deepEqual(problems, [['Unknown variable "m"', "$.y"]]);
  const fixed = {
    $let: { m: 1 },
    a: { $include: "a.yaml", $with: { n: "${m + 1}", m: "'text'" } },
  };
  assert.deepEqual(check(fixed, options).values, [{ a: { x: 2, y: "text" } }]);
});

test("several documents are a list, spliced where a list includes them", () => {
  const options = withFiles({ "a.yaml": [1, 2] });
  assert.deepEqual(
    check({ a: { $include: "a.yaml" }, b: [0, { $include: "a.yaml" }, 3] }, options).values,
    [{ a: [1, 2], b: [0, 1, 2, 3] }],
  );
});

test("places lead into the included file", () => {
  const options = withFiles({ "a.yaml": [{ x: { y: 1 } }] });
  const { documents } = check(
    { a: { $include: "a.yaml", z: 1 }, b: { $include: "a.yaml" } },
    options,
  );
  const placeOf = (...path: string[]) => {
    const { file, path: at } = documents[0]!.originAt(path);
    return `${file} ${at}`;
  };
  assert.equal(placeOf("a", "x", "y"), "a.yaml $.x.y");
  assert.equal(placeOf("a", "z"), "app.yaml $.a.z");
  assert.equal(placeOf("b", "x"), "a.yaml $.x");
});

test("a circle is an error that prints the chain", () => {
  const options = withFiles({
    "a.yaml": [{ b: { $include: "b.yaml" } }],
    "b.yaml": [{ c: { $include: "a.yaml" } }],
  });
  assert.deepEqual(check({ a: { $include: "a.yaml" } }, options).problems, [[
    "Files include each other: a.yaml → b.yaml → a.yaml",
    "$.c.$include",
  ]]);
});

test("too deep is an error", () => {
  const files: Record<string, unknown[]> = {};
  for (let n = 0; n < 50; n++) files[`${n}.yaml`] = [{ a: { $include: `${n + 1}.yaml` } }];
  const { errors } = check({ a: { $include: "0.yaml" } }, withFiles(files));
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_LIMIT_EXCEEDED"]);
});

test("a file that is not there is an error where it is named", () => {
  assert.deepEqual(check({ a: { $include: "x.yaml" } }, withFiles({})).problems, [
    ['There is no file "x.yaml"', "$.a.$include"],
  ]);
});

test("without a reader it is an error", () => {
  assert.deepEqual(check({ a: { $include: "x.yaml" } }).problems, [
    ['"$include" is not available here', "$.a.$include"],
  ]);
});
