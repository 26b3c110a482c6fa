/** What a process without a role loads of an app with roles. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "digly-loading-"));
after(() => rmSync(folder, { recursive: true }));

const app = (cluster: string) =>
  `name: shop
imports: [digly:javascript${cluster === "" ? "" : ", digly:cluster"}]
---
kind: JavaScript.Script
metadata: { name: Price }
code: "const main = () => 30;"
${cluster}`;

const ROLES = `---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["\${{ env.NOWHERE }}"]
roles: { worker: { runs: ["JavaScript.*"] } }
`;

/** The files that a process evaluates, by the report of the engine. */
function filesOf(name: string, text: string): string[] {
  const [path, report] = [join(folder, `${name}.yaml`), join(folder, name)];
  writeFileSync(path, text);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [`${root}cli.ts`, "exec", path, "JavaScript.Script.Price"],
    { encoding: "utf8", env: { ...process.env, NODE_V8_COVERAGE: report, DIGLY_ROLE: "" } },
  );
  assert.equal(stdout, "30\n", stderr);
  return readdirSync(report).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(report, file), "utf8")) as {
      readonly result: readonly { readonly url: string }[];
    };
    const files = result.filter(({ url }) => url.startsWith("file:"));
    return files.map(({ url }) => {
      const path = fileURLToPath(url);
      return path.slice(path.lastIndexOf(root) + root.length);
    });
  });
}

test("without a role no part of the cluster is loaded", () => {
  const OF_THE_CLUSTER = /cluster|nats|placement|kernel\/remote_side/;
  const without = filesOf("without", app(""));
  assert.ok(without.includes("src/kernel/kernel.ts"), "the report names what is loaded");
  // Its help names the command.
  const help = "src/cli/cluster_options.ts";
  assert.deepEqual(without.filter((file) => OF_THE_CLUSTER.test(file)), [help]);
  // With roles, only what reads and checks them.
  const roles = filesOf("roles", app(ROLES)).filter((file) => OF_THE_CLUSTER.test(file));
  assert.deepEqual(roles.sort(), [
    help,
    "src/generated/cluster.validators.js",
    "src/load/placement.ts",
  ]);
});
