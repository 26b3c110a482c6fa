/** Whatever an expression makes of a secret, nothing that is shown of the app contains it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Kernel } from "../../src/kernel/kernel.ts";
import { embedded } from "../../src/generated/embedded.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";
import { collect } from "../unit/documents.ts";

/** No letter of it occurs in anything else that is shown. */
const SECRET = "ÞÐŊÆ-ßøæð-ÞŊŦ";

/** Letters of the secret, lower or upper, and encodings of its bytes. */
const TRACE = /[þðŋæßøŧ]|SS|w57|w58|c39e|w4z|c5a|c3/iu;

/** Expressions that give a string. */
const text = fc.letrec<{ text: string; list: string; number: string; test: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4 },
    { weight: 3, arbitrary: fc.constantFrom("Secret.E", "Secret['E']", "Variable.V", "Thing.a.x") },
    { weight: 1, arbitrary: fc.constantFrom("'-'", "'~'", "''") },
    fc.tuple(tie("text"), tie("text")).map(([a, b]) => `(${a} + ${b})`),
    tie("text").map((a) => `${a}.upperAscii()`),
    tie("text").map((a) => `${a}.lowerAscii()`),
    tie("text").map((a) => `${a}.trim()`),
    tie("text").map((a) => `${a}.reverse()`),
    tie("text").map((a) => `${a}.replace('-', '~')`),
    tie("text").map((a) => `base64.encode(bytes(${a}))`),
    tie("text").map((a) => `json(${a})`),
    tie("text").map((a) => `strings.quote(${a})`),
    tie("text").map((a) => `'%s~'.format([${a}])`),
    tie("text").map((a) => `cel.bind(s, ${a}, s + s)`),
    tie("list").map((a) => `${a}.join('~')`),
    tie("number").map((a) => `string(${a})`),
    fc.tuple(tie("test"), tie("text"), tie("text")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
  list: fc.oneof(
    { maxDepth: 3 },
    tie("text").map((a) => `${a}.split('-')`),
    tie("text").map((a) => `${a}.split('')`),
    fc.array(tie("text"), { minLength: 1, maxLength: 2 }).map((all) => `[${all.join(", ")}]`),
    tie("list").map((a) => `${a}.map(i, i + '~')`),
    tie("list").map((a) => `${a}.filter(i, i != '~')`),
  ),
  number: fc.oneof(
    { maxDepth: 2 },
    tie("text").map((a) => `size(${a})`),
    tie("number").map((a) => `(${a} * 7 + 1)`),
    tie("list").map((a) => `size(${a})`),
  ),
  test: fc.oneof(
    { maxDepth: 2 },
    fc.tuple(tie("text"), tie("text")).map(([a, b]) => `${a} == ${b}`),
    tie("text").map((a) => `${a}.startsWith('~')`),
    tie("list").map((a) => `${a}.exists(i, i == '~')`),
  ),
}));

const value = fc.oneof(
  text.text.map((a) => `\${{ ${a} }}`),
  text.list.map((a) => `\${{ ${a} }}`),
  text.list.map((a) => `\${{ {'k': ${a}, 'n': 1} }}`),
  fc.tuple(text.text, text.text).map(([a, b]) => `~ \${{ ${a} }} ~ \${{ ${b} }}`),
  text.text.map((a) => `\${{ {${a}: 1} }}`),
);

test("nothing of a secret is in what is shown of the resources that read it", async () => {
  let hidden = 0;
  await fc.assert(
    fc.asyncProperty(value, value, async (first, second) => {
      const documents = [
        "name: App\nimports: [digly:core]\ndefinitions: [/kind.yaml]",
        "kind: Secret\nmetadata: { name: E }\nenv: SENTINEL",
        "kind: Variable\nmetadata: { name: V }\nvalue: '~${{ Secret.E }}'",
        "kind: Thing\nmetadata: { name: a }\nx: '${{ Secret.E.reverse() }}'",
        `kind: Thing\nmetadata: { name: b }\nx: ${JSON.stringify(first)}\ny: ${
          JSON.stringify(second)
        }`,
        "kind: Thing\nmetadata: { name: c }\nx: '${{ Thing.b.x }}'\ny: { z: ['${{ Thing.b }}'] }",
      ];
      const kernel = new Kernel({
        platform: memoryPlatform({
          files: {
            "/app/runtime.yaml": documents.join("\n---\n"),
            "/kind.yaml":
              'kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing, module: "" }\n',
          },
          env: { SENTINEL: SECRET },
          cwd: "/app",
        }),
        builtins: embedded,
        diagnostics: collect(),
      });
      await kernel.load("runtime.yaml");
      const shown = kernel.resources().filter(({ kind }) => kind !== "Secret");
      const snapshot = await kernel.takeSnapshot();
      for (const view of [kernel.redact(shown), snapshot.resources]) {
        const written = JSON.stringify(view, (key, item) => key === "uri" ? undefined : item);
        // Waiting expressions are shown as they were written, which contains nothing secret.
        assert.doesNotMatch(written, TRACE);
        if (written.includes("[redacted]")) hidden++;
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(hidden > 300);
});
