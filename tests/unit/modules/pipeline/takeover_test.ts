/** A durable job whose node is killed is finished by another one. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { bootApp } from "../../../../testing.ts";
import { startNats } from "../../../servers/nats.ts";
import { startPostgres } from "../../../servers/postgres.ts";
import { Worker } from "../cluster_worker.ts";

const folder = mkdtempSync(join(tmpdir(), "digly-takeover-"));
const nats = await startNats();
const postgres = await startPostgres();
after(async () => {
  if (typeof nats !== "string") await nats.remove();
  if (typeof postgres !== "string") await postgres.remove();
  rmSync(folder, { recursive: true });
});
const missing = [nats, postgres].find((server) => typeof server === "string");

const app = (natsUrl: string, databaseUrl: string) =>
  `name: Test
imports: [digly:pipeline, digly:sql, digly:javascript, digly:cluster]
---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["${natsUrl}"]
roles:
  gateway: { runs: [Data.*] }
  worker: { runs: ["Pipeline.*", "JavaScript.*", "Sql.*"] }
---
kind: Sql.Connection
metadata: { name: Main }
url: "${databaseUrl}"
---
kind: Pipeline.Job
metadata: { name: Order }
durable: Sql.Connection.Main
steps:
  - { name: charge, execute: JavaScript.Script.Charge, inputs: "\${{ input.amount }}" }
  - { name: ship, execute: JavaScript.Script.Ship, inputs: "\${{ steps.charge.output }}" }
---
kind: JavaScript.Script
metadata: { name: Charge }
code: |
  function main(amount) { console.log("charged " + amount); return { amount }; }
---
kind: JavaScript.Script
metadata: { name: Ship }
code: |
  async function main({ amount }) {
    console.log("ships");
    if (process.env.HANGS) await new Promise(() => setInterval(() => {}, 1_000));
    console.log("shipped for " + amount);
  }
`;

test("another node finishes the job of one that was killed, from the step on that it was in", {
  skip: missing as string | undefined ?? false,
}, async () => {
  if (typeof nats === "string" || typeof postgres === "string") return;
  const manifest = app(nats.url, postgres.url);
  writeFileSync(join(folder, "runtime.yaml"), manifest);
  const first = new Worker(folder, { HANGS: "1" });
  const workers = [first];
  try {
    await first.until(() => /Joined the app/.test(first.output));
    await using gateway = await bootApp({ manifest, kernel: { roles: ["gateway"] } });
    const call: Promise<DiglyError> = gateway.execute("Pipeline.Job.Order", { amount: 7 }).then(
      () => assert.fail("It ended"),
      (error) => error,
    );
    await first.until(() => /^ships$/m.test(first.output));
    const second = new Worker(folder);
    workers.push(second);
    await second.until(() => /Joined the app/.test(second.output));
    first.process.kill("SIGKILL");
    const { code, details } = await call;
    assert.equal(code, "ERR_UNAVAILABLE");
    assert.equal((details as { executed?: unknown }).executed, "unknown");
    await second.until(() => /^shipped for 7$/m.test(second.output));
    assert.doesNotMatch(second.output, /^charged/m);
  } finally {
    for (const worker of workers) worker.process.kill("SIGKILL");
  }
});
