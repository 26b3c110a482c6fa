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
  [/\ba text\b(?! (?:file|editor|field|log|format)\b|=)/, '"a string" or "text"'],
  [/\bstands twice\b/, '"is duplicated"'],
  [/\bcalled off\b/, '"aborted"'],
  [/\blooks on\b/, '"observes"'],
  [/\bfor ever\b/, '"forever" or "indefinitely"'],
  [/\bone's own\b/, '"your own" or "its own"'],
  [/\bleads? nowhere\b/, '"cannot be resolved" or "is broken"'],
  [/\bthree sorts of\b/, '"three kinds of"'],
  [/\bthe (?:one|single) file `?(?:digly|dist)\b/, '"the single executable"'],
  [/\btells of\b/, '"describes"'],
  [/\b(?:told|tell|tells) apart\b/, '"distinguished"'],
  [/\bwho (?:names|imports|runs) (?:it|a)\b/, '"whoever …", or a noun'],
  [/\bthe (?:one|single) file(?= (?:of Digly|program|executable))/, '"the single executable"'],
  [/\bthe one too many\b/, '"unexpected argument"'],
  [/\bdecisions? D-\d/, "the rule, or a link to a heading of docs/decisions.md"],
];

const patterns = PHRASES.map(([{ source }, better]) => ({
  pattern: new RegExp(source.replaceAll(" ", "\\s+(?:(?:\\*|//|#)\\s+)?"), "gi"),
  better,
}));

/** This file contains the phrases. */
const SELF = "tests/unit/language_test.ts";

/** Pages that are generated from messages of the program, or from measurements. */
const GENERATED = ["docs/errors.md", "docs/performance.md"];

const files = execFileSync("git", [
  "ls-files",
  "src",
  ":!src/generated",
  ":!tests/cases",
  `:!${SELF}`,
  "bench",
  "docs",
  "examples",
  "scripts",
  "tests",
  "*.md",
  "install.*",
], {
  cwd: root,
  encoding: "utf8",
}).split("\n").filter((file) =>
  /\.(?:ts|mjs|yaml|md|sh|ps1)$/.test(file) && !GENERATED.includes(file)
);

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
