import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DEFAULT_LIMITS } from "../../../../src/contract/limits.ts";
import { Raw, type ValueMap } from "../../../../src/contract/resource.ts";
import { parseSource } from "../../../../src/load/yaml/parse.ts";
import { collect } from "../../documents.ts";
import { parse, source, summary, values } from "./texts.ts";

/** The values of a string that is one list. */
function list(text: string): unknown {
  return values(text)[0];
}

describe("values", () => {
  test("scalars are those of the YAML 1.2 core schema", () => {
    assert.deepEqual(
      list("[~, null, Null, true, TRUE, False, 12, -7, +3, 0o17, 0x1F, 007, -0]"),
      [null, null, null, true, true, false, 12, -7, 3, 15, 31, 7, 0],
    );
    assert.deepEqual(
      list("[1.5, -.5, 1., 1e3, .inf, -.Inf, +.INF, .nan]"),
      [1.5, -0.5, 1, 1000, Infinity, -Infinity, Infinity, NaN],
    );
  });

  test("what YAML 1.1 took for something else is text", () => {
    const texts = ["yes", "no", "on", "off", "2024-01-01", "12:30:45", "1_000", "0b11", "nUll"];
    assert.deepEqual(list(`[${texts.join(", ")}]`), texts);
    assert.deepEqual(list(`["12", 'true', "~"]`), ["12", "true", "~"]);
  });

  test("quoted, folded and literal texts are decoded", () => {
    assert.deepEqual(
      list("- \"a\\tb\\u00e9\"\n- 'it''s'\n- |\n  one\n   two\n- >-\n  one\n  two\n"),
      [
        "a\tbé",
        "it's",
        "one\n two\n",
        "one two",
      ],
    );
  });

  test("keys are the text that is written", () => {
    assert.deepEqual(values("8080: a\ntrue: b\n1.10: c\n'': d\n? e\n: f\n"), [
      { "8080": "a", true: "b", "1.10": "c", "": "d", e: "f" },
    ]);
  });

  test("names of Object's prototype are keys like any other", () => {
    const [value] = values("constructor: 1\ntoString: 2\nhasOwnProperty: 3\n");
    assert.deepEqual(Object.entries(value as ValueMap), [
      ["constructor", 1],
      ["toString", 2],
      ["hasOwnProperty", 3],
    ]);
  });

  test("a byte order mark, CRLF and a lone CR change nothing", () => {
    assert.deepEqual(values("\uFEFFa: 1\r\nb: |\r\n  x\r\n  y\r\n---\r\nc: 2\r\n"), [
      { a: 1, b: "x\ny\n" },
      { c: 2 },
    ]);
    assert.deepEqual(values("a: 1\rb: 2\r---\rc: 3\r"), [{ a: 1, b: 2 }, { c: 3 }]);
  });
});

describe("documents", () => {
  test("empty ones are left out, but counted", () => {
    const { documents } = parse(
      "# nothing\n---\n---\na: 1\n---\n# nothing\n--- ~\n...\n---\nb: 2\n",
    );
    assert.deepEqual(documents.map(({ index, value }) => [index, value]), [
      [1, { a: 1 }],
      [3, null],
      [4, { b: 2 }],
    ]);
  });

  test("a string of nothing, white space or comments has none", () => {
    for (const text of ["", "\n\n", "  \n", "# a\n# b", "---\n", "---"]) {
      assert.deepEqual(values(text), [], JSON.stringify(text));
    }
  });

  test("`---` within a line, and indented, separates nothing", () => {
    assert.deepEqual(values("a: x --- y\nb: |\n  ---\n  z\n----: 1\n"), [
      { a: "x --- y", b: "---\nz\n", "----": 1 },
    ]);
  });

  test("a document may end with `...` and begin on its marker", () => {
    assert.deepEqual(values("--- a\n...\nb: 1\n...\n--- |\n  c\n"), ["a", { b: 1 }, "c\n"]);
  });

  test("a block that keeps its line ends keeps them before a separator", () => {
    assert.deepEqual(values("a: |+\n  x\n\n---\nb: 1\n"), [{ a: "x\n\n" }, { b: 1 }]);
  });

  test("directives belong to the document that follows them", () => {
    const text = "a: 1\n...\n%YAML 1.2\n%TAG !y! tag:yaml.org,2002:\n---\nb: !y!str 2\n";
    assert.deepEqual(values(text), [{ a: 1 }, { b: "2" }]);
  });

  test("a broken one costs the others nothing", () => {
    const { documents, errors } = parse("a: 1\n---\nb: [\n---\nc: 3\n---\nd: 1\nd: 2\n");
    assert.deepEqual(documents.map(({ index, value }) => [index, value]), [
      [0, { a: 1 }],
      [2, { c: 3 }],
      [3, { d: 1 }],
    ]);
    assert.deepEqual(errors.map(summary), [
      "3:4+1 $ The [ is not closed",
      '8:1+1 $.d Duplicate key "d" in this map',
    ]);
  });

  test("the first error ends the work where diagnostics throw", () => {
    const diagnostics = {
      error(error: Error): void {
        throw error;
      },
      warning(): void {},
    };
    assert.throws(
      () => parseSource(source("a: 1\na: 2\n---\nb: [\n"), DEFAULT_LIMITS, diagnostics),
      { code: "ERR_MANIFEST_INVALID", message: 'Duplicate key "a" in this map' },
    );
  });
});

