import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, render } from "./expressions.ts";

const origin = {
  file: "/app/app.yaml",
  line: 3,
  column: 7,
  length: 20,
  path: "$.port",
  excerpt: {
    firstLine: 2,
    lines: ["kind: A", "port: '${ 1 + prt }' # ${ 1 + prt }", "text: |", "  x ${ 1 + prt }"],
  },
};

test("the place is narrowed to the failing part where the source shows it", () => {
  const error = failure(() => render("${ 1 + prt }", { port: 1 }));
  const shown = error.toDiglyError("ERR_COMPILATION_FAILED", origin);
  assert.equal(shown.message, 'Unknown variable "prt"');
  assert.deepEqual([shown.origin!.line, shown.origin!.column, shown.origin!.length], [3, 15, 3]);
  assert.equal(shown.help, 'Did you mean "port"?');
  assert.deepEqual(shown.details, { problem: 'Unknown variable "prt"', expression: "1 + prt" });
});

test("in a block scalar the lines that follow are searched", () => {
  const error = failure(() => render("x ${ 1 + prt }\n"));
  const block = { ...origin, line: 4, column: 7 };
  const shown = error.toDiglyError("ERR_COMPILATION_FAILED", block);
  assert.deepEqual([shown.origin!.line, shown.origin!.column], [5, 12]);
});

test("where the source does not show it the message marks the part", () => {
  const error = failure(() => render("${ 1 + prt }"));
  const { excerpt: _, ...bare } = origin;
  const shown = error.toDiglyError("ERR_REFERENCE_UNRESOLVED", bare);
  assert.equal(shown.message, 'Unknown variable "prt"\n  1 + prt\n      ^^^');
  assert.equal(shown.origin, bare);
});

test("of an expression of several lines the failing one is shown", () => {
  const error = failure(() => render("${ 1 +\n  prt }"));
  assert.equal(error.message, 'Unknown variable "prt"\n    prt\n    ^^^');
});

test("a limit has its own code", () => {
  const error = failure(() => render("${range(10000000)}"));
  const shown = error.toDiglyError("ERR_COMPILATION_FAILED", undefined);
  assert.equal(shown.code, "ERR_LIMIT_EXCEEDED");
  assert.match(shown.help!, /`expressionSteps`/);
});
