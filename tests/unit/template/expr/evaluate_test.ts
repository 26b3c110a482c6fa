import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { evaluate as evaluateProgram } from "../../../../src/template/expr/evaluate.ts";
import { compileExpression } from "../../../../src/template/expr/program.ts";
import { rootScope } from "../../../../src/template/expr/scope.ts";
import { evaluate, failingPart, failure } from "./expressions.ts";
import { loadEngine } from "../../../../src/template/expr/engine.ts";

await loadEngine();

const scope = {
  port: 8080,
  price: 10,
  ratio: 1.5,
  name: "Ada",
  items: ["a", "b", "c"],
  numbers: [1, 2, 3],
  db: { host: "localhost", port: 5432 },
  env: { PORT: "80", HOME: "/root" },
  nothing: null,
};

describe("numbers", () => {
  const cases: [string, unknown][] = [
    ["port + 1", 8081],
    ["items[port - 8079]", "b"],
    ["size(items) * 2", 6],
    ["7 / 2", 3],
    ["7 % 4", 3],
    ["7 / 2.0", 3.5],
    ["price * 1.2", 12],
    ["price / 4", 2],
    ["price - 0.5", 9.5],
    ["1 + 0.5", 1.5],
    ["ratio * 2", 3],
    ["price == 10.0", true],
    ["1 == 1.0", true],
    ["price < 10.5", true],
    ["2 in [1.0, 2.0]", true],
    ["numbers.map(n, n * 1.5)", [1.5, 3, 4.5]],
    ["-port", -8080],
    ["double(price)", 10],
    ["int(2.9)", 2],
    ["string(price) + '/' + string(ratio)", "10/1.5"],
    ["'b' < 'c'", true],
  ];
  for (const [expression, expected] of cases) {
    test(`${expression} gives ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(evaluate(expression, scope), expected);
    });
  }

  test("an integer beyond 2^53 is an error and not rounded", () => {
    const error = failure(() => evaluate("9007199254740991 + port", scope));
    assert.match(error.problem, /beyond 2\^53/);
    assert.equal(evaluate("9007199254740990 + 1"), 9007199254740991);
    assert.equal(evaluate("string(9007199254740993)"), "9007199254740993");
  });

  test("a large double stays a double", () => {
    assert.equal(evaluate("big * 2", { big: 1e300 }), 2e300);
  });
});

describe("additions", () => {
  test("range counts up, from a start, and by a step", () => {
    assert.deepEqual(evaluate("range(3)"), [0, 1, 2]);
    assert.deepEqual(evaluate("range(2, 5)"), [2, 3, 4]);
    assert.deepEqual(evaluate("range(0, 10, 4)"), [0, 4, 8]);
    assert.deepEqual(evaluate("range(3, 0, -1)"), [3, 2, 1]);
    assert.deepEqual(evaluate("range(0)"), []);
    assert.deepEqual(evaluate("range(-3)"), []);
    assert.match(failure(() => evaluate("range(0, 3, 0)")).problem, /step/);
  });

  test("range is bounded before it allocates", () => {
    assert.equal(failure(() => evaluate("range(1000000000000)")).limit, "expressionSteps");
  });

  test("json writes any value", () => {
    assert.equal(evaluate("json(db)", scope), '{"host":"localhost","port":5432}');
    assert.equal(evaluate("json([1, 1.5, 'a', null, {'b': true}])"), '[1,1.5,"a",null,{"b":true}]');
  });

  test("matches follows RE2, as a method and as a function", () => {
    assert.equal(evaluate("name.matches('^A')", scope), true);
    assert.equal(evaluate("matches(name, 'x')", scope), false);
    assert.match(failure(() => evaluate("name.matches('(?=a)')", scope)).problem, /RE2/);
  });

  test("matches takes no exponential time", () => {
    assert.equal(evaluate("text.matches('^(a+)+$')", { text: "a".repeat(5000) + "b" }), false);
  });

  test("file reads only where a reader is given", () => {
    const reading = rootScope({}, undefined, (path) => `<${path}>`);
    assert.equal(evaluateProgram(compileExpression("file('x')"), reading), "<x>");
    assert.equal(failure(() => evaluate("file('x')")).problem, "file() does not exist here");
  });
});

describe("types", () => {
  test("lists, mappings and the branches of ? : may mix types", () => {
    assert.deepEqual(evaluate("[1, 'a', null, 2.5]"), [1, "a", null, 2.5]);
    assert.deepEqual(evaluate("{'a': 1, 'b': 'c'}"), { a: 1, b: "c" });
    assert.equal(evaluate("price > 5 ? 'many' : 0", scope), "many");
    assert.equal(evaluate("price > 50 ? 'many' : 0", scope), 0);
  });

  test("a variable hides the type of its name", () => {
    const fields = { type: "object", list: [1], map: { int: 5 } };
    assert.equal(evaluate("type", fields), "object");
    assert.equal(evaluate("type == 'object' && list[0] + map.int == 6", fields), true);
    assert.equal(evaluate("type(1) == int && type('') == string"), true);
  });

  test("macros work on empty and on literal lists", () => {
    assert.equal(evaluate("[].all(e, e > 0)"), true);
    assert.equal(evaluate("[].exists(e, e > 0)"), false);
    assert.deepEqual(evaluate("numbers.filter(n, n > 1).map(n, n * n)", scope), [4, 9]);
    assert.deepEqual(evaluate("db.map(k, k)", scope), ["host", "port"]);
  });

  test("results are plain data", () => {
    assert.equal(evaluate("timestamp('2030-01-31T12:00:00Z')"), "2030-01-31T12:00:00Z");
    assert.equal(evaluate("duration('1h')"), "3600s");
    assert.equal(evaluate("bytes('abc')"), "YWJj");
    assert.equal(evaluate("type(1)"), "int");
    assert.equal(evaluate("5u"), 5);
    assert.equal(evaluate("db.?host", scope), "localhost");
  });

  test("an optional without a value is an error that offers orValue", () => {
    assert.match(failure(() => evaluate("db.?user", scope)).help!, /orValue/);
    assert.equal(evaluate("db.?user.orValue('root')", scope), "root");
    assert.equal(evaluate("has(db.user) ? db.user : 'root'", scope), "root");
  });

  test("what passes through unchanged is the object it was", () => {
    assert.equal(evaluate("true ? db : {}", scope), scope.db);
    assert.equal(evaluate("[items][0]", scope), scope.items);
  });
});

describe("no way to JavaScript", () => {
  test("constructor, prototype and __proto__ are names that do not exist", () => {
    for (const subject of ["db", "items", "name", "port", "timestamp('2030-01-31T12:00:00Z')"]) {
      for (const name of ["constructor", "__proto__", "prototype", "toString"]) {
        failure(() => evaluate(`${subject}.${name}`, scope));
        failure(() => evaluate(`${subject}['${name}']`, scope));
      }
    }
    failure(() => evaluate("constructor"));
    failure(() => evaluate("__proto__"));
  });

  test("as keys of data they are data", () => {
    const odd = JSON.parse('{"constructor": 1, "__proto__": {"a": 2}, "toString": 3}');
    assert.equal(evaluate("odd.constructor + odd.toString", { odd }), 4);
    assert.equal(evaluate("odd['__proto__'].a", { odd }), 2);
    assert.deepEqual(evaluate("odd.map(k, k)", { odd }), ["constructor", "__proto__", "toString"]);
    const made = evaluate("{'constructor': 1, '__proto__': {'a': 2}}") as object;
    assert.deepEqual(Object.keys(made), ["constructor", "__proto__"]);
    assert.equal(Object.getPrototypeOf(made), Object.prototype);
  });
});

describe("bounds", () => {
  test("nested comprehensions run out of steps", () => {
    const inner = "range(2000).map(b, a + b)";
    assert.equal(
      failure(() => evaluate(`range(2000).map(a, ${inner})`)).limit,
      "expressionSteps",
    );
  });

  test("neither exists nor || hides that the steps ran out", () => {
    const loop = "range(2000).exists(a, range(2000).exists(b, a + b < 0))";
    assert.equal(failure(() => evaluate(loop)).limit, "expressionSteps");
    assert.equal(failure(() => evaluate(`${loop} || true`)).limit, "expressionSteps");
  });

  test("doubling a string runs out of steps", () => {
    const nested = Array.from({ length: 27 }, (_, n) => `cel.bind(a${n + 1}, a${n} + a${n}, `)
      .join("") + "a27" + ")".repeat(27);
    assert.equal(
      failure(() => evaluate(nested, { a0: "0123456789" })).limit,
      "expressionSteps",
    );
  });

  test("deep nesting is an error, however it is written", () => {
    const many = 20_000;
    for (
      const expression of [
        "(".repeat(100) + "1" + ")".repeat(100),
        "!".repeat(many) + "true",
        Array(many).fill("1").join("+"),
      ]
    ) {
      assert.equal(failure(() => evaluate(expression)).limit, "expressionNesting");
    }
  });
});

describe("errors", () => {
  const cases: [expression: string, problem: string, part: string, help?: string][] = [
    ["prt + 1", 'Unknown variable "prt"', "prt", 'Did you mean "port"?'],
    ["db.hots", 'db has no field "hots"', "hots", 'Did you mean "host"?'],
    ["db.zzz", 'db has no field "zzz"', "zzz", "It has: host, port"],
    ["nothing.x", 'nothing is null and has no field "x"', "x"],
    ["name.x", 'name is a string and has no field "x"', "x"],
    ["env.PRT", "The environment variable PRT is not set", "PRT", 'Did you mean "PORT"?'],
    [
      "env.PORT + 1",
      '"+" does not take a string and an integer',
      "env.PORT + 1",
      "env.PORT is a string: write int(env.PORT)",
    ],
    [
      "'n' + port",
      '"+" does not take a string and an integer',
      "'n' + port",
      "Write string(port) to make it a string",
    ],
    [
      "name * 2",
      '"*" does not take a string and an integer',
      "name * 2",
      "Write int(name) to make it a number",
    ],
    [
      "5 % ratio",
      '"%" does not take an integer and a decimal number',
      "5 % ratio",
      "Write int(ratio) to drop the fraction",
    ],
    ["-name", '"-" does not take a string', "-name", "Write -int(name)"],
    [
      "now()",
      'There is no function "now"',
      "now()",
      "An expression cannot read the clock: give it the time as an input",
    ],
    ["sizee(items)", 'There is no function "sizee"', "sizee(items)", 'Did you mean "size"?'],
    [
      "name.startWith('A')",
      'There is no method "startWith"',
      "startWith('A')",
      'Did you mean "startsWith"?',
    ],
    [
      "size(port)",
      "size() does not take an integer",
      "size(port)",
      "It takes a string, bytes, a list or a map",
    ],
    ["items[7]", "The list has no element items[7]", "items[7]"],
    ["1 / 0", "Division by zero", "1 / 0"],
    [
      "name ? 1 : 2",
      "A condition must be a boolean, and this is a string",
      "name",
      "Compare it, such as name != ''",
    ],
    [
      "port.all(x, true)",
      "Only lists and maps can be iterated over, and this is an integer",
      "port",
    ],
    [
      "int(name)",
      "int() got a string that it cannot convert",
      "int(name)",
      "It takes digits such as 8080",
    ],
    ["a b", 'Unexpected "b"', "b"],
    ["a = 1", 'Unexpected "="', "=", "Write == to compare"],
    ["(a", 'Expected ")", found the end', "", "Add the closing )"],
    ["a +", "The expression ends too early", "", "Write a value after +"],
    [
      "package",
      '"package" is a reserved word',
      "package",
      "Write it in brackets after another name: parent['package']",
    ],
    ["has(port)", "has() takes a field", "port", "Write has(x.field), or x != null for a variable"],
    [
      "items.map(1, 2)",
      "The first argument of map() must be a name",
      "1",
      "Write a new name for the element: map(x, …)",
    ],
  ];
  for (const [expression, problem, part, help] of cases) {
    test(`${expression}: ${problem}`, () => {
      const error = failure(() => evaluate(expression, scope));
      assert.equal(error.problem, problem);
      assert.equal(failingPart(error), part);
      assert.equal(error.help, help);
    });
  }

  test("no message holds a variable's value", () => {
    const secret = "hunter2";
    const variables = { secret, map: { [secret]: 1 }, list: [secret] };
    for (
      const expression of [
        "int(secret)",
        "bool(secret)",
        "duration(secret)",
        "timestamp(secret)",
        "map[secret].x",
        "{'a': 1}[secret]",
        "secret.matches(secret + '(')",
        "secret * 2",
        "secret.foo(secret)",
        "list[secret]",
      ]
    ) {
      const error = failure(() => evaluate(expression, variables));
      assert.ok(!`${error.message} ${error.help}`.includes(secret), error.message);
    }
  });
});
