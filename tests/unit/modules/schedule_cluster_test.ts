/** Schedules that one of several processes runs, over a real NATS server. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { bootApp } from "../../../testing.ts";
import { startNats } from "../../servers/nats.ts";

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

/** A process with the role, and what it prints. */
class Worker {
  readonly process: ChildProcess;
  output = "";
  #waiting: (() => void)[] = [];

  constructor() {
    const cli = fileURLToPath(new URL("../../../cli.ts", import.meta.url));
    this.process = spawn(process.execPath, [cli, "run", folder, "--role", "worker"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on("data", (text) => {
        this.output += text;
        for (const wake of this.#waiting.splice(0)) wake();
      });
    }
  }

  get runs(): string[] {
    return Array.from(this.output.matchAll(/ran (\S+)/g), ([, time]) => time!);
  }

  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      if (this.process.exitCode !== null) assert.fail(this.output);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

test("one of two processes runs it, and the other one when that is killed", { skip }, async () => {
  writeFileSync(join(folder, "runtime.yaml"), app((server as Exclude<typeof server, string>).url));
  const workers = [new Worker(), new Worker()];
  try {
    await Promise.race(workers.map((worker) => worker.until(() => worker.runs.length >= 5)));
    const [leader, other] = workers[0]!.runs.length > 0
      ? [workers[0]!, workers[1]!]
      : [workers[1]!, workers[0]!];
    await other.until(() => /Joined the app/.test(other.output));
    leader.process.kill("SIGKILL");
    const count = other.runs.length;
    await other.until(() => other.runs.length >= count + 5);
    const all = [...leader.runs, ...other.runs];
    assert.equal(new Set(all).size, all.length);
    // It goes on where the other one was.
    const times = all.map((time) => Date.parse(time) % 100);
    assert.equal(new Set(times).size, 1);
    // Whoever stops makes room at once.
    other.process.kill("SIGTERM");
    const third = new Worker();
    workers.push(third);
    await third.until(() => third.runs.length >= 2);
    const later = [...leader.runs, ...other.runs, ...third.runs];
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
