/** Schedules that one of several processes runs, over a real NATS server. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bootApp } from "../../../testing.ts";
import { startNats } from "../../servers/nats.ts";
import { Worker } from "./cluster_worker.ts";

const folder = mkdtempSync(join(tmpdir(), "digly-once-"));
const server = await startNats();
after(async () => {
  if (typeof server !== "string") await server.remove();
  rmSync(folder, { recursive: true });
});
const skip = typeof server === "string" ? server : false;

const app = (url: string, once = "once: cluster") =>
  `name: Test
imports: [digly:schedule, digly:javascript, digly:cluster]
---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["${url}"]
roles:
  worker: { runs: ["Schedule.*", "JavaScript.*"] }
---
kind: Schedule.Every
metadata: { name: S }
every: 100ms
${once}
execute: JavaScript.Script.Job
inputs: "\${{ run.scheduled }}"
---
kind: JavaScript.Script
metadata: { name: Job }
code: |
  function main(scheduled) { console.log("ran " + scheduled); }
`;

/** The planned times of its runs. */
function runsOf({ output }: Worker): string[] {
  return Array.from(output.matchAll(/ran (\S+)/g), ([, time]) => time!);
}

test("one of two processes runs it, and the other one when that is killed", { skip }, async () => {
  writeFileSync(join(folder, "runtime.yaml"), app((server as Exclude<typeof server, string>).url));
  const workers = [new Worker(folder), new Worker(folder)];
  try {
    await Promise.race(workers.map((worker) => worker.until(() => runsOf(worker).length >= 5)));
    const [leader, other] = runsOf(workers[0]!).length > 0
      ? [workers[0]!, workers[1]!]
      : [workers[1]!, workers[0]!];
    await other.until(() => /Joined the app/.test(other.output));
    leader.process.kill("SIGKILL");
    const count = runsOf(other).length;
    await other.until(() => runsOf(other).length >= count + 5);
    const all = [...runsOf(leader), ...runsOf(other)];
    assert.equal(new Set(all).size, all.length);
    // It continues after the last run of the other one.
    const times = all.map((time) => Date.parse(time) % 100);
    assert.equal(new Set(times).size, 1);
    // Whoever stops makes room at once.
    other.process.kill("SIGTERM");
    const third = new Worker(folder);
    workers.push(third);
    await third.until(() => runsOf(third).length >= 2);
    const later = [...runsOf(leader), ...runsOf(other), ...runsOf(third)];
    assert.equal(new Set(later).size, later.length);
  } finally {
    for (const worker of workers) worker.process.kill("SIGKILL");
  }
});

test("without a role it runs here, and without a cluster `once` is a mistake", async () => {
  await using alone = await bootApp({ manifest: app("nats://127.0.0.1:1") });
  await alone.waitFor("Schedule.Every.Fired", undefined, 60_000);
  const manifest = app("").replace(", digly:cluster", "").replace(/kind: Cluster[^]*?---\n/, "");
  await assert.rejects(bootApp({ manifest }), {
    code: "ERR_RESOURCE_INVALID",
    message: /the app has no Cluster\.Nats, so its processes do not know each other/,
  });
});
