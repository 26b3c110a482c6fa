import assert from "node:assert/strict";
import { test } from "node:test";
import { CelError } from "../../../src/cel/cel_error.ts";
import { Context } from "../../../src/cel/context.ts";
import { compileText } from "../../../src/cel/evaluate.ts";
import { generateTemplate } from "../../../src/cel/generate/generate.ts";
import { parse } from "../../../src/cel/parse.ts";

const VARIABLES: Readonly<Record<string, unknown>> = { n: 7, xs: [1, 2.5], m: { a: { b: "c" } } };

function contextFor(compiled: ReturnType<typeof compileText>): Context {
  const slots = new Array<unknown>(compiled.slots);
  for (const { name, slot } of compiled.variables) slots[slot] = VARIABLES[name];
  return new Context(slots);
}

test("texts of users become data of the generated code, never code", () => {
  const hostile = [
    "'); throw 1; ('",
    '"+process.exit(1)+"',
    "`${process.exit(1)}`",
    "*/ process.exit(1) /*",
    "\u2028process.exit(1)\u2029",
    "\\",
    "__proto__",
    "constructor",
  ];
  for (const text of hostile) {
    const literal = JSON.stringify(text);
    for (const source of [literal, `{${literal}: n}`, `{'a': ${literal}}['a'] == ${literal}`]) {
      const compiled = compileText(source);
      const expected = compiled.evaluate(contextFor(compiled));
      assert.deepEqual(compiled.generate()!(contextFor(compiled)), expected);
    }
    const build = generateTemplate(
      [text, { node: parse("n"), source: "n", bound: undefined }],
      false,
    );
    assert.equal(build!.build(new Context([]), VARIABLES), `${text}7`);
  }
  assert.deepEqual(
    Object.keys(compileText("{'__proto__': 1}").generate()!(new Context([])) as object),
    [
      "__proto__",
    ],
  );
});

test("names of JavaScript's own properties give nothing in generated code either", () => {
  for (const source of ["m.constructor", "m.toString", "xs.length", "m.__proto__", "n.toFixed"]) {
    const compiled = compileText(source);
    const run = compiled.generate()!;
    assert.throws(() => run(contextFor(compiled)));
  }
});

test("generated code converts the same strings to integers as the closures", () => {
  const compiled = compileText("int(text)");
  const { slot } = compiled.variables[0]!;
  const run = compiled.generate()!;
  const texts = [
    "0",
    "-0",
    "+0",
    "7",
    "+7",
    "-7",
    "00012",
    "+",
    "-",
    "",
    " 1",
    "1 ",
    "1\n",
    "1.5",
    "1e3",
  ];
  const long = ["999999999999999", "-999999999999999", "9007199254740993", "9223372036854775808"];
  for (const text of [...texts, ...long, "+-1", "0x1", "1_0", "\u0663", "\uff11"]) {
    const [context, other] = [new Context([]), new Context([])];
    context.slots[slot] = other.slots[slot] = text;
    const outcome = (work: () => unknown) => {
      try {
        return work();
      } catch {
        return "an error";
      }
    };
    const expected = outcome(() => compiled.evaluate(context));
    assert.ok(Object.is(outcome(() => run(other)), expected), `int(${JSON.stringify(text)})`);
  }
});

test("steps run out in generated code as well, and the closures say so", () => {
  const compiled = compileText("range(2000).map(a, range(2000).map(b, a + b))");
  const evaluate = () => compiled.evaluate(new Context([]));
  const run = compiled.generate()!;
  assert.throws(() => run(new Context([])));
  assert.throws(
    evaluate,
    (error) => error instanceof CelError && error.details.limit === "expressionSteps",
  );
});

test("where the host refuses to compile text, closures are used", () => {
  const original = globalThis.Function;
  globalThis.Function = function () {
    throw new EvalError("Code generation from strings disallowed for this context");
  } as never;
  try {
    const compiled = compileText("xs.map(x, x + n)");
    for (let time = 0; time < 300; time++) {
      assert.deepEqual(compiled.evaluate(contextFor(compiled)), [8, 9.5]);
    }
  } finally {
    globalThis.Function = original;
  }
});