describe("tags", () => {
  test("!raw marks any node, whose value is read as without it", () => {
    const [value] = values(
      "a: !raw ${x}\nb: !raw [1, '2']\nc: !raw {d: ~}\ne: !raw 5\nf: !raw '5'\n",
    );
    assert.deepEqual(value, {
      a: new Raw("${x}"),
      b: new Raw([1, "2"]),
      c: new Raw({ d: null }),
      e: new Raw(5),
      f: new Raw("5"),
    });
  });

  test("the tags of the core schema say how a scalar is read", () => {
    assert.deepEqual(
      list(
        '[!!str 12, ! 12, !!int "12", !!float 12, !!bool "true", !!null "", !<tag:yaml.org,2002:str> 1]',
      ),
      ["12", "12", 12, 12, true, null, "1"],
    );
    assert.deepEqual(values("!!map {a: !!seq [1]}"), [{ a: [1] }]);
  });

  const wrong: [text: string, expected: string, help: RegExp][] = [
    ["a: !include x.yaml", "1:4+8 $.a Unknown tag !include", /Quote a string/],
    ["a: !Raw x", "1:4+4 $.a Unknown tag !Raw", /Did you mean "!raw"/],
    ["a: !!binary abc", "1:4+8 $.a Unknown tag !!binary", /!raw/],
    ["a: !!timestamp 2024-01-01", "1:4+11 $.a Unknown tag !!timestamp", /!raw/],
    ["a: !!set {b}", "1:4+5 $.a Unknown tag !!set", /.*/],
    ["a: !!str [b]", "1:4+5 $.a The tag !!str does not fit a list", /Remove/],
    ["a: !!seq {b: 1}", "1:4+5 $.a The tag !!seq does not fit a map", /Remove/],
    ["a: !!map x", "1:4+5 $.a The tag !!map does not fit a string", /Remove/],
    ["a: !!int 1.5", '1:4+5 $.a "1.5" does not fit the tag !!int', /Remove/],
    ["a: !!bool 1", '1:4+6 $.a "1" does not fit the tag !!bool', /Remove/],
    ["!raw a: 1", "1:1+4 $ The tag !raw does not fit a key", /Remove/],
  ];
  for (const [text, expected, help] of wrong) {
    test(`${text} is an error`, () => {
      const { errors } = parse(text);
      assert.deepEqual(errors.map(summary), [expected]);
      assert.equal(errors[0]?.code, "ERR_MANIFEST_INVALID");
      assert.match(errors[0]?.help ?? "", help);
    });
  }
});

describe("aliases and merge keys", () => {
  test("an alias is the node it names, the last one of that name", () => {
    assert.deepEqual(values("a: &x 1\nb: *x\nc: &x [2]\nd: *x\n"), [
      { a: 1, b: 1, c: [2], d: [2] },
    ]);
    assert.deepEqual(values("&k key: 1\nother: *k\nx: {*k : 2}\n"), [
      { key: 1, other: "key", x: { key: 2 } },
    ]);
  });

  test("anchors end with their document", () => {
    assert.deepEqual(parse("a: &x 1\n---\nb: *x\n").errors.map(summary), [
      '3:4+2 $.b No anchor "&x" is defined before this alias',
    ]);
  });

  test("a merge adds what is not written, the first source first", () => {
    const [value] = values(
      "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n  x: 4\nd: {<<: {e: 5}}\n",
    );
    assert.deepEqual((value as ValueMap)["c"], { z: 3, x: 4, y: 1 });
    assert.deepEqual((value as ValueMap)["d"], { e: 5 });
  });

  test("a quoted << is a key", () => {
    assert.deepEqual(values("'<<': 1\n"), [{ "<<": 1 }]);
  });

  const wrong: [text: string, expected: string][] = [
    ["a: {<<: 1}", '1:9+1 $.a["<<"] Only maps can be merged with `<<`'],
    ["a: &a [1]\nb:\n  <<: *a", '3:7+2 $.b["<<"] Only maps can be merged with `<<`'],
    ["a: &a !raw {b: 1}\nb:\n  <<: *a", '3:7+2 $.b["<<"] Only maps can be merged with `<<`'],
    [
      "a: &a {b: 1}\nc:\n  <<: *a\n  <<: *a",
      '4:3+2 $.c["<<"] The map has two `<<` keys',
    ],
    ["a: &a [*a]", '1:8+2 $.a[0] The alias "*a" is inside the node it refers to'],
    ["files: *.yaml", '1:8+6 $.files No anchor "&.yaml" is defined before this alias'],
    [
      "a: &a {b: 1}\n? *a\n: 1",
      "2:3+2 $ A key must be a string, and this one is a list or a map",
    ],
  ];
  for (const [text, expected] of wrong) {
    test(`${JSON.stringify(text)} is an error`, () => {
      assert.deepEqual(parse(text).errors.map(summary), [expected]);
    });
  }

  test("the nearest anchor is offered", () => {
    assert.match(parse("a: &base 1\nb: *bsae").errors[0]?.help ?? "", /"base"/);
  });
});

