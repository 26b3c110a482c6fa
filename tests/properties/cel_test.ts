/** Closures, generated code and the official engine agree on what expressions give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc, { type Arbitrary } from "fast-check";
import { CelError } from "../../src/cel/cel_error.ts";
import { Context } from "../../src/cel/context.ts";
import { Compiled } from "../../src/cel/evaluate.ts";
import { parse } from "../../src/cel/parse.ts";
import { runOfficial } from "./official_cel.ts";

const VARIABLES = {
  n: 7,
  big: 9007199254740991,
  d: 2.5,
  s: "ab",
  u: "é😀x",
  yes: true,
  xs: [1, 2, 3],
  words: ["a", "bb", ""],
  m: { a: 1, b: 2, inner: { x: 5 } },
};

/** Expressions of a known type, so that nearly every one has a value. */
const expressions = fc.letrec<{
  int: string;
  double: string;
  string: string;
  bool: string;
  ints: string;
  strings: string;
}>((tie) => {
  const of = (parts: readonly (string | Arbitrary<string>)[]) =>
    fc.tuple(...parts.map((part) => typeof part === "string" ? fc.constant(part) : part))
      .map((texts) => texts.join(""));
  const [int, double, string, bool, ints, strings] = [
    tie("int"),
    tie("double"),
    tie("string"),
    tie("bool"),
    tie("ints"),
    tie("strings"),
  ];
  const operator = (...names: string[]) => fc.constantFrom(...names.map((name) => ` ${name} `));
  const pick = (...options: Arbitrary<string>[]) =>
    fc.oneof({ maxDepth: 4, withCrossShrink: true }, ...options);
  const choice = (value: Arbitrary<string>) => of(["(", bool, " ? ", value, " : ", value, ")"]);
  return {
    int: pick(
      fc.constantFrom("0", "1", "2", "-3", "n", "big", "m.a", "m['b']", "m.inner.x", "xs[1]"),
      of(["(", int, operator("+", "-", "*", "/", "%"), int, ")"]),
      of(["size(", fc.oneof(string, ints, strings), ")"]),
      of([ints, "[", int, "]"]),
      of(["(-", int, ")"]),
      choice(int),
      of(["cel.bind(v, ", int, ", v + v)"]),
    ),
    double: pick(
      fc.constantFrom("1.5", "2.0", "-0.5", "d", "0.0"),
      of(["(", double, operator("+", "-", "*", "/"), double, ")"]),
      of(["double(", int, ")"]),
      of(["(-", double, ")"]),
      choice(double),
    ),
    string: pick(
      fc.constantFrom("'x'", "''", "s", "u", "words[1]", "'constructor'"),
      of(["(", string, " + ", string, ")"]),
      of(["string(", int, ")"]),
      choice(string),
    ),
    bool: pick(
      fc.constantFrom("true", "false", "yes", "has(m.a)", "has(m.zzz)", "'a' in m"),
      of(["(", int, operator("<", "<=", ">", ">=", "==", "!="), int, ")"]),
      of(["(", double, operator("<", ">=", "==", "!="), double, ")"]),
      of(["(", string, operator("<", "==", "!="), string, ")"]),
      of(["(", ints, operator("==", "!="), ints, ")"]),
      of(["(", int, " in ", ints, ")"]),
      of(["(", bool, operator("&&", "||"), bool, ")"]),
      of(["(!", bool, ")"]),
      of([string, fc.constantFrom(".startsWith(", ".endsWith(", ".contains("), string, ")"]),
      of([
        ints,
        fc.constantFrom(".all(x, ", ".exists(x, ", ".exists_one(x, "),
        "x ",
        operator("<", "==", ">"),
        int,
        ")",
      ]),
    ),
    ints: pick(
      fc.constantFrom("xs", "[]", "[1, n]"),
      of(["[", int, ", ", int, "]"]),
      of(["(", ints, " + ", ints, ")"]),
      of([ints, ".map(x, x ", operator("+", "*", "-"), int, ")"]),
      of([ints, ".filter(x, x > ", int, ")"]),
      of([ints, ".map(x, x > 1, x / ", int, ")"]),
      choice(ints),
    ),
    strings: pick(
      fc.constantFrom("words", "['q']"),
      of([strings, ".map(w, w + ", string, ")"]),
      of([strings, ".filter(w, w != ", string, ")"]),
    ),
  };
});

const expression = fc.oneof(
  expressions.int,
  expressions.double,
  expressions.string,
  expressions.bool,
  expressions.ints,
  expressions.strings,
  fc.tuple(expressions.int, expressions.double, expressions.ints).map(([int, double, ints]) =>
    `{'i': ${int}, 'd': [${double}], 'xs': ${ints}}`
  ),
);

const FAILS = Symbol("fails");

function contextOf({ variables, slots }: Compiled): Context {
  const values = new Array<unknown>(slots);
  for (const { name, slot } of variables) {
    values[slot] = VARIABLES[name as keyof typeof VARIABLES];
  }
  return new Context(values);
}

/** What the closures give; a second time, since nothing may be left of the first. */
function byClosures(compiled: Compiled): unknown {
  const once = () => {
    try {
      return compiled.evaluate(contextOf(compiled));
    } catch (error) {
      assert.ok(error instanceof CelError, String(error));
      return error.problem.includes("beyond 2^53") ? undefined : FAILS;
    }
  };
  const first = once();
  assert.deepEqual(once(), first);
  return first;
}

test("generated code gives what closures give, or leaves it to them", () => {
  let generated = 0;
  let total = 0;
  fc.assert(
    fc.property(expression, (text) => {
      const compiled = new Compiled(parse(text), text);
      const expected = byClosures(compiled);
      const run = compiled.generate()!;
      let value: unknown;
      total++;
      try {
        value = run(contextOf(compiled));
      } catch {
        return;
      }
      generated++;
      assert.deepEqual(value, expected, text);
    }),
    { numRuns: 1_000 },
  );
  assert.ok(generated > total / 2, `only ${generated} of ${total} ran as generated code`);
});

test("the official engine gives the same", () => {
  let values = 0;
  fc.assert(
    fc.property(expression, (text) => {
      // It has no bindings extension.
      if (text.includes("cel.bind")) return;
      const ours = byClosures(new Compiled(parse(text), text));
      // It would be rounded, or is beyond what the other engine is asked for.
      if (ours === undefined) return;
      const official = runOfficial(text, VARIABLES);
      if (official.failed) assert.equal(ours, FAILS, `${text}: ${official.reason}`);
      else {
        values++;
        assert.deepEqual(ours, official.value, text);
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(values > 300, `only ${values} gave a value`);
});
