import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../../src/cel/ast.ts";
import { CelError } from "../../../src/cel/cel_error.ts";
import { METHOD_MACROS } from "../../../src/cel/macros.ts";
import { nestingError, RESERVED_WORDS } from "../../../src/cel/grammar.ts";
import { parse } from "../../../src/cel/parse.ts";
import {
  functionNames,
  methodNames,
  operatorOverloads,
  overloadsOf,
  type SignatureType,
} from "../../../src/cel/signatures.ts";

/** A tree as a string with every bracket written. */
function show(node: Node): string {
  switch (node.kind) {
    case "literal":
      return node.type === "bytes" ? `b[${node.value}]` : `${node.type}:${node.value}`;
    case "identifier":
      return node.name;
    case "select":
      return `${show(node.operand)}${node.optional ? ".?" : "."}${node.field}`;
    case "index":
      return `${show(node.operand)}[${node.optional ? "?" : ""}${show(node.index)}]`;
    case "has":
      return `has(${show(node.operand)} . ${node.field})`;
    case "call": {
      const target = node.target === undefined ? "" : `${show(node.target)}->`;
      return `${target}${node.name}(${node.args.map(show).join(", ")})`;
    }
    case "unary":
      return `(${node.operator}${show(node.operand)})`;
    case "binary":
    case "logical":
      return `(${show(node.left)} ${node.operator} ${show(node.right)})`;
    case "conditional":
      return `(${show(node.condition)} ? ${show(node.then)} : ${show(node.otherwise)})`;
    case "list":
      return `[${
        node.items.map(({ value, optional }) => (optional ? "?" : "") + show(value)).join(", ")
      }]`;
    case "map":
      return `{${
        node.entries.map(({ key, value, optional }) =>
          `${optional ? "?" : ""}${show(key)}: ${show(value)}`
        ).join(", ")
      }}`;
    case "comprehension": {
      const names = node.variables.map(({ name }) => name).join(",");
      const filter = node.filter === undefined ? "" : ` if ${show(node.filter)}`;
      return `${node.macro}{${names} in ${show(node.collection)}${filter}: ${show(node.body)}}`;
    }
    case "bind":
      return `let{${node.variable.name} = ${show(node.value)}: ${show(node.body)}}`;
    case "optMap":
      return `${node.flat ? "flat" : "opt"}{${node.variable.name} = ${show(node.operand)}: ${
        show(node.body)
      }}`;
  }
}

const TREES: readonly (readonly [text: string, tree: string])[] = [
  ["1 + 2 * 3 - x", "((int:1 + (int:2 * int:3)) - x)"],
  ["a || b && !c == d", "(a || (b && ((!c) == d)))"],
  ["a ? b : c ? d : e", "(a ? b : (c ? d : e))"],
  ["-5 + -x - - 1", "((int:-5 + (-x)) - int:-1)"],
  ["(a + b) * c", "((a + b) * c)"],
  ["a.b['c'].?d[?0].`x-y`", "a.b[string:c].?d[?int:0].x-y"],
  ["has(a.b.c) && 'x' in a", "(has(a.b . c) && (string:x in a))"],
  ["math.abs(n) + n.size()", "(math.abs(n) + n->size())"],
  ["lists.size() + lists.range(3)[0]", "(lists->size() + lists.range(int:3)[int:0])"],
  ["xs.map(x, x > 1, x * 2)", "map{x in xs if (x > int:1): (x * int:2)}"],
  ["xs.all(i, x, x > i)", "all{i,x in xs: (x > i)}"],
  ["m.transformMap(k, v, v)", "transformMap{k,v in m: v}"],
  ["cel.bind(x, 1, x + x)", "let{x = int:1: (x + x)}"],
  ["o.optMap(x, x)", "opt{x = o: x}"],
  ["[1, ?o, {'a': 1u, ?'b': o,},]", "[int:1, ?o, {string:a: uint:1, ?string:b: o}]"],
  ["0xFF + 1e3 + .5 + 2.0", "(((int:255 + double:1000) + double:0.5) + double:2)"],
  ["-9223372036854775808", "int:-9223372036854775808"],
  [String.raw`r'\n' + '\n\x41B\101' + "it's"`, "((string:\\n + string:\nABA) + string:it's)"],
  ["'''a'b\n''' + b'\\xffé'", "(string:a'b\n + b[255,195,169])"],
  ["a // the rest\n + 1", "(a + int:1)"],
  [".a.b", "a.b"],
];

test("trees", async (t) => {
  for (const [text, tree] of TREES) {
    await t.test(text, () => assert.equal(show(parse(text)), tree));
  }
});

