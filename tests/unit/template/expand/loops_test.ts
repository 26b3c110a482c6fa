import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fields, lines, problems, template, urns } from "./expanding.ts";

function thing(head: string, rest = "metadata: { name: '${{ x }}' }"): string {
  const [first, ...others] = [...head.split("\n"), "kind: Test.Thing", ...rest.split("\n")];
  return [`- ${first}`, ...others.map((line) => `  ${line}`)].join("\n");
}

function instance(parameters: string): string {
  return `kind: T\nmetadata: { name: t }\n${parameters}\n`;
}

async function names(head: string, parameters: string, rest?: string): Promise<string[]> {
  const all = await urns([template("T", thing(head, rest)), instance(parameters)]);
  return all.map((urn) => urn.replace("Test.Thing.", ""));
}

describe("on resources", () => {
  test("`x in xs` goes through a list", async () => {
    assert.deepEqual(await names("for: x in xs", "xs: [a, b, c]"), ["a", "b", "c"]);
  });

  test("`i, x in xs` has the index first", async () => {
    const rest = "metadata: { name: '${{ i }}-${{ x }}' }";
    assert.deepEqual(await names("for: i, x in xs", "xs: [a, b]", rest), ["0-a", "1-b"]);
  });

  test("`k in map` and `k, v in map` go through a mapping in its order", async () => {
    assert.deepEqual(await names("for: x in m", "m: { z: 1, a: 2 }"), ["z", "a"]);
    const rest = "metadata: { name: '${{ k }}-${{ v }}' }";
    assert.deepEqual(await names("for: k, v in m", "m: { z: 1, a: 2 }", rest), ["z-1", "a-2"]);
  });

  test("any expression may be the collection", async () => {
    assert.deepEqual(await names("for: x in range(n).map(i, 'p' + string(i))", "n: 2"), [
      "p0",
      "p1",
    ]);
    assert.deepEqual(await names("for: x in ${{ xs }}", "xs: [a]"), ["a"]);
  });

  test("a list of loops nests them, outer first", async () => {
    assert.deepEqual(
      await names(
        "for: [a in list, b in a.bs]",
        "list: [{ n: x, bs: [1, 2] }, { n: y, bs: [3] }]",
        "metadata: { name: '${{ a.n }}${{ b }}' }",
      ),
      ["x1", "x2", "y3"],
    );
  });

  test("an empty collection or null generates nothing", async () => {
    assert.deepEqual(await names("for: x in xs", "xs: []"), []);
    assert.deepEqual(await names("for: x in xs", "xs: {}"), []);
    assert.deepEqual(await names("for: x in xs", "xs: null"), []);
  });

  test("`if` is evaluated once per iteration, with the loop's variables", async () => {
    assert.deepEqual(await names("for: x in xs\nif: x != 'b'", "xs: [a, b, c]"), ["a", "c"]);
    assert.deepEqual(await names("for: x in xs\nif: \"${{ x == 'b' }}\"", "xs: [a, b]"), ["b"]);
  });

  test("`if` works alone, and takes a boolean as it is", async () => {
    const rest = "metadata: { name: a }";
    assert.deepEqual(await names("if: on", "on: true", rest), ["a"]);
    assert.deepEqual(await names("if: on", "on: false", rest), []);
    assert.deepEqual(await names("if: true", "on: false", rest), ["a"]);
    assert.deepEqual(await names("if: false", "on: false", rest), []);
  });

  test("a loop variable shadows a parameter, and only in its loop", async () => {
    const body = `${thing("for: x in xs")}\n${thing("if: true")}`;
    assert.deepEqual(await urns([template("T", body), instance("x: outer\nxs: [a]")]), [
      "Test.Thing.a",
      "Test.Thing.outer",
    ]);
  });

  test("`resource` and `value` wrap what is generated, loops in loops included", async () => {
    const made = "{ kind: Test.Thing, metadata: { name: '${{ x }}${{ y }}' } }";
    for (const wrapper of ["resource", "value"]) {
      const body =
        `- for: x in xs\n  ${wrapper}:\n    for: y in [1, 2]\n    if: y > 0\n    ${wrapper}: ${made}`;
      assert.deepEqual(await urns([template("T", body), instance("xs: [a, b]")]), [
        "Test.Thing.a1",
        "Test.Thing.a2",
        "Test.Thing.b1",
        "Test.Thing.b2",
      ]);
    }
  });

  test("a resource may be a parameter", async () => {
    const body = "- for: r in rs\n  value: ${{ r }}";
    const parameters = "rs: [{ kind: Test.Thing, metadata: { name: a }, port: 1 }]";
    assert.deepEqual(await fields([template("T", body), instance(parameters)]), [{ port: 1 }]);
  });
});

