/** Input that is broken or reaches for what it may not have: one coded error at its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { app, chain, limit, testCases, thing } from "./cases.ts";
import { load } from "./loader.ts";

testCases({
  "a file outside the folder": {
    files: thing("a: { $include: ../../etc/passwd }", { "/etc/passwd": "root: x\n" }),
    code: "ERR_COMPILATION_FAILED",
    says: /"\.\.\/\.\.\/etc\/passwd" may not be included: it lies outside \/app\//,
    place: "/app/runtime.yaml:7:16",
  },
  "a file outside the folder, percent-encoded": {
    files: thing("a: { $include: '%2e%2e/%2e%2e/etc/passwd' }", { "/etc/passwd": "root: x\n" }),
    code: "ERR_MANIFEST_NOT_FOUND",
    says: /"%2e%2e\/%2e%2e\/etc\/passwd" does not exist/,
  },
  "a file that includes itself through two others": {
    files: thing("a: { $include: _one.yaml }", {
      "/app/_one.yaml": "b: { $include: _two.yaml }\n",
      "/app/_two.yaml": "c: { $include: _three.yaml }\n",
      "/app/_three.yaml": "d: { $include: _one.yaml }\n",
    }),
    code: "ERR_COMPILATION_FAILED",
    says: /include each other: _one\.yaml → _two\.yaml → _three\.yaml → _one\.yaml/,
    place: "/app/_three.yaml:1:16",
  },
  "files that include two more each": {
    files: thing(
      "a: { $include: _0.yaml }",
      Object.fromEntries([
        ...Array.from({ length: 30 }, (_, i) => [
          `/app/_${i}.yaml`,
          `a: { $include: _${i + 1}.yaml }\nb: { $include: _${i + 1}.yaml }\n`,
        ]),
        ["/app/_30.yaml", "c: 1\n"],
      ]),
    ),
    ...limit("nodes"),
  },
  "__proto__ as a key": {
    files: thing("a: { __proto__: { polluted: true } }"),
    code: "ERR_MANIFEST_INVALID",
    says: /"__proto__" cannot be a key/,
    place: "/app/runtime.yaml:7:6",
  },
  "__proto__ as a computed key": {
    files: thing("a: { \"${'__proto__'}\": 1, \"${'__proto__' + ''}\": 2 }"),
    code: "ERR_COMPILATION_FAILED",
    says: /"__proto__"/,
  },
  "__proto__ as a variable": {
    files: thing("$let: { __proto__: 1 }"),
    code: "ERR_MANIFEST_INVALID",
    says: /"__proto__" cannot be a key/,
  },
  "__proto__ as the name of a loop": {
    files: thing("a: [{ $for: '__proto__ in [1]', $do: 1 }]"),
    code: "ERR_COMPILATION_FAILED",
    says: /"__proto__" is not a valid variable name/,
  },
  "__proto__ as a kind": {
    files: app("kind: __proto__\nmetadata: { name: a }\n"),
    code: "ERR_MANIFEST_INVALID",
    says: /__proto__/,
  },
  "__proto__ as a name": {
    files: app("kind: App.Thing\nmetadata: { name: __proto__ }\n"),
    code: "ERR_MANIFEST_INVALID",
    says: /__proto__/,
  },
  "__proto__ as a reference": {
    files: thing("a: ${{ App.__proto__.x }}"),
    code: "ERR_REFERENCE_UNRESOLVED",
    says: /__proto__/,
  },
  "a duplicate key": {
    files: thing("a: 1\nb: 2\na: 3"),
    code: "ERR_MANIFEST_INVALID",
    says: /Duplicate key "a"/,
    place: "/app/runtime.yaml:9:1",
  },
  "a tab as indentation": {
    files: thing("a:\n\tb: 1"),
    code: "ERR_MANIFEST_INVALID",
    says: /tab/i,
    place: "/app/runtime.yaml:8:1",
  },
  "an empty file": {
    files: { "/app/runtime.yaml": "" },
    code: "ERR_MANIFEST_INVALID",
    says: /empty/,
  },
  "a binary file": {
    files: { "/app/runtime.yaml": Uint8Array.from({ length: 5_000 }, (_, i) => (i * 37) % 256) },
    code: "ERR_MANIFEST_INVALID",
    says: /./,
  },
  "an included binary file": {
    files: thing("a: { $include: _part.yaml }", {
      "/app/_part.yaml": Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0]),
    }),
    code: "ERR_MANIFEST_INVALID",
    says: /./,
  },
  "invalid UTF-8": {
    files: { "/app/runtime.yaml": Uint8Array.from([...Buffer.from("name: "), 0xc3, 0x28, 0x0a]) },
    code: "ERR_MANIFEST_INVALID",
    says: /UTF-8/,
    place: "/app/runtime.yaml:1:7",
  },
  "a megabyte on one line with a mistake in it": {
    files: thing(`a: "${"x".repeat(1_000_000)}\${nope}"`),
    code: "ERR_COMPILATION_FAILED",
    says: /Unknown variable "nope"/,
    place: "/app/runtime.yaml:7:1000007",
  },
  "a megabyte of expressions that do not end": {
    files: thing(`a: '${"${".repeat(500_000)}'`),
    code: "ERR_COMPILATION_FAILED",
    says: /no closing \}/,
  },
  "a megabyte of an expression with a mistake in it": {
    files: thing(`a: '\${"${"x".repeat(1_000_000)}" + nope}'`),
    code: "ERR_COMPILATION_FAILED",
    says: /Unknown variable "nope"/,
  },
});

test("20,000 values that read each other are fine", async () => {
  const { errors, crash } = await load(
    app(chain(20_000, (name) => `\${{ App.Thing.${name}.v }}`)),
    false,
  );
  assert.equal(crash, undefined);
  assert.deepEqual(errors, []);
});
