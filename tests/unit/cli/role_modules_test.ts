/** What a process loads of what joins several processes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "digly-roles-"));
after(() => rmSync(folder, { recursive: true }));

const APP = `name: App
imports: [digly:cluster, digly:console]
---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["nats://127.0.0.1:1"]
timeout: 0
roles: { worker: { runs: ["Console.*"] } }
---
kind: Console.WriteLine
metadata: { name: Say }
output: here
`;

/** Prints the URL of every module that is loaded. */
const PRINT_LOADED = "data:text/javascript," + encodeURIComponent(`
  import { registerHooks } from "node:module";
  import { writeSync } from "node:fs";
  registerHooks({ load(url, ctx, next) { writeSync(2, "loaded " + url + "\\n"); return next(url, ctx); } });
`);

const cli = fileURLToPath(new URL("../../../cli.ts", import.meta.url));

function loaded(...args: readonly string[]): readonly string[] {
  writeFileSync(join(folder, "runtime.yaml"), APP);
  const { stderr } = spawnSync(process.execPath, [
    ...["--import", PRINT_LOADED],
    ...[cli, "exec", folder, "Console.WriteLine.Say", ...args],
  ], { encoding: "utf8", env: { ...process.env, DIGLY_ROLE: "" } });
  return Array.from(stderr.matchAll(/^loaded (.*)$/gm), ([, url]) => url!);
}

const OF_SEVERAL = /@nats-io|src\/modules\/cluster\/|kernel\/remote_side|load\/generation/;

test("without a role nothing of it is loaded", () => {
  const urls = loaded();
  assert.ok(urls.some((url) => url.endsWith("src/kernel/running_app.ts")));
  assert.deepEqual(urls.filter((url) => OF_SEVERAL.test(url)), []);
  // With one it is, so the pattern is right.
  assert.ok(loaded("--role", "worker").filter((url) => OF_SEVERAL.test(url)).length > 10);
});
