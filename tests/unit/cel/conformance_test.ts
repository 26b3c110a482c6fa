import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { type Outcome, runConformance } from "./conformance.ts";

/** How many official cases pass. It may only rise. */
const PASSING = 1641;

/** Why cases fail, by what their name begins with; the first that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^math_ext/, "Functions that round take integers as well"],
];

const outcomes = runConformance();
const failing = outcomes.filter(({ passed }) => !passed);

test("the official cases of CEL pass, and no fewer than before", () => {
  const passing = outcomes.length - failing.length;
  const list = failing.map(({ name, instead }) => `${name}: ${instead}`).join("\n");
  assert.ok(passing >= PASSING, `${passing} pass, ${PASSING} did\n${list}`);
});

test("docs/cel.md shows how many official cases pass, and why others fail", () => {
  const page = new URL("../../../docs/cel.md", import.meta.url);
  const text = readFileSync(page, "utf8");
  const [start, end] = ["<!-- conformance -->", "<!-- end of conformance -->"];
  const from = text.indexOf(start) + start.length;
  const to = text.indexOf(end);
  const wanted = `\n\n${table()}\n\n${reasons()}\n\n`;
  if (process.env["UPDATE_SNAPSHOTS"] === "1") {
    writeFileSync(page, text.slice(0, from) + wanted + text.slice(to));
  } else {
    assert.equal(text.slice(from, to), wanted, "UPDATE_SNAPSHOTS=1 writes it anew");
  }
});

function table(): string {
  const sections = grouped(outcomes, ({ name }) => name.split("/", 1)[0]!);
  const rows = Array.from(sections, ([section, cases]) => {
    const passing = cases.filter(({ passed }) => passed).length;
    return `| \`${section}\` | ${cases.length} | ${passing} |`;
  });
  rows.push(`| all | ${outcomes.length} | ${outcomes.length - failing.length} |`);
  return ["| section | cases | pass |", "| --- | --- | --- |", ...rows].join("\n");
}

function reasons(): string {
  const byReason = grouped(failing, reasonOf);
  return Array.from(
    byReason,
    ([reason, cases]) =>
      `**${reason}** (${cases.length}):\n${cases.map(({ name }) => `\`${name}\``).join(", ")}.`,
  ).join("\n\n");
}

function reasonOf({ name, instead }: Outcome): string {
  const reason = REASONS.find(([pattern]) => pattern.test(name))?.[1];
  assert.ok(reason, `no reason is given for ${name}: ${instead}`);
  return reason;
}

function grouped(
  outcomes: readonly Outcome[],
  keyOf: (outcome: Outcome) => string,
): Map<string, Outcome[]> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = keyOf(outcome);
    groups.set(key, [...groups.get(key) ?? [], outcome]);
  }
  return groups;
}
