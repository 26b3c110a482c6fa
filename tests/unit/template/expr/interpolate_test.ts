import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeferred } from "../../../../src/contract/resource.ts";
import { failingPart, failure, render } from "./expressions.ts";

const scope = { port: 8080, name: "Ada", nothing: null, list: [1], map: { a: 1 }, yes: true };

test("a string that is one expression keeps the type of the result", () => {
  assert.equal(render("${port}", scope), 8080);
  assert.equal(render("${nothing}", scope), null);
  assert.equal(render("${yes}", scope), true);
  assert.deepEqual(render("${list}", scope), [1]);
  assert.deepEqual(render("${map}", scope), { a: 1 });
});

test("anything around an expression makes it a string", () => {
  assert.equal(render(" ${port} ", scope), " 8080 ");
  assert.equal(render("${port}${port}", scope), "80808080");
  assert.equal(render("Hello ${name}!", scope), "Hello Ada!");
  assert.equal(render("is ${yes}", scope), "is true");
});

test("numbers in a string are written as CEL's string() writes them", () => {
  const numbers = { half: 0.5, huge: 1e300, inf: Infinity, none: NaN, minus: -3 };
  assert.equal(render("=${half}", numbers), "=0.5");
  assert.equal(render("=${huge}", numbers), "=1e+300");
  assert.equal(render("=${inf} ${-inf} ${none}", numbers), "=+Inf -Inf NaN");
  assert.equal(render("=${minus}", numbers), "=-3");
});

test("null, a list and a mapping in a string are errors that name json()", () => {
  for (const [name, what] of [["nothing", "null"], ["list", "a list"], ["map", "a mapping"]]) {
    const error = failure(() => render(`x \${${name}}`, scope));
    assert.equal(error.problem, `${name} is ${what} and cannot be inserted into a string`);
    assert.match(error.help!, new RegExp(`json\\(${name}\\)`));
    assert.equal(error.offset, 4);
  }
});

test("escapes render as the literal text", () => {
  assert.equal(render("$${port}", scope), "${port}");
  assert.equal(render("$${{ port }}", scope), "${{ port }}");
  assert.equal(render("a $${b} ${port} $${{c}}", scope), "a ${b} 8080 ${{c}}");
});

test("a dollar sign without a brace is text", () => {
  assert.equal(render("$ $5 $$ a$", scope), "$ $5 $$ a$");
  assert.equal(render("${'$'}${port}", scope), "$8080");
});

test("the end of an expression is found by lexing", () => {
  assert.equal(render("${'}'}"), "}");
  assert.equal(render("${\"}\" + '{'}"), "}{");
  assert.equal(render("${'\\'}'}"), "'}");
  assert.equal(render("${'''a'}'b'''}"), "a'}'b");
  assert.deepEqual(render("${ {'a': {'b': '}'}} }"), { a: { b: "}" } });
  assert.equal(render("${1 + // one }\n 2}"), 3);
});

test("what an expression gave is never scanned again", () => {
  assert.equal(render("${text}", { text: "${port}" }), "${port}");
  assert.equal(render("a${text}", { text: "${{ env.X }}" }), "a${{ env.X }}");
});

test("${{ always opens the resource-time form", () => {
  assert.ok(isDeferred(render("${{ request.id }}")));
  const error = failure(() => render("${{'a': 1}}"));
  assert.equal(error.help, "Write ${ {'a': 1} } for a mapping");
});

test("a string with both forms evaluates the one and keeps the other", () => {
  const value = render("${name}-${{ request.id }}-${port}", scope);
  assert.equal(String(value), "Ada-${{ request.id }}-8080");
});

test("an expression that does not end is an error that offers the escape", () => {
  const error = failure(() => render("x ${port", scope));
  assert.equal(error.problem, "The expression has no closing }");
  assert.equal(error.help, "Close it, or write $${ for the literal text ${");
  assert.equal(failure(() => render("${{ port }")).problem, "The expression has no closing }}");
  assert.equal(
    failure(() => render("${'port}")).problem,
    "Unterminated string in the expression",
  );
});

test("an empty expression is an error", () => {
  assert.equal(failure(() => render("${ }")).problem, "Empty expression in ${ }");
  assert.equal(failure(() => render("${{}}")).problem, "Empty expression in ${{ }}");
});

test("an error knows where in the string its expression begins", () => {
  const error = failure(() => render("ab ${ port } ${ prt }", scope));
  assert.equal(error.offset, 16);
  assert.equal(failingPart(error), "prt");
});

test("a result over the limit is an error", () => {
  const error = failure(() => render("${a + a}", { a: "12345" }, { expressionText: 8 }));
  assert.equal(error.limit, "expressionText");
});
