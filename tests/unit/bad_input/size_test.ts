/** Input that would take much time or memory: one coded error, long before that. */
import {
  aliases,
  app,
  binds,
  chain,
  comprehensions,
  limit,
  template,
  testCases,
  thing,
} from "./cases.ts";

testCases({
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
  "a pattern that takes others forever": {
    files: thing(`a: \${${"'" + "a".repeat(50_000) + "'"}.matches('^(a+)+b$') || nope}`),
    code: "ERR_COMPILATION_FAILED",
    says: /Unknown variable "nope"/,
  },
  "a pattern with huge repetitions": {
    files: thing("a: \${'a'.matches('^((a{1,1000}){1,1000}){1,1000}$')}"),
    code: "ERR_COMPILATION_FAILED",
    says: /is too large/,
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
  "a pattern of a schema that takes others forever": {
    files: thing(
      `$let: { x: "'${
        "a".repeat(50_000)
      }!'" }\na:\n  $schema: { x: { type: string, pattern: '^(a+)+$' } }`,
    ),
    code: "ERR_SCHEMA_VALIDATION",
    says: /must match the pattern/,
  },
});
