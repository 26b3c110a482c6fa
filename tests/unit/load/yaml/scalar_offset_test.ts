import assert from "node:assert/strict";
import { test } from "node:test";
import { Scalar, stringify } from "yaml";
import type { ValueMap } from "../../../../src/contract/resource.ts";
import { parse } from "./texts.ts";

const CODE = `function main({ name }, ctx) {
  // It's "quoted" \\ and	tabbed: # no comment

  if (!name) throw new Error('none');
  return { greeting: \`Hello \${name} — 🎉 äöü\` };
}
`;

/** Manifests that hold CODE, or a part of it, in each style of YAML. */
const STYLES: Readonly<Record<string, string>> = {
  "literal block": styled(CODE, Scalar.BLOCK_LITERAL),
  "literal block without its last line break": styled(CODE.trimEnd(), Scalar.BLOCK_LITERAL),
  "folded block": styled(CODE, Scalar.BLOCK_FOLDED),
  "single quotes": styled(CODE, Scalar.QUOTE_SINGLE),
  "double quotes": styled(CODE, Scalar.QUOTE_DOUBLE),
  "double quotes over lines":
    'a:\n  code: "function main() {\\\n    return\n\n    \\x31 + \\u0041\\\n    }"\n',
  "plain text over lines": "a:\n  code: function main()\n    return\n    1\n",
  "a block with an indentation of its own": "a:\n  code: |2-\n      main() {\n    }\n  b: 1\n",
  "line breaks of Windows": styled(CODE, Scalar.BLOCK_LITERAL).replaceAll("\n", "\r\n"),
};

function styled(code: string, type: Scalar.Type): string {
  const scalar = new Scalar(code);
  scalar.type = type;
  return `kind: A\n${stringify({ a: { b: 1, code: scalar }, c: 2 }, { lineWidth: 40 })}`;
}

for (const [style, text] of Object.entries(STYLES)) {
  test(`every character of a value leads to where it is written: ${style}`, () => {
    const { documents: [document], errors } = parse(text);
    assert.deepEqual(errors, []);
    const value = ((document!.value as ValueMap)["a"] as ValueMap)["code"] as string;
    const lines = text.split(/\r?\n/);
    let checked = 0;
    for (let at = 0; at < value.length; at++) {
      const char = value.charAt(at);
      if (/\s/.test(char)) continue;
      const { line, column } = document!.originAt(["a", "code"], { start: at, end: at + 1 });
      const written = lines[line - 1]!.slice(column - 1);
      const escaped = { "1": "\\x31", A: "\\u0041", "\\": "\\\\", '"': '\\"' }[char];
      const isSame = written.startsWith(char) || (escaped && written.startsWith(escaped)) ||
        written.startsWith("\\u") || written.startsWith("\\U");
      assert.ok(isSame, `${at} ${JSON.stringify(char)} is not at ${line}:${column}: ${written}`);
      checked++;
    }
    assert.ok(checked >= 8);
  });
}

test("the end of a value and blank parts lie after the character before them", () => {
  const { documents: [document] } = parse("code: |\n  a b\n  c\nd: 1\n");
  const at = (start: number, end: number) => {
    const { line, column, length } = document!.originAt(["code"], { start, end });
    return `${line}:${column}+${length}`;
  };
  assert.equal(at(1, 2), "2:4+1");
  assert.equal(at(0, 3), "2:3+3");
  assert.equal(at(6, 6), "3:4+0");
  assert.equal(document!.originAt(["d"], { start: 0, end: 1 }).column, 4);
});