describe("keys", () => {
  test("a duplicate key is one error that shows both places", () => {
    const { errors, documents } = parse("a:\n  b: 1\n  c: 2\n  'b': 3\n");
    assert.deepEqual(errors.map(summary), ['4:3+3 $.a.b Duplicate key "b" in this map']);
    assert.equal(errors[0]?.related[0]?.origin.line, 2);
    assert.deepEqual(documents[0]?.value, { a: { b: 1, c: 2 } });
  });

  test("__proto__ is not a key and reaches no prototype", () => {
    for (
      const text of ["__proto__: {x: 1}", '{"__proto__": {x: 1}}', '"\\u005f_proto__": {x: 1}']
    ) {
      const { errors, documents } = parse(`a: 1\nb:\n  - ${text}\n`);
      assert.deepEqual(errors.map(({ code }) => code), ["ERR_MANIFEST_INVALID"]);
      const [item] = (documents[0]!.value as ValueMap)["b"] as ValueMap[];
      assert.equal(Object.getPrototypeOf(item), Object.prototype);
      assert.deepEqual(Object.keys(item!), []);
    }
  });

  const wrong: [text: string, expected: string, help?: RegExp][] = [
    ["? [a]\n: 1", "1:3+1 $ A key must be a string, and this one is a list or a map"],
    [
      "a: {{ x }}",
      "1:4+2 $.a A key must be a string, and this one is a list or a map",
      /\$\{\{ … /,
    ],
    [": 1", "1:1+1 $ A key is missing before the colon"],
  ];
  for (const [text, expected, help = /./] of wrong) {
    test(`${JSON.stringify(text)} is an error`, () => {
      const { errors } = parse(text);
      assert.deepEqual(errors.map(summary), [expected]);
      assert.match(errors[0]?.help ?? "", help);
    });
  }
});

describe("numbers that a number cannot hold", () => {
  for (
    const text of ["9007199254740992", "-9007199254740993", "0xFFFFFFFFFFFFFFFF", "9".repeat(400)]
  ) {
    test(`${text.slice(0, 20)} is an error that says to quote it`, () => {
      const { errors } = parse(`id: ${text}\n`);
      assert.equal(errors.length, 1);
      assert.match(summary(errors[0]!), new RegExp(`^1:5\\+${text.length} \\$\\.id The integer`));
      assert.match(errors[0]?.help ?? "", /Quote it/);
    });
  }

  test("the largest exact integers are fine", () => {
    assert.deepEqual(list("[9007199254740991, -9007199254740991]"), [
      9007199254740991,
      -9007199254740991,
    ]);
  });

  test("a float beyond all bounds is an error", () => {
    assert.deepEqual(parse("a: 1e999").errors.map(summary), [
      "1:4+5 $.a The number 1e999 is too large",
    ]);
  });
});

test("diagnostics that collect get every mistake of a document", () => {
  const diagnostics = collect();
  parseSource(source("a: !x 1\nb: *y\nb: 2\nc: 99999999999999999\n"), DEFAULT_LIMITS, diagnostics);
  assert.deepEqual(diagnostics.errors.map(({ origin }) => origin?.line), [1, 2, 3, 4]);
});

test("what the parser knows about positions is not kept", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const text = Array.from({ length: 2_000 }, (_, index) => `kind: A.B\nvalue: ${index}\n`).join(
    "---\n",
  );
  parse(text);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const { documents } = parse(text);
  collectGarbage();
  const bytes = (process.memoryUsage().heapUsed - before) / documents.length;
  // The events of one are more than a thousand bytes.
  assert.ok(bytes < 700, `${Math.round(bytes)} bytes a document`);
});
