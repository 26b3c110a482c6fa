import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import type { Limits } from "../../../../src/contract/limits.ts";
import { parse, values } from "./texts.ts";

/** The one error of a string, which must be a limit's. */
function limitOf(text: string, limits: Partial<Limits> = {}): DiglyError {
  const { errors } = parse(text, limits);
  assert.deepEqual(errors.map(({ code }) => code), ["ERR_LIMIT_EXCEEDED"]);
  const error = errors[0]!;
  const { limit } = error.details as { limit: string };
  assert.match(error.help ?? "", new RegExp(`\`${limit}\``));
  return error;
}

function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

test("aliases of aliases are counted, not expanded", () => {
  const lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"];
  for (let i = 1; i <= 9; i++) {
    lines.push(`a${i}: &a${i} [${Array(9).fill(`*a${i - 1}`).join(", ")}]`);
  }
  const error = limitOf(lines.join("\n"));
  assert.equal((error.details as { limit: string }).limit, "nodes");
  assert.match(error.message, /more than 1000000 nodes once expanded/);
  assert.equal(error.origin?.line, 7);
});

test("merged mappings count as often as they are merged", () => {
  const lines = ["a0: &a0 {k0: 1, k1: 1, k2: 1, k3: 1}"];
  for (let i = 1; i <= 12; i++) {
    lines.push(`a${i}: &a${i} {x: {<<: *a${i - 1}}, y: {<<: *a${i - 1}}, z: {<<: *a${i - 1}}}`);
  }
  assert.equal((limitOf(lines.join("\n")).details as { limit: string }).limit, "nodes");
});

test("a document may have as many nodes as the limit says", () => {
  assert.equal(parse("[1, 2, 3]", { nodes: 4 }).errors.length, 0);
  assert.equal(limitOf("[1, 2, 3]", { nodes: 3 }).origin?.column, 8);
  assert.equal(parse("a: &a [1]\nb: *a", { nodes: 5 }).errors.length, 0);
  assert.equal(limitOf("a: &a [1]\nb: *a", { nodes: 4 }).origin?.line, 2);
});

test("a document may have as many aliases as the limit says", () => {
  const text = (count: number) => `a: &a 1\nb: [${Array(count).fill("*a").join(", ")}]`;
  assert.equal(parse(text(3), { aliases: 3 }).errors.length, 0);
  const error = limitOf(text(4), { aliases: 3 });
  assert.equal(error.message, "The document has more than 3 aliases");
  assert.equal(error.origin?.path, "$.b[3]");
  assert.equal(parse(`${text(3)}\n---\n${text(3)}`, { aliases: 3 }).errors.length, 0);
});

test("collections may nest as deep as the limit says", () => {
  assert.equal(values(nested(128)).length, 1);
  const error = limitOf(nested(129));
  assert.equal(error.message, "Lists and maps nest deeper than 128 levels");
  assert.equal(error.origin?.column, 129);
  assert.equal(parse("a: {b: 1}", { nesting: 2 }).errors.length, 0);
  limitOf("a: {b: [1]}", { nesting: 2 });
});

test("ten thousand levels end in the same error", () => {
  limitOf(nested(10_000));
  limitOf("{a: ".repeat(10_000));
  const block = Array.from({ length: 10_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n");
  limitOf(block);
  limitOf("- ".repeat(10_000));
});

test("nesting through aliases counts too", () => {
  const text = "a: &a [[[1]]]\nb: &b [[*a]]\nc: [[*b]]";
  assert.equal(parse(text, { nesting: 8 }).errors.length, 0);
  assert.equal(limitOf(text, { nesting: 7 }).origin?.line, 3);
});

test("a raised limit beyond what the stack holds is an error all the same", () => {
  limitOf(nested(200_000), { nesting: 1_000_000 });
});

test("a file may have as many documents as the limit says", () => {
  const text = "a: 1\n---\nb: 2\n---\nc: 3\n---\nd: 4\n";
  assert.equal(parse(text, { documents: 4 }).errors.length, 0);
  const { documents, errors } = parse(text, { documents: 2 });
  assert.equal(documents.length, 2);
  assert.deepEqual(errors.map(({ message }) => message), ["The file has more than 2 documents"]);
  assert.equal(errors[0]?.origin?.line, 5);
});

test("a document over a limit costs the next one nothing", () => {
  const { documents } = parse(`${nested(200)}\n---\nb: 2\n---\n[1, [2]]\n`, { nodes: 3 });
  assert.deepEqual(documents.map(({ index, value }) => [index, value]), [[1, { b: 2 }]]);
});

test("a megabyte on one line is read, and a mistake in it is found", () => {
  const long = "x".repeat(1_000_000);
  assert.deepEqual(values(`a: "${long}"\n`), [{ a: long }]);
  const { errors } = parse(`a: "${long}" b\n`);
  assert.equal(errors.length, 1);
  assert.equal(errors[0]?.origin?.column, 1_000_007);
  for (const part of ["a: ${ ", "- ", "a: ", "[", "' x", '"x ']) {
    assert.ok(parse(part.repeat(300_000)).errors.length > 0, part);
  }
});
