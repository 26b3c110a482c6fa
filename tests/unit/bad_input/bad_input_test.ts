/** Input that is broken or hostile: one coded error, in little time and bounded memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppFiles, load } from "./loader.ts";

interface Case {
  readonly files: AppFiles;
  readonly code: string;
  readonly says: RegExp;
  /** `file:line:column` of the error. */
  readonly place?: string;
}

const MANIFEST = "name: App\ndefinitions: [thing.yaml]\nimports: [digly:core]\n---\n";
const THING = "kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\n";

/** An app of one resource with these lines. */
function thing(lines: string, files: AppFiles = {}): AppFiles {
  return app(`kind: App.Thing\nmetadata: { name: a }\n${lines}\n`, files);
}

/** An app of a template with this list under `resources`, and an instance of it. */
function template(resources: string, parameters = ""): AppFiles {
  return app(
    `kind: TemplateDefinition\nmetadata: { name: Shape }\nresources:\n${
      resources.replace(/^/gm, "  ")
    }\n---\nkind: Shape\nmetadata: { name: it }\n${parameters}\n`,
  );
}

function app(documents: string, files: AppFiles = {}): AppFiles {
  return { "/app/runtime.yaml": MANIFEST + documents, "/app/thing.yaml": THING, ...files };
}

function limit(name: string, place?: string): Pick<Case, "code" | "says" | "place"> {
  const says = new RegExp(`\`${name}\``);
  return place === undefined
    ? { code: "ERR_LIMIT_EXCEEDED", says }
    : { code: "ERR_LIMIT_EXCEEDED", says, place };
}

