import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const snapshot = fileURLToPath(new URL("exports.txt", import.meta.url));

interface Declarations {
  nodes: Record<string, { symbols: { name: string; declarations: { kind: string }[] }[] }>;
}

test("mod.ts exports what the snapshot lists, types included", () => {
  const json = execFileSync(`${root}node_modules/.bin/deno`, ["doc", "--json", "mod.ts"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { nodes } = JSON.parse(json) as Declarations;
  const names = Object.values(nodes).flatMap(({ symbols }) =>
    symbols.map(({ name, declarations }) => `${name} (${declarations[0]!.kind})`)
  );
  const text = [...new Set(names)].sort().join("\n") + "\n";
  if (process.env["UPDATE_SNAPSHOTS"]) writeFileSync(snapshot, text);
  assert.equal(text, readFileSync(snapshot, "utf8"), "UPDATE_SNAPSHOTS=1 npm test -- exports");
});