describe("inside a resource", () => {
  async function list(yaml: string, parameters = "xs: [a, b]\nn: 1"): Promise<unknown> {
    const rest = `metadata: { name: t }\nlist:\n${yaml.replace(/^/gm, "  ")}`;
    const [first] = await fields([template("T", thing("if: true", rest)), instance(parameters)]);
    return (first as { list: unknown }).list;
  }

  test("an element that carries `for` or `if` gives any number of elements", async () => {
    assert.deepEqual(
      await list(
        "- first\n- for: i, x in xs\n  name: ${{ x }}\n  at: ${{ i }}\n- { if: n > 1, a: 1 }\n- { if: n == 1, b: 1 }",
      ),
      ["first", { name: "a", at: 0 }, { name: "b", at: 1 }, { b: 1 }],
    );
  });

  test("`value` yields bare values", async () => {
    assert.deepEqual(await list("- { for: x in xs, if: x != 'a', value: '${{ x }}!' }"), ["b!"]);
    assert.deepEqual(await list("- { for: x in xs, value: ['${{ x }}'] }"), [["a"], ["b"]]);
    assert.deepEqual(await list("- { for: x in xs, value: 1, unit: s }", "xs: [1]"), [
      { value: 1, unit: "s" },
    ]);
  });

  test("`resource` is accepted as a wrapper", async () => {
    assert.deepEqual(await list("- { for: x in xs, resource: { name: '${{ x }}' } }"), [
      { name: "a" },
      { name: "b" },
    ]);
  });

  test("they nest to any depth", async () => {
    assert.deepEqual(
      await list(
        "- for: x in xs\n  inner:\n    - - for: y in [x, x + x]\n        deep: [{ if: y != 'a', value: '${{ y }}' }]",
      ),
      [
        { inner: [[{ deep: [] }, { deep: ["aa"] }]] },
        { inner: [[{ deep: ["b"] }, { deep: ["bb"] }]] },
      ],
    );
  });

  test("a nested loop is spliced", async () => {
    assert.deepEqual(
      await list("- for: x in xs\n  value: { for: i in range(2), value: '${{ x }}${{ i }}' }"),
      [
        "a0",
        "a1",
        "b0",
        "b1",
      ],
    );
  });

  test("a mapping's own `for` and `if` outside a list are data", async () => {
    const rest =
      "metadata: { name: t }\nform: { for: field, if: x == 1, list: [{ a: { for: b } }] }";
    assert.deepEqual(
      await fields([template("T", thing("if: true", rest)), instance("")]),
      [{ form: { for: "field", if: "x == 1", list: [{ a: { for: "b" } }] } }],
    );
  });

  test("under !raw they are data", async () => {
    assert.deepEqual(await list("!raw\n- { for: a, if: b, text: '${{ n }}' }"), [
      { for: "a", if: "b", text: "${{ n }}" },
    ]);
  });
});

describe("errors", () => {
  async function wrong(head: string): Promise<string[]> {
    const rest = "metadata: { name: a }";
    return lines(await problems([template("T", thing(head, rest)), instance("xs: [a, b]\nn: 4")]));
  }

  for (
    const [head, message] of [
      ["for: x of xs", '`for` is not a valid loop: "x of xs"'],
      ["for: 5", "`for` must be a string, not an integer"],
      ["for: in in xs", '"in" is not a valid variable name: it is a reserved word'],
      ["for: x, x in xs", '`for` uses the name "x" for both variables'],
      ["for: x in n", "`for` requires a list or a map, but n is an integer"],
      ["for: x in xss", 'Unknown variable "xss"'],
      [
        "for: x in Test.Thing.all",
        '"Test" is not known yet: templates are expanded before resources exist',
      ],
      ["if: n", "`if` must evaluate to a boolean, not an integer"],
      ["if: null", "`if` must be a condition, not null"],
      ["if: n >", "The expression ends too early"],
    ] as const
  ) {
    test(`${head}: ${message}`, async () => {
      assert.deepEqual(await wrong(head), [`ERR_TEMPLATE_INVALID: ${message}`]);
    });
  }

  test("a parameter that waits cannot be gone through or decided on", async () => {
    for (const [head, word] of [["for: x in p", "for"], ["if: p", "if"], ["if: p == 1", "if"]]) {
      const errors = await problems([
        template("T", thing(head!, "metadata: { name: a }")),
        instance("p: ${{ Test.Thing.b.x }}"),
        "kind: Test.Thing\nmetadata: { name: b }\nx: [1]\n",
      ]);
      assert.deepEqual(lines(errors), [
        `ERR_TEMPLATE_INVALID: \`${word}\` reads a value that is not known yet`,
      ]);
    }
  });

  test("the place is that of the failing part", async () => {
    const [error] = await problems([
      template("T", thing("for: x in xss", "metadata: { name: a }")),
      instance("xs: []"),
    ]);
    const { line, column, length, path } = error!.origin!;
    assert.deepEqual({ line, column, length, path }, {
      line: 8,
      column: 15,
      length: 3,
      path: "$.resources[0].for",
    });
    assert.equal(error?.help, 'Did you mean "xs"?');
  });
});