const MISTAKES: readonly (readonly [text: string, problem: string, part: string])[] = [
  ["a b", 'Unexpected "b"', "b"],
  ["a = 1", 'Unexpected "="', "="],
  ["(a", 'Expected ")", found the end', ""],
  ["a +", "The expression ends too early", ""],
  ["for", 'Unexpected "for"', "for"],
  ["package", '"package" is a reserved word', "package"],
  ["has(port)", "has() takes a field", "port"],
  ["items.map(1, 2)", "The first argument of map() must be a name", "1"],
  ["items.map(x)", "map() takes 2 or 3 arguments", "items.map(x)"],
  ["xs.all(x, x, true)", '"x" names both variables', "x"],
  ["'abc", "A string is not closed", "'abc"],
  [String.raw`'\q'`, "The string has an unknown escape", String.raw`\q`],
  ["9223372036854775808", "9223372036854775808 does not fit into 64 bits", "9223372036854775808"],
  ["9".repeat(5000), `${"9".repeat(40)}… does not fit into 64 bits`, "9".repeat(5000)],
  ["12abc", '"12abc" is not a number', "12abc"],
  ["Order{id: 1}", '"Order" is not a message type', "Order"],
];

test("mistakes mark the part they are in", async (t) => {
  for (const [text, problem, part] of MISTAKES) {
    await t.test(text, () => {
      const error = mistake(text);
      assert.equal(error.problem, problem);
      assert.equal(text.slice(error.span!.start, error.span!.end), part);
    });
  }
});

const HELP: readonly (readonly [text: string, part: string, help: RegExp])[] = [
  ["a ? 1", "", /condition \? this : that/],
  ["a ? 1 + ", "", /Write a value after \+/],
  ["not a", "not", /Write ! for not/],
  ["new Date()", "new", /Call a function/],
  ["[x for x in xs]", "for", /xs\.map\(x, …\)/],
  ["xs.map(x + 1)", "xs.map(x + 1)", /Name the element first: xs\.map\(x, x \+ 1\)$/],
  ["xs.filter(i, x, x > 1)", "xs.filter(i, x, x > 1)", /xs\.transformList\(i, x, …, x\)/],
  ["xs.map()", "xs.map()", /Write xs\.map\(x, …\)/],
  ["m.transformMap(k, v)", "m.transformMap(k, v)", /Write m\.transformMap\(k, v, …\)/],
  ["has(a?.b)", "?.", /^Write has\(a\.b\)$/],
  ["'it's'", "s", /Write \\' for a quote/],
  ["'a' 'b'", "'b'", /Join strings with \+/],
  ["[1 2]", "2", /a comma between the values/],
  ["{'a' 1}", "1", /'key': value/],
  ["a.matches(/b/)", "/", /Write a pattern as a string/],
  ["a as string", "as", /Convert with a function/],
  ["0xfffffffffffffffff", "0xfffffffffffffffff", /keep it as a string$/],
  ["a ? 1 : 2 : 3", ":", /condition \? this : that/],
  ["xs.transformList(x)", "xs.transformList(x)", /Write xs\.transformList\(i, x, …\)/],
  ["a ? b ? 1 : 2 : 3", "?", /in parentheses/],
  ["a;", ";", /without a semicolon/],
];

test("mistakes of those who write other languages get help", async (t) => {
  for (const [text, part, help] of HELP) {
    await t.test(text, () => {
      const { details, span } = mistake(text);
      assert.match(String(details.help), help);
      assert.equal(text.slice(span!.start, span!.end), part);
    });
  }
});

test("a tree that is too deep is refused, however it is written", () => {
  const many = 20_000;
  for (
    const text of [
      "(".repeat(many) + "1" + ")".repeat(many),
      "[".repeat(many) + "]".repeat(many),
      "!".repeat(many) + "a",
      "- ".repeat(many) + "a",
      "1" + "+1".repeat(many),
      "a" + ".b".repeat(many),
      "a ? b : ".repeat(many) + "c",
    ]
  ) {
    assert.equal(mistake(text).details.limit, nestingError({ start: 0, end: 0 }).details.limit);
  }
});

test("nodes know their extent", () => {
  const text = "(a + b).c['d'] == f(x)";
  const node = parse(text);
  assert.ok(node.kind === "binary" && node.left.kind === "index");
  const { operand } = node.left;
  assert.ok(operand.kind === "select");
  const shown = [node, node.left, operand, operand.operand, node.right, operand.fieldSpan]
    .map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(shown, [text, "(a + b).c['d']", "(a + b).c", "a + b", "f(x)", "c"]);
});

test("signatures are found by name, with types in parts", () => {
  const write = ({ name, args }: SignatureType): string =>
    args.length === 0 ? name : `${name}<${args.map(write).join(", ")}>`;
  const [slice] = overloadsOf("slice")!.methods;
  assert.deepEqual(
    [write(slice!.receiver!), slice!.parameters.map(write), write(slice!.result)],
    ["list<A>", ["int", "int"], "list<A>"],
  );
  assert.equal(overloadsOf("math.greatest")!.functions[0]!.variadic, true);
  assert.equal(operatorOverloads(">=").length, operatorOverloads("<").length);
  assert.ok(functionNames().includes("optional.of") && methodNames().includes("orValue"));
  assert.ok(METHOD_MACROS.includes("filter") && RESERVED_WORDS.has("for"));
});

function mistake(text: string): CelError {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof CelError, String(error));
    return error;
  }
  assert.fail("nothing was thrown");
}
