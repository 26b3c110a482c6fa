/** The reader of simple documents agrees with the complete parser wherever it reads a document. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DEFAULT_LIMITS } from "../../src/contract/limits.ts";
import { readSimpleDocument } from "../../src/load/yaml/simple_document.ts";
import { readComplete } from "../unit/load/yaml/complete_parser.ts";

const text = fc.array(
  fc.constantFrom(
    ..."\n :-#{}[],'\"a1~|>&*!?%@\\\t\ré.$/",
    ...[
      "a: ",
      "b:\n",
      "- ",
      "  ",
      "\n  ",
      "\n- ",
      " #",
      ": ",
      ", ",
      "---\n",
      "...",
      "<<: ",
      "null",
    ],
    ...[
      "1e3",
      "0x1f",
      "-1",
      "true",
      "k: v\n",
      "{ a: 1 }",
      "[x, y]",
      "'q'",
      '"q"',
      "__proto__: 1\n",
    ],
    ...[
      "|\n",
      "|-\n",
      ">\n",
      ">-\n  ",
      "\n    ",
      "# c\n",
      "''",
      '"k": ',
      "\\n",
      "(<=^+",
    ],
  ),
  { maxLength: 16 },
).map((parts) => parts.join(""));

test("a simple document has the value that the complete parser gives", () => {
  let simple = 0;
  fc.assert(
    fc.property(
      fc.constantFrom("", "a: ", "a:\n  ", "a: |\n  ", "a:\n- b: >\n    "),
      text,
      (start, rest) => {
        const written = start + rest;
        const value = readSimpleDocument(written, 0, written.length, DEFAULT_LIMITS);
        if (value === undefined) return;
        simple++;
        assert.deepEqual([value], readComplete(written));
      },
    ),
    { numRuns: 10_000 },
  );
  assert(simple > 100, `only ${simple} documents were simple`);
});
