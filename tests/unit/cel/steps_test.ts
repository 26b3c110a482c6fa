/** Whatever a function does counts as steps, so that no expression takes long within the limit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Comprehension } from "../../../src/cel/ast.ts";
import { CelError } from "../../../src/cel/cel_error.ts";
import { Context } from "../../../src/cel/context.ts";
import { compileText } from "../../../src/cel/evaluate.ts";
import { parse } from "../../../src/cel/parse.ts";
import { stepsOfTurn } from "../../../src/cel/turn_steps.ts";
import { DEFAULT_LIMITS } from "../../../src/contract/limits.ts";

const LENGTH = 1 << 16;
const VARIABLES: Readonly<Record<string, unknown>> = {
  turns: Array.from({ length: 2_000 }, (_, index) => index),
  text: "a".repeat(LENGTH),
  // The same text, as an object of its own.
  same: "a".repeat(LENGTH - 1) + String.fromCharCode(97),
  emoji: "é😀".repeat(LENGTH / 4),
  spaces: " ".repeat(LENGTH) + "a" + " ".repeat(LENGTH),
  digits: "1".repeat(LENGTH),
  parts: "1h".repeat(LENGTH / 2),
  data: new Uint8Array(LENGTH).fill(97),
  moreData: new Uint8Array(LENGTH).fill(97),
  numbers: Array.from({ length: 5_000 }, (_, index) => (index * 7_919) % 5_003),
  map: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index])),
  longKey: { ["k".repeat(LENGTH)]: 1 },
};

/** Results of functions; evaluating one 2,000 times takes more than 50,000 steps. */
const TURNS: readonly string[] = [
  "text.matches('a+b')",
  "text.matches('^a+b')",
  "text.matches('[ab]{40}c')",
  "text.matches('^(a|b|c|d|e|f|g)+h$')",
  "'x'.matches('[a-z]{9}' + string(i))",
  "'x'.matches('a{1,900}b?a' + string(i))",
  "'x'.matches('\\\\pL' + string(i))",
  "text.contains('b')",
  "text.startsWith(same)",
  "text.endsWith(same)",
  "text == same",
  "text != same",
  "text < same",
  "text in [same]",
  "[text] == [same]",
  "[text, same].distinct() == []",
  "[text, same].sort() == []",
  "text.size() == 0",
  "size(emoji) == 0",
  "emoji.charAt(1) == ''",
  "emoji.substring(1, 2) == ''",
  "emoji.substring(1) == ''",
  "text.indexOf('b') == 0",
  "text.indexOf('b', 5) == 0",
  "text.lastIndexOf('b') == 0",
  "emoji.lastIndexOf('b', 5) == 0",
  "text.lowerAscii() == ''",
  "emoji.upperAscii() == ''",
  "emoji.reverse() == ''",
  "text.replace('b', 'c') == ''",
  "text.replace('', 'c', 3) == ''",
  "text.split('b') == []",
  "text.split('', 2) == []",
  "spaces.trim() == ''",
  "strings.quote(text) == ''",
  "[text].join() == ''",
  "['', ''].join(text) == ''",
  "(text + 'a') == ''",
  "'%s'.format([text]) == ''",
  "'%x'.format([text]) == ''",
  "'%X'.format([data]) == ''",
  "'%s'.format([data]) == ''",
  "'%s'.format([numbers]) == ''",
  "'%s'.format([map]) == ''",
  "text.format([]) == ''",
  "bytes(text) == b''",
  "string(data) == ''",
  "data == moreData",
  "data < moreData",
  "(data + moreData) == b''",
  "base64.encode(data) == ''",
  "base64.decode(text) == b''",
  "json(text) == ''",
  "json(data) == ''",
  "json(numbers) == ''",
  "json(map) == ''",
  "json(longKey) == ''",
  "double(digits) == 0.0",
  "duration(parts.substring(0, 200)) == duration('0')",
  "range(10).exists(n, timestamp(0).getHours('Europe/Berlin') == n + 99)",
  "timestamp(0).getHours('Nowhere' + string(i)) == 99",
  "size(map) == 0",
  "map == {}",
  "optional.ofNonZeroValue(map) == 1",
  "map.misspelt == 1",
  "-1 in numbers",
  "numbers.sort() == []",
  "numbers.sortBy(x, x) == []",
  "numbers.distinct() == []",
  "numbers.flatten() == []",
  "numbers.reverse() == []",
  "numbers.slice(0, 5000) == []",
  "(numbers + numbers) == []",
  "range(5000) == []",
  "lists.range(5000) == []",
  "sets.contains(numbers, [-1])",
  "sets.intersects(numbers, [-1])",
  "sets.equivalent(numbers, numbers)",
  "math.greatest(numbers) == -1",
  "math.least(numbers) == -1",
  "numbers.map(x, x) == []",
  "numbers.filter(x, true) == []",
  "numbers.all(x, true) == false",
  "numbers.exists(x, false)",
  "numbers.exists_one(x, false)",
  "map.transformMap(k, v, v) == {}",
  "map.transformList(k, v, v) == []",
  "map.transformMapEntry(k, v, {k: v}) == {}",
];