const aliases = Array.from(
  { length: 9 },
  (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`,
).join("\n");

/** Maps over lists, each inside the other. */
function comprehensions(...lengths: number[]): string {
  return lengths.reduceRight((inner, length, i) => `range(${length}).map(x${i}, ${inner})`, "1");
}

/** Lists that double, each bound to a name. */
function binds(count: number, body: string, name = "a"): string {
  const steps = Array.from({ length: count }, (_, i) => i + 1);
  return steps.reduceRight(
    (inner, i) => `cel.bind(${name}${i}, [${name}${i - 1}, ${name}${i - 1}], ${inner})`,
    body,
  ).replace(/^/, `cel.bind(${name}0, [1], `) + ")";
}

/** Resources, each with a value that reads the one after it. */
function chain(count: number, value: (next: string) => string): string {
  return Array.from(
    { length: count },
    (_, i) =>
      `kind: App.Thing\nmetadata: { name: v${i} }\nv: ${
        i === count - 1 ? "end" : value(`v${i + 1}`)
      }\n`,
  ).join("---\n");
}

const cases: Readonly<Record<string, Case>> = {
  "aliases of aliases": {
    files: thing(`a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n${aliases}`),
    ...limit("nodes"),
  },
  "aliases of aliases, included": {
    files: thing("a: { $include: _part.yaml }", {
      "/app/_part.yaml": `a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n${aliases}\n`,
    }),
    ...limit("nodes"),
  },
  "a shared variable that doubles in every step": {
    files: thing(
      `$let:\n  v0: [1, 1]\n${
        Array.from({ length: 40 }, (_, i) => `  v${i + 1}: "[v${i}, v${i}]"`).join("\n")
      }\nx: \${v40}`,
    ),
    code: "ERR_LIMIT_EXCEEDED",
    says: /./,
  },
  "a list that doubles in every step of one expression": {
    files: thing(`a: '\${${binds(40, "a40")}}'`),
    ...limit("nodes"),
  },
  "a comparison of lists that doubled": {
    files: thing(`a: '\${${binds(24, binds(24, "a24 == b24", "b"))}}'`),
    ...limit("expressionSteps"),
  },
  "a list of lists that doubles in every step at resource time": {
    files: app(
      "kind: App.Thing\nmetadata: { name: v0 }\nv: [1]\n---\n" +
        Array.from({ length: 40 }, (_, i) =>
          `kind: App.Thing\nmetadata: { name: v${i + 1} }\n` +
          `v: ["\${{ App.Thing.v${i}.v }}", "\${{ App.Thing.v${i}.v }}"]\n`).join("---\n"),
    ),
    code: "ERR_LIMIT_EXCEEDED",
    says: /./,
  },
  "a pattern that takes others for ever": {
    files: thing(`a: \${${"'" + "a".repeat(50_000) + "'"}.matches('^(a+)+b$') || nope}`),
    code: "ERR_COMPILATION_FAILED",
    says: /Unknown variable "nope"/,
  },
  "a pattern with huge repetitions": {
    files: thing("a: \${'a'.matches('^((a{1,1000}){1,1000}){1,1000}$')}"),
    code: "ERR_COMPILATION_FAILED",
    says: /is not a regular expression/,
  },
  "a value that wraps another 20,000 times": {
    files: app(chain(20_000, (name) => `["\${{ App.Thing.${name}.v }}"]`)),
    ...limit("nesting"),
  },
  "a variable that wraps another 20,000 times": {
    files: thing(
      `$let:\n  v0: 1\n${
        Array.from({ length: 20_000 }, (_, i) => `  v${i + 1}: "[v${i}]"`).join("\n")
      }\nx: \${v20000}`,
    ),
    code: "ERR_LIMIT_EXCEEDED",
    says: /./,
  },
  "a variable that wraps another 1,000 times": {
    files: thing(
      `$let:\n  v0: 1\n${
        Array.from({ length: 1_000 }, (_, i) => `  v${i + 1}: "[v${i}]"`).join("\n")
      }\nx: \${v1000}`,
    ),
    ...limit("nesting"),
  },
  "20,000 values in a circle": {
    files: app(
      chain(20_000, (name) => `\${{ App.Thing.${name}.v }}`).replace(
        "v: end",
        "v: ${{ App.Thing.v0.v }}",
      ),
    ),
    code: "ERR_REFERENCE_CYCLE",
    says: /./,
  },
  "10,000 lists in each other": {
    files: thing(`a: ${"[".repeat(10_000)}${"]".repeat(10_000)}`),
    ...limit("nesting"),
  },
  "10,000 mappings in each other, indented": {
    files: thing(Array.from({ length: 3_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")),
    ...limit("nesting"),
  },
  "10,000 brackets in an expression": {
    files: thing(`a: \${${"(".repeat(10_000)}1${")".repeat(10_000)}}`),
    code: "ERR_LIMIT_EXCEEDED",
    says: /The expression nests too deeply/,
    place: "/app/runtime.yaml:7:6",
  },
  "a sum of 100,000 parts": {
    files: thing(`a: \${${Array(100_000).fill("1").join("+")}}`),
    code: "ERR_LIMIT_EXCEEDED",
    says: /The expression nests too deeply/,
    place: "/app/runtime.yaml:7:6",
  },
  "100 MB of text from a loop": {
    files: thing(
      `$let: { kilobyte: "range(1000).map(x, 'x').join('')" }\n` +
        "list:\n  - $for: i in range(100000)\n    $do: ${kilobyte}${i}",
    ),
    ...limit("documentText"),
  },
  "100 MB of text from one expression": {
    files: thing(
      `$let: { kilobyte: "range(1000).map(x, 'x').join('')" }\n` +
        "text: ${range(100000).map(x, kilobyte).join('')}",
    ),
    code: "ERR_LIMIT_EXCEEDED",
    says: /./,
  },
  "text that doubles in every step": {
    files: thing(
      `$let:\n  v0: "'xx'"\n${
        Array.from({ length: 40 }, (_, i) => `  v${i + 1}: v${i} + v${i}`).join("\n")
      }\nx: \${size(v40)}`,
    ),
    ...limit("expressionText"),
  },
  "text that doubles in every step at resource time": {
    files: app(
      "kind: App.Thing\nmetadata: { name: v0 }\nv: xx\n---\n" +
        Array.from({ length: 40 }, (_, i) =>
          `kind: App.Thing\nmetadata: { name: v${i + 1} }\n` +
          `v: \${{ App.Thing.v${i}.v + App.Thing.v${i}.v }}\n`).join("---\n"),
    ),
    code: "ERR_LIMIT_EXCEEDED",
    says: /./,
  },
  "a list that doubles in every step at resource time": {
    files: app(
      "kind: App.Thing\nmetadata: { name: v0 }\nv: [1]\n---\n" +
        Array.from({ length: 40 }, (_, i) =>
          `kind: App.Thing\nmetadata: { name: v${i + 1} }\n` +
          `v: \${{ App.Thing.v${i}.v + App.Thing.v${i}.v }}\n`).join("---\n"),
    ),
    code: "ERR_LIMIT_EXCEEDED",
    says: /./,
  },
  "range(1000000000000)": {
    files: thing("a: ${range(1000000000000)}"),
    ...limit("expressionSteps", "/app/runtime.yaml:7:6"),
  },
  "a loop over range(1000000000000)": {
    files: thing("a:\n  - $for: x in range(1000000000000)\n    $do: 1"),
    ...limit("expressionSteps"),
  },
  "comprehensions of 3 million steps": {
    files: thing(`a: \${${comprehensions(150, 150, 150)}}`),
    ...limit("expressionSteps"),
  },
  "comprehensions of 3 million steps at resource time": {
    files: thing(`a: \${{ ${comprehensions(150, 150, 150)} }}`),
    code: "ERR_LIMIT_EXCEEDED",
    says: /./,
  },
  "loops of 27 million turns": {
    files: thing(
      "a:\n  - $for: x in range(300)\n    $do:\n      $for: y in range(300)\n      $do:\n" +
        "        $for: z in range(300)\n        $do: 1",
    ),
    ...limit("nodes"),
  },
  "a template that goes through range(1000000000000)": {
    files: template(
      '- for: i in range(1000000000000)\n  kind: App.Thing\n  metadata: { name: "${{ i }}" }',
    ),
    ...limit("expressionSteps", "/app/runtime.yaml:8:15"),
  },
  "a template whose loops take 27 million turns": {
    files: template(
      "- for: [i in range(300), j in range(300), k in range(300)]\n" +
        "  if: false\n  kind: App.Thing\n  metadata: { name: a }",
    ),
    ...limit("nodes"),
  },
  "a template with a condition of 3 million steps": {
    files: template(
      "- if: range(3000).all(x, range(1000).all(y, true))\n  kind: App.Thing\n  metadata: { name: a }",
    ),
    ...limit("expressionSteps", "/app/runtime.yaml:8:28"),
  },
  "a template that generates 100 MB of text": {
    files: template(
      "- kind: App.Thing\n  metadata: { name: a }\n  list:\n" +
        "    - for: i in range(100000)\n      value: ${{ text }}${{ i }}",
      `text: ${"x".repeat(1000)}`,
    ),
    ...limit("documentText"),
  },
  "a template that generates a hundred of itself": {
    files: template(
      '- for: i in range(100)\n  kind: Self.Shape\n  metadata: { name: "n${{ i }}" }',
    ),
    ...limit("templateDepth"),
  },
  "__proto__ as a parameter": {
    files: template("- kind: App.Thing\n  metadata: { name: a }", "__proto__: { polluted: 1 }"),
    code: "ERR_MANIFEST_INVALID",
    says: /"__proto__" cannot be a key/,
  },
  "__proto__ as the name of a loop of a template": {
    files: template("- for: __proto__ in [1]\n  kind: App.Thing\n  metadata: { name: a }"),
    code: "ERR_TEMPLATE_INVALID",
    says: /"__proto__" is not a valid variable name/,
  },
  "a pattern of a schema that takes others for ever": {
    files: thing(
      `$let: { x: "'${
        "a".repeat(50_000)
      }!'" }\na:\n  $schema: { x: { type: string, pattern: '^(a+)+$' } }`,
    ),
    code: "ERR_SCHEMA_VALIDATION",
    says: /must match the pattern/,
  },
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
};

for (const [name, { files, code, says, place }] of Object.entries(cases)) {
  test(name, async () => {
    const [booting, checking] = await Promise.all([load(files, false), load(files, true)]);
    for (const { errors, crash, milliseconds } of [booting, checking]) {
      assert.equal(crash, undefined);
      assert.ok(errors.length > 0, "there is no error");
      assert.ok(errors.length <= 10, `there are ${errors.length} errors`);
      const [first] = errors;
      assert.equal(first!.code, code, first!.message);
      assert.match(`${first!.message}\n${first!.help}`, says);
      if (place !== undefined) assert.equal(first!.place, place);
      assert.ok(first!.message.length < 1_000, "the message is too long to read");
      assert.ok(milliseconds < 5_000, `it took ${milliseconds} ms`);
    }
    assert.equal(booting.errors.length, 1);
  });
}

test("20,000 values that read each other are fine", async () => {
  const { errors, crash } = await load(
    app(chain(20_000, (name) => `\${{ App.Thing.${name}.v }}`)),
    false,
  );
  assert.equal(crash, undefined);
  assert.deepEqual(errors, []);
});
