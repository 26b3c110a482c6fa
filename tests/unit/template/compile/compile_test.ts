import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compile } from "../../../../mod.ts";
import { type DiglyError, isDiglyError } from "../../../../src/contract/errors.ts";
import { isDeferred, Raw } from "../../../../src/contract/resource.ts";
import { check, parsed } from "./compiling.ts";

describe("compile, on plain data", () => {
  test("runs directives and evaluates expressions", () => {
    const value = { $let: { port: "8000 + 80" }, url: "http://localhost:${port}" };
    assert.deepEqual(compile(value), { url: "http://localhost:8080" });
  });

  test("expressions see the caller's context", () => {
    assert.equal(compile("${name}", { context: { name: "Ada" } }), "Ada");
    assert.throws(() => compile("${name}"), isDiglyError);
  });

  test("never changes its input and shares what does not change", () => {
    const value = { a: { b: [1, "x"] }, c: "${1 + 1}", $let: { d: 1 } };
    const before = structuredClone(value);
    const result = compile(value) as { a: unknown };
    assert.deepEqual(value, before);
    assert.equal(result.a, value.a);
  });

  test("data with nothing to compile comes back as it is", () => {
    const value = { a: [{ b: "$5 and {x}" }], when: new Date(0), none: null };
    assert.equal(compile(value), value);
  });

  test("a resource-time expression comes out as text", () => {
    const value = { $let: { n: 1 }, a: "${n} ${{ Http.Server.Main.port }} $${x}" };
    assert.deepEqual(compile(value), { a: "1 ${{ Http.Server.Main.port }} $${x}" });
  });

  test("a loop as the whole gives a list, an untaken branch nothing", () => {
    assert.deepEqual(compile({ $for: "x in range(1)", $do: "${x}" }), [0]);
    assert.deepEqual(compile({ $for: "x in range(0)", $do: "${x}" }), []);
    assert.equal(compile({ $if: false, $then: 1 }), undefined);
  });

  test("an error tells the path and shows the failing part", () => {
    try {
      compile({ a: [{ b: "x ${1 + prt}" }] }, { context: { port: 1 } });
      assert.fail();
    } catch (error) {
      assert.ok(isDiglyError(error));
      assert.equal(error.code, "ERR_COMPILATION_FAILED");
      assert.equal(
        error.message,
        'Unknown variable "prt" (at $.a[0].b)\n  1 + prt\n      ^^^',
      );
      assert.equal(error.help, 'Did you mean "port"?');
    }
  });

  test("data that is too deep, or holds itself, is an error", () => {
    let deep: unknown = "x";
    for (let depth = 0; depth < 10_000; depth++) deep = [deep];
    const self: Record<string, unknown> = {};
    self["self"] = self;
    for (const value of [deep, self]) {
      assert.throws(() => compile(value), { code: "ERR_LIMIT_EXCEEDED" });
    }
  });

  test("keys such as __proto__ stay keys", () => {
    const value = JSON.parse('{"__proto__": {"a": "${1}"}, "constructor": "${2}"}');
    const result = compile(value) as object;
    assert.equal(JSON.stringify(result), '{"__proto__":{"a":1},"constructor":2}');
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
  });
});

describe("compileDocument", () => {
  test("a document of a source without dollar signs is handed on as it is", () => {
    const { documents } = check({ kind: "A", port: 1 });
    assert.deepEqual(documents[0]!.value, { kind: "A", port: 1 });
  });

  test("keeps resource-time expressions as values that wait", () => {
    const [value] = check({ a: "${{ Http.Server.Main.port }}" }).values;
    assert.ok(isDeferred((value as { a: unknown }).a));
  });

  test("a resource-time expression that does not parse is found here", () => {
    assert.deepEqual(check({ a: "${{ a b }}" }).problems, [['Unexpected "b"', "$.a"]]);
  });

  test("a raw node's content is untouched", () => {
    const { values } = check({ a: new Raw({ $if: "x", b: "${y}" }), c: "${1}" });
    assert.deepEqual(values, [{ a: { $if: "x", b: "${y}" }, c: 1 }]);
  });

  test("a node that occurs twice is compiled at both places", () => {
    const shared = { text: "${x}" };
    const value = {
      a: { $let: { x: 1 }, ...{ inner: shared } },
      b: { $let: { x: 2 }, inner: shared },
    };
    assert.deepEqual(check(value).values, [{
      a: { inner: { text: 1 } },
      b: { inner: { text: 2 } },
    }]);
    assert.deepEqual(shared, { text: "${x}" });
  });

  test("finds every mistake of a document, each once", () => {
    const { problems } = check({
      $let: { a: "prt + 1", b: "a + 1" },
      c: "${b}",
      d: "${nope}",
      e: { $for: "x in range(3)", $do: { "${string(x)}": "${nein}" } },
    });
    assert.deepEqual(problems, [
      ['Unknown variable "prt"', "$.$let.a"],
      ['Unknown variable "nope"', "$.d"],
      ['Unknown variable "nein"', '$.e.$do["${string(x)}"]'],
    ]);
  });

  test("the first error stops a boot", () => {
    const thrown: unknown[] = [];
    const diagnostics = {
      error(error: DiglyError): never {
        thrown.push(error);
        throw error;
      },
      warning: () => {},
    };
    assert.throws(() => check({ a: "${x}", b: "${y}" }, { diagnostics }), {
      code: "ERR_COMPILATION_FAILED",
    });
    assert.equal(thrown.length, 1);
  });

  test("an unset environment variable is an error", () => {
    const { problems } = check({ a: "${env.PORT}" });
    assert.deepEqual(problems, [["The environment variable PORT is not set", "$.a"]]);
  });
});