const LIMITS = { ...DEFAULT_LIMITS, expressionSteps: 50_000 };

test("what a function reads or makes counts as steps", async (t) => {
  for (const turn of TURNS) {
    // An error of a turn does not end `exists`; that the steps have run out does.
    const compiled = compileText(
      `turns.exists(i, ${turn.endsWith(")") ? turn : `(${turn})`} && false)`,
    );
    const contextOf = () => {
      const slots = new Array<unknown>(compiled.slots);
      for (const { name, slot } of compiled.variables) slots[slot] = VARIABLES[name];
      return new Context(slots, LIMITS);
    };
    await t.test(turn, () => {
      assert.throws(
        () => compiled.run(contextOf()),
        (error) => error instanceof CelError && error.details.limit === "expressionSteps",
      );
      const context = contextOf();
      assert.throws(() => compiled.generate()!(context));
    });
  }
});

test("a pattern that repeats itself takes its steps within one match", () => {
  const { run } = compileText("text.matches('(a?){999}a{999}b')");
  assert.throws(() => run(new Context(["a".repeat(10_000)])), {
    problem: "The expression takes too many steps",
  });
});

test("patterns that repeat nothing, or too much, are small or refused", () => {
  const evaluate = (text: string) => compileText(text).run(new Context([]));
  const nested = (body: string) => "(?:".repeat(20) + body + "){1000}".repeat(20);
  assert.equal(evaluate(`'b'.matches('${nested("")}')`), true);
  assert.equal(evaluate(`'b'.matches('^${nested("(?:){3}a{0}")}$')`), false);
  assert.throws(() => evaluate(`'b'.matches('${nested("a")}')`), {
    problem: "matches() got a regular expression that is too large",
  });
});

test("a turn of a macro costs more if its body is long", async (t) => {
  for (
    const [text, steps] of [
      ["numbers.map(x, x + 1)", 1],
      [`numbers.map(x, x${" + x".repeat(500)})`, 1 + (1001 >> 4)],
      [`numbers.filter(x, x == 0${" || x == 0".repeat(99)})`, 1 + (399 >> 4)],
      [`numbers.map(x, x > 0${" && x > 0".repeat(99)}, [x].map(y, y${" + y".repeat(99)}))`, 26],
      [`map.transformList(k, v, k${" + k".repeat(99)})`, 1 + (199 >> 4)],
    ] as const
  ) {
    await t.test(text.slice(0, 40), () => {
      assert.equal(stepsOfTurn(parse(text) as Comprehension), steps);
    });
  }
});

test("the steps of a long body are those of its closures in generated code", () => {
  for (const body of ["x", `x${" + x".repeat(500)}`]) {
    const compiled = compileText(`[1, 2, 3].map(x, ${body})`);
    const [closures, generated] = [new Context([]), new Context([])];
    compiled.run(closures);
    compiled.generate()!(generated);
    assert.equal(generated.steps, closures.steps);
  }
});
