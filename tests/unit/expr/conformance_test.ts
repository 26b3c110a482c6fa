import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { type Outcome, runConformance } from "./conformance.ts";

/** How many official cases pass. It may only rise. */
const PASSING = 1508;

/** Why cases fail, by what their name begins with; the first that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^block_ext/, "`cel.block` and `cel.index` are written by optimizers; Digly has none"],
  [/^type_deductions/, "Types are found when an expression is evaluated, not deduced before"],
  [/^fields\/quoted/, "Fields in backquotes are not read: write `['content-type']`"],
  [
    /^(fields\/qualified_identifier_resolution\/(qualified|map_field|ident)|namespace)/,
    "There are no names with dots: `a.b` is always the field `b` of `a`",
  ],
  [
    /^(parse\/receiver_function_names|basic\/functions|logic)/,
    "An unknown function, or a literal of the wrong type, is an error wherever it stands, also " +
    "where `||` or `&&` would not need it",
  ],
  [
    /^math_ext/,
    "Functions that round take integers as well: a manifest's 2.0 is the integer 2",
  ],
  [
    /^(parse\/bytes|basic|comparisons\/(eq|ne)_literal\/(not_)?(eq|ne)_bytes)/,
    "Raw bytes `br'…'` are not read, and text in bytes is taken as Latin-1",
  ],
  [
    /^optionals\/optionals\/optional_(eq|ne)/,
    "Two optionals are never equal: compare their values",
  ],
  [
    /^optionals\/optionals\/(optional_chaining_1[2-6]|map_optional_entry)/,
    "Optional entries and elements, `{?key: …}` and `[?x]`, are not read",
  ],
  [/^optionals/, "A path through something that is missing may give an optional where CEL fails"],
  [/^timestamps/, "Timestamps have milliseconds, and what leaves their range is not noticed"],
  [/^(conversions|integer_math)/, "Some results outside of 64 bits are not noticed"],
  [/^comparisons/, "Numbers of different types compare as doubles"],
  [/^fields/, "Doubles and null are keys of mappings too"],
];

const outcomes = runConformance();
const failing = outcomes.filter(({ passed }) => !passed);

test("the official cases of CEL pass, and no fewer than before", () => {
  const passing = outcomes.length - failing.length;
  assert.ok(
    passing >= PASSING,
    `${passing} pass, ${PASSING} did; docs/cel.md lists those that may fail`,
  );
});

test("docs/cel.md lists the official cases that fail, by reason", () => {
  const page = new URL("../../../docs/cel.md", import.meta.url);
  const text = readFileSync(page, "utf8");
  const [start, end] = ["<!-- failing cases -->", "<!-- end of failing cases -->"];
  const from = text.indexOf(start) + start.length;
  const to = text.indexOf(end);
  const wanted = `\n\n${describe(failing, outcomes.length)}\n\n`;
  if (process.env["UPDATE_SNAPSHOTS"] === "1") {
    writeFileSync(page, text.slice(0, from) + wanted + text.slice(to));
  } else {
    assert.equal(text.slice(from, to), wanted, "UPDATE_SNAPSHOTS=1 writes it anew");
  }
});

function describe(failing: readonly Outcome[], count: number): string {
  const byReason = new Map<string, Outcome[]>();
  for (const outcome of failing) {
    const reason = REASONS.find(([pattern]) => pattern.test(outcome.name))?.[1];
    assert.ok(reason, `no reason is given for ${outcome.name}: ${outcome.instead}`);
    byReason.set(reason, [...byReason.get(reason) ?? [], outcome]);
  }
  const lists = Array.from(
    byReason,
    ([reason, cases]) =>
      `**${reason}** (${cases.length}):\n${
        cases.map(({ name }) => `\`${name.replaceAll("`", "'")}\``).join(", ")
      }.`,
  );
  return [`Of ${count} cases that need no protobuf, ${count - failing.length} pass.`, ...lists]
    .join("\n\n");
}
