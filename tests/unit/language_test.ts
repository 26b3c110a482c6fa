/**
 * Source and documentation use standard English and standard terms. This test knows phrases that the
 * project once used instead; CONTRIBUTING.md describes the style.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A regular expression for a phrase, in which a space also matches a line break → a better phrase. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/(?<!\bthere )\bis no (?!longer\b|more\b|different\b|such\b)/, '"is not a …"'],
  [/\ba text\b(?! (?:file|editor|field|log|format)\b)/, '"a string" or "text"'],
  [/\bstands twice\b/, '"is duplicated"'],
  [/\bcalled off\b/, '"aborted"'],
  [/\blooks on\b/, '"observes"'],
  [/\bfor ever\b/, '"forever" or "indefinitely"'],
  [/\bone's own\b/, '"your own" or "its own"'],
  [/\btells of\b/, '"describes"'],
  [/\bleads? nowhere\b/, '"cannot be resolved" or "is broken"'],
  [/\bthree sorts of\b/, '"three kinds of"'],
  [/\bthe (?:one|single) file `?(?:digly|dist)\b/, '"the single executable"'],
  [/\bthe one too many\b/, '"unexpected argument"'],
  [/\bdecisions? D-\d/, "the rule, or a link to a heading of docs/decisions.md"],
];

const patterns = PHRASES.map(([{ source }, better]) => ({
  pattern: new RegExp(source.replaceAll(" ", "\\s+(?:(?:\\*|//|#)\\s+)?"), "gi"),
  better,
}));

/** Folders of `src/` that have been rewritten; add the others as they follow. */
const REWRITTEN = ["src", ":!src/generated"];

/** Pages that are generated from messages of the program, or from measurements. */
const GENERATED = ["docs/errors.md", "docs/performance.md"];

const files = execFileSync("git", [
  "ls-files",
  ...REWRITTEN,
  "docs",
  "examples",
  "scripts/docs",
  ":(glob)*.md",
], {
  cwd: root,
  encoding: "utf8",
}).split("\n").filter((file) => /\.(?:ts|yaml|md)$/.test(file) && !GENERATED.includes(file));

function findings(file: string, text: string): string[] {
  return patterns.flatMap(({ pattern, better }) =>
    Array.from(text.matchAll(pattern), ({ 0: phrase, index }) => {
      const line = text.slice(0, index).split("\n").length;
      return `${file}:${line}: "${phrase.replace(/\s+/g, " ").trim()}", better ${better}`;
    })
  );
}

test("source and documentation use standard terms", () => {
  const found = files.flatMap((file) => findings(file, readFileSync(root + file, "utf8")));
  assert.deepEqual(found, []);
});

test("phrases are found across lines, and standard ones are not", () => {
  assert.equal(findings("a.ts", "/**\n * What stands\n * twice is no\n * kind.\n */").length, 2);
  assert.deepEqual(findings("a.md", "There is no kind, and it is no longer a text file."), []);
});
