import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, summary } from "./texts.ts";

const EXPRESSION = /^Quote the string that contains \$\{\{ \}\}, or write it in a block after >-$/;

const CASES: [text: string, expected: string, help: RegExp][] = [
  // Indentation.
  ["a:\n\tb: 1\n", "2:1+1 $ A tab is used for indentation", /spaces/],
  ["a:\n  b: 1\n\tc: 2\n", "3:1+1 $ A tab is used for indentation", /spaces/],
  ["a:\n  - b: 1\n  \tc: 2\n", "3:3+1 $ A tab is used for indentation", /spaces/],
  ["\ta: 1\n", "1:1+1 $ A tab is used for indentation", /spaces/],
  ["a: |\n\tx\n", "2:1+1 $ A tab is used for indentation", /spaces/],
  [
    "a:\n    b: 1\n  c: 2\n",
    "3:3+4 $ The indentation of this line does not match any line above",
    /Align/,
  ],
  [
    "a:\n  - 1\n - 2\n",
    "3:2+3 $ The indentation of this line does not match any line above",
    /Align/,
  ],
  [
    "a: 1\n  b: 2\n",
    "2:3+1 $ A key is not allowed here: the line above already has a value",
    /Indent it like/,
  ],
  ["- a\nb: c\n", "2:1+4 $ This line does not belong to the list or map above it", /---/],
  // Colons.
  ["a: 1\nfoo\nb: 2\n", "2:1+3 $ This line is not a `key: value` pair", /colon/],
  ["hello\nb: 2\n", "1:1+5 $ This line is not a `key: value` pair", /colon/],
  ["a: 1\nb:2\nc: 3\n", '2:1+3 $ A space is missing after "b:"', /key: value/],
  ['"a":1\n', "1:5+1 $ A space is missing after the colon", /key: value/],
  ["msg: hello: world\n", "1:11+1 $ A string that contains `: ` must be quoted", /"hello: world"/],
  ['msg: say "a": b\n', "1:13+1 $ A string that contains `: ` must be quoted", /'say "a": b'/],
  // Quotes and what a string begins with.
  ["a: 'it's'\n", "1:8+2 $ Unexpected text after the end of the value", /''/],
  ['a: "x" y\n', "1:8+1 $ Unexpected text after the end of the value", /Quote the whole/],
  ['a: "abc\nb: 1\n', '1:4+1 $ The " is not closed', /closing "/],
  ["a: 'abc\n", "1:4+1 $ The ' is not closed", /closing '/],
  ['a: "b"\nc: "d\\"\n', '2:4+1 $ The " is not closed', /closing "/],
  ['a: "\\d"\n', '1:5+2 $ "\\d" is not a valid escape sequence', /single quotes/],
  ['a: "\\xZZ"\n', "1:7+1 $ The escape sequence has too few hexadecimal digits", /two digits/],
  ["name: @foo\n", "1:7+1 $ A string cannot begin with `@`", /Quote it/],
  [
    "runtime: >=20\n",
    "1:10+1 $ `>` begins a block of text, so nothing may follow it on its line",
    /">=20"/,
  ],
  ["a: & b\n", "1:4+1 $ `&` needs a name after it", /Quote/],
  ["a: * b\n", "1:4+1 $ `*` needs a name after it", /Quote/],
  ["a: !b!c d\n", "1:6+2 $ This is not a valid tag", /Quote/],
  ["a: - b\n", "1:4+1 $ A list cannot begin on the line of its key", /line of its own/],
  ["a: 'x'# c\n", "1:7+1 $ A comment needs a space before its #", /space/],
  [
    "% x\n",
    "1:1+1 $ A line that begins with % before a document is a directive, and this one is not valid",
    /Quote|quote/,
  ],
  [
    "a: 1\n%YAML 1.1\n---\nb: 1\n",
    "2:1+9 $ This line does not belong to the list or map above it",
    /---/,
  ],
  // Brackets.
  ["a: [1, 2\n", "1:4+1 $ The [ is not closed", /closing \]/],
  ["a: [1,\n  {b: 2},\nc: 3\n", "1:4+1 $ The [ is not closed", /closing \]/],
  ["a: {b: [1],\n  c: 1\nd: 2\n", "1:4+1 $ The { is not closed", /closing \}/],
  ["a: [1, 2]]\n", '1:10+1 $ Unexpected "]"', /Remove/],
  ["a: {b: [1}\n", '1:10+1 $ Unexpected "}"', /Remove/],
  ["a: [,]\n", "1:5+1 $ A value is missing before the comma", /comma/],
  ['{"a": 1 "b": 2}', "1:12+1 $ A comma is missing between two entries", /comma/],
  // Characters that are not text.
  ["a: \u0001\n", "1:4+1 $ The control character U+0001 is not allowed here", /\\u0001/],
  ["a: \0\n", "1:4+1 $ The file contains a NUL character, so it is not text", /file you meant/],
  // Unquoted expressions.
  ["a: {b: ${{ c }}}\n", "1:9+1 $ A comma is missing between two entries", EXPRESSION],
  ["a: [${{ c }}]\n", "1:6+1 $ A comma is missing between two entries", EXPRESSION],
  [
    "a: ${{ x ? {'b': 1} : 2 }}\n",
    "1:16+1 $ A string that contains `: ` must be quoted",
    EXPRESSION,
  ],
  ["a: {b: ${c}}\n", "1:9+1 $ A comma is missing between two entries", /contains \$\{ \}/],
  ['a: "${{ b }}" c\n', "1:15+1 $ Unexpected text after the end of the value", /Quote the whole/],
  ["b: '${{ x }}'\n\ta: 1\n", "2:1+1 $ A tab is used for indentation", /spaces/],
];

for (const [text, expected, help] of CASES) {
  test(JSON.stringify(text), () => {
    const { errors } = parse(text);
    assert.deepEqual(errors.map(summary), [expected]);
    assert.equal(errors[0]?.code, "ERR_MANIFEST_INVALID");
    assert.match(errors[0]?.help ?? "", help);
  });
}

test("line and column are those of the file, not of the document", () => {
  const { errors } = parse("a: 1\r\n---\r\n# two\r\nb: 1\r\n  c: 2\r\n");
  assert.deepEqual(errors.map(summary), [
    "5:3+1 $ A key is not allowed here: the line above already has a value",
  ]);
  assert.deepEqual(errors[0]?.origin?.excerpt, {
    firstLine: 3,
    lines: ["# two", "b: 1", "  c: 2", ""],
  });
});

test("a string that is not YAML at all gives one error", () => {
  for (
    const text of [
      "%PDF-1.7\n%âã",
      "{{#if x}}{{/if}}\n- y: [",
      "\u0007\u0008",
      "@@@",
      "```js\nx\n```",
    ]
  ) {
    const { errors } = parse(text);
    assert.deepEqual(errors.map(({ code }) => code), ["ERR_MANIFEST_INVALID"], text);
    assert.ok(errors[0]?.origin, text);
  }
});
