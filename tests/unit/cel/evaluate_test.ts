import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../../../src/cel/context.ts";
import { compileText } from "../../../src/cel/evaluate.ts";

function evaluate(text: string, variables: Record<string, unknown> = {}): unknown {
  const compiled = compileText(text);
  const slots = new Array<unknown>(compiled.slots);
  for (const { name, slot } of compiled.variables) slots[slot] = variables[name];
  return compiled.evaluate(new Context(slots));
}

test("data that passes through is the object it was", () => {
  const db = { host: "localhost", tags: ["a"] };
  assert.equal(evaluate("[db][0]", { db }), db);
  assert.equal(evaluate("db.tags", { db }), db.tags);
});

test("results are plain data, however deep what is not plain lies", () => {
  assert.deepEqual(
    evaluate("{'a': [1.0, 2u, [duration('90s')]], 'b': timestamp(0), 1: b'a'}"),
    { a: [1, 2, ["90s"]], b: "1970-01-01T00:00:00Z", 1: "YQ==" },
  );
  assert.deepEqual(evaluate("xs.map(x, x * 2.0)", { xs: [1, 1.5] }), [2, 3]);
  assert.deepEqual(evaluate("(xs + [1.0]).filter(x, true) + xs", { xs: [5] }), [5, 1, 5]);
});

test("what is shared stays shared, so results cannot grow without a bound", () => {
  const nested = Array.from({ length: 27 }, (_, n) => `cel.bind(a${n + 1}, [a${n}, a${n}], `)
    .join("") + "a27" + ")".repeat(27);
  let list = evaluate(`cel.bind(a0, 1.0, ${nested})`) as unknown[];
  assert.equal(list[0], list[1]);
  for (let depth = 1; depth < 27; depth++) list = list[0] as unknown[];
  assert.deepEqual(list, [1, 1]);
});

/** Loops that hide what each turn costs: the error of most turns is absorbed. */
const EXPENSIVE_TURNS: Readonly<Record<string, string>> = {
  "patterns that are compiled": "range(2000).exists(x, 'a'.matches('a{1000}' + string(x)))",
  "patterns that are proven linear":
    "range(5000).exists(x, 'a'.matches('abcdefghijklmnopqrstuvwxyz' + string(x)))",
  "time zones": "range(2000).exists(x, timestamp(0).getHours('x' + string(x)) == 1)",
  "missing fields": "range(1000).exists(x, m.misspelt == x)",
  "missing keys": "range(1000).exists(x, m['misspelt'] == x)",
};

test("work that a loop hides counts as steps", async (t) => {
  const m = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`field${n}`, n]));
  for (const [name, text] of Object.entries(EXPENSIVE_TURNS)) {
    await t.test(name, () => {
      assert.throws(() => evaluate(text, { m }), {
        problem: "The expression takes too many steps",
      });
    });
  }
});

test("a missing field of a large map is an error of its own", () => {
  const m = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`field${n}`, n]));
  assert.throws(() => evaluate("m.misspelt", { m }), { problem: 'm has no field "misspelt"' });
});