describe("keys", () => {
  test("are interpolated", () => {
    assert.deepEqual(check({ $let: { x: "'a'" }, "${x}-b": 1, "$${c}": 2 }).values, [
      { "a-b": 1, "${c}": 2 },
    ]);
  });

  test("must give strings", () => {
    assert.deepEqual(check({ "${1}": 1 }).problems, [
      ["A key must be a string, not an integer", '$["${1}"] key'],
    ]);
    assert.equal(check({ "${{ x }}": 1 }).errors.length, 1);
  });

  test("that render alike are an error", () => {
    assert.deepEqual(check({ a: 1, "${'a'}": 2 }).problems, [
      ['Duplicate key "a" in the mapping', "$[\"${'a'}\"] key"],
    ]);
  });

  test("that an expression gave are not directives", () => {
    assert.deepEqual(check({ "${'$if'}": "x" }).values, [{ $if: "x" }]);
  });
});

describe("directives", () => {
  const cases: [name: string, value: unknown, problem: string, path: string, help: string][] = [
    ["unknown", { $iff: 1 }, 'Unknown directive "$iff"', "$.$iff key", 'Did you mean "$if"?'],
    [
      "far from any",
      { $reference: 1 },
      'Unknown directive "$reference"',
      "$.$reference key",
      "Write ${'$reference'} for a key that starts with a dollar sign",
    ],
    [
      "$then alone",
      { $then: 1 },
      '"$then" requires "$if"',
      "$.$then key",
      'Add "$if" to the same mapping',
    ],
    [
      "$else alone",
      { $else: 1 },
      '"$else" requires "$if"',
      "$.$else key",
      'Add "$if" to the same mapping',
    ],
    [
      "$do alone",
      { $do: 1 },
      '"$do" requires "$for"',
      "$.$do key",
      'Add "$for" to the same mapping',
    ],
    [
      "$msg alone",
      { $msg: "x" },
      '"$msg" requires "$assert"',
      "$.$msg key",
      'Add "$assert" to the same mapping',
    ],
    [
      "$with alone",
      { $with: {} },
      '"$with" requires "$include"',
      "$.$with key",
      'Add "$include" to the same mapping',
    ],
    [
      "$if alone",
      { $if: true },
      '"$if" requires "$then" or "$else"',
      "$.$if key",
      'Add "$then" to the same mapping',
    ],
    [
      "$for alone",
      { $for: "x in y" },
      '"$for" requires "$do"',
      "$.$for key",
      'Add "$do" to the same mapping',
    ],
    [
      "two that exclude each other",
      { $if: true, $then: 1, $for: "x in [1]", $do: 1 },
      '"$if" and "$for" cannot be used in the same mapping',
      "$.$for key",
      "Nest one inside the other",
    ],
  ];
  for (const [name, value, problem, path, help] of cases) {
    test(name, () => {
      const { problems, errors } = check(value);
      assert.deepEqual(problems, [[problem, path]]);
      assert.equal(errors[0]!.help, help);
    });
  }
});

describe("limits", () => {
  test("nodes are counted, shared ones each time they are met", () => {
    const $let: Record<string, unknown> = { v0: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] };
    for (let n = 1; n < 9; n++) $let[`v${n}`] = Array(10).fill(`\${v${n - 1}}`);
    const { errors } = check({ $let, x: "${v8}" });
    assert.deepEqual(errors.map(({ code }) => code), ["ERR_LIMIT_EXCEEDED"]);
    assert.match(errors[0]!.help!, /`nodes`/);
  });

  test("turns of a loop count, also when they give nothing", () => {
    const inner = { $for: "y in range(2000)", $do: { $if: false, $then: 1 } };
    const { errors } = check([{ $for: "x in range(2000)", $do: inner }]);
    assert.deepEqual(errors.map(({ code }) => code), ["ERR_LIMIT_EXCEEDED"]);
  });

  test("text is counted as it is produced", () => {
    const { errors } = check([{ $for: "x in range(100)", $do: "0123456789${x}" }], {
      limits: { documentText: 1000 },
    });
    assert.match(errors[0]!.help!, /`documentText`/);
  });
});

test("a document keeps its source", () => {
  const document = parsed({ a: 1 });
  assert.equal(check({ a: "${1}" }).documents[0]!.source.url, document.source.url);
});

test("$include reads files through `read`, relative to `base` and never above it", () => {
  const files: Record<string, string> = {
    "file:///app/parts/port.yaml": "port: ${8000 + n}\nmore: { $include: more.yaml }\n",
    "file:///app/parts/more.yaml": "x: 1\n",
  };
  const options = {
    base: "file:///app/main.yaml",
    read(url: string) {
      const text = files[url];
      if (text === undefined) throw new Error(`nothing at ${url}`);
      return text;
    },
  };
  assert.deepEqual(compile({ $include: "parts/port.yaml", $with: { n: 80 } }, options), {
    port: 8080,
    more: { x: 1 },
  });
  assert.throws(() => compile({ $include: "../secret.yaml" }, options), {
    code: "ERR_COMPILATION_FAILED",
    message: /may not be included/,
  });
  assert.throws(() => compile({ $include: "parts/port.yaml" }), { code: "ERR_COMPILATION_FAILED" });
});
