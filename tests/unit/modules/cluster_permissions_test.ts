/** The permissions of roles that docs/cluster.md shows, with a real NATS server. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bootApp, type TestApp } from "../../../testing.ts";
import { startNats } from "../../servers/nats.ts";

const folder = mkdtempSync(join(tmpdir(), "digly-permissions-"));
const page = readFileSync(new URL("../../../docs/cluster.md", import.meta.url), "utf8");
const [config] = /^ {2}authorization \{[^]*?^ {2}\}$/m.exec(page)!;
writeFileSync(
  join(folder, "nats.conf"),
  config!.replace("$GATEWAY_PASSWORD", '"g"').replace("$WORKER_PASSWORD", '"w"'),
);
const server = await startNats(["-c", join(folder, "nats.conf")]);
after(async () => {
  if (typeof server !== "string") await server.remove();
  rmSync(folder, { recursive: true });
});

const boot = (url: string, role: string, user: string): Promise<TestApp> =>
  bootApp({
    kernel: { roles: [role] },
    manifest: `name: shop
imports: [digly:cluster, digly:javascript, digly:schedule, digly:http]
---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["${url}"]
user: \${{ env.NAME }}
password: \${{ env.PASSWORD }}
events: [Shop.Ordered]
roles:
  gateway: { runs: ["Http.*"] }
  worker: { runs: ["JavaScript.*", "Schedule.*"] }
---
kind: JavaScript.Script
metadata: { name: Order }
code: |
  async function main(input, ctx) { await ctx.emit("Shop.Ordered", input); return { ordered: input }; }
---
kind: JavaScript.Script
metadata: { name: Rows }
code: async function* main() { for (let i = 0; i < 40; i++) yield i; }
---
kind: Http.Server
metadata: { name: Main }
port: 0
---
kind: Schedule.Every
metadata: { name: Tick }
every: 10ms
once: cluster
execute: JavaScript.Script.Order
`,
    env: { NAME: user, PASSWORD: user[0]! },
  });

test("nodes need no more than the documented permissions, and have no others", {
  skip: typeof server === "string" ? server : false,
}, async () => {
  const { url } = server as Exclude<typeof server, string>;
  await using worker = await boot(url, "worker", "worker");
  await using gateway = await boot(url, "gateway", "gateway");
  const ordered = gateway.waitFor("Shop.Ordered", undefined, 60_000);
  assert.deepEqual(await gateway.execute("JavaScript.Script.Order", 1), { ordered: 1 });
  await ordered;
  const rows: unknown[] = [];
  const stream = await gateway.execute("JavaScript.Script.Rows") as AsyncIterable<unknown>;
  for await (const row of stream) rows.push(row);
  assert.equal(rows.length, 40);
  await worker.waitFor("Schedule.Every.Fired", undefined, 60_000);
  const { nodes } = await gateway.kernel.takeSnapshot();
  assert.equal(Object.keys(nodes!).length, 1);
  for (const { logs } of [worker, gateway]) {
    assert.deepEqual(logs.filter(({ message }) => /permission/i.test(message)), []);
  }
  // The user of a gateway may not run what workers run.
  await assert.rejects(boot(url, "worker", "gateway"), {
    message: /the server refuses what this node needs: Permissions Violation for Subscription/,
  });
});
