/**
 * Goldens: each file of `tests/cases/` is an app, a line of dashes, and what comes of it: its
 * resources as registered and resolved, its warnings and errors as people see them, or, where
 * the first line says `# show: events`, the events of its life, and with `# show: lineage`
 * where its resources come from.
 * `UPDATE_SNAPSHOTS=1` writes what comes out below the line.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { outcome, type Shown } from "./outcome.ts";

const folder = new URL("../cases/", import.meta.url);
const LINE = "----------------------------------------\n";

/** What apps without a manifest of their own start with: a module of inert kinds. */
const MANIFEST = "name: App\ndefinitions: [/test.yaml]\n---\n";
const DEFINITIONS = ["Thing", "Other"].map((kind) =>
  `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind}, module: Test }\n`
).concat(
  "kind: Runtime.Definition\nmetadata: { name: Later, resourceKind: Later, module: Test }\nscope: [request]\n",
).join("---\n");

/** Files of an app: `# file: name` begins a further one after `runtime.yaml`. */
function filesOf(input: string): Record<string, string> {
  const [first, ...rest] = input.split(/^# file: (\S+)\n/m);
  const files: Record<string, string> = {
    "/test.yaml": DEFINITIONS,
    "/app/runtime.yaml": /^(#.*\n)*name:/.test(first!) ? first! : MANIFEST + first,
  };
  for (let i = 0; i < rest.length; i += 2) files[`/app/${rest[i]}`] = rest[i + 1]!;
  return files;
}

for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
  if (!path.endsWith(".txt")) continue;
  test(path.replace(/\.txt$/, ""), async () => {
    const url = new URL(path, folder);
    const [input, expected] = readFileSync(url, "utf8").split(LINE) as [string, string?];
    const shown = /^# show: (events|lineage)\n/.exec(input)?.[1] as Shown | undefined;
    const actual = await outcome(filesOf(input), shown);
    if (process.env["UPDATE_SNAPSHOTS"]) writeFileSync(url, input + LINE + actual);
    else assert.equal(actual, expected);
  });
}
