/** The event stream and snapshots in every form, also when the process is ended the hard way. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { load } from "js-yaml";
import type { Snapshot } from "../../src/observe/snapshot.ts";
import { assertCode, type Form, forms, run, singleFile, start, tempApp, until } from "./forms.ts";

const EVENTS = 5_000;

/** A module whose resources tick, hold or leave, as their fields say. */
const files = (name: string, resource: string) => ({
  "runtime.yaml": `name: App\nimports: [./tick]\n---\nkind: Tick.Clock
metadata: { name: ${name} }\n${resource}`,
  "tick/module.yaml": "name: Tick\nversion: 2.1.0\ndefinitions: [clock.yaml]\n",
  "tick/clock.yaml": `kind: Runtime.Definition
metadata: { name: Clock, resourceKind: Clock }
controllers:
${
    ["node", "bun", "deno"].map((name) => `  - { runtime: ${name}, entrypoint: ./clock.ts }\n`)
      .join("")
  }`,
  "tick/clock.ts": `import { openSync, writeSync } from "node:fs";
import process from "node:process";

export function create(resource, ctx) {
  return {
    init() {
      const { ticks = 0, hold = false, leave } = resource;
      const counter = openSync("counter", "w");
      for (let tick = 1; tick <= ticks; tick++) {
        ctx.emit("Ticked", { tick });
        writeSync(counter, Buffer.from(String(tick).padStart(8)), 0, 8, 0);
      }
      if (hold || ticks > 0) {
        ctx.acquireHold("to tick");
        ctx.log.info("Holding");
      }
      const end = leave === "deno" ? () => Deno.exit(5) : () => process.exit(5);
      if (leave !== undefined) ctx.on("Runtime.Started", () => void setTimeout(end, 20));
      if (leave !== undefined) ctx.acquireHold("until it leaves");
    },
    execute: (input) => input,
    snapshot: () => ({ answered: 42 }),
  };
}
`,
});

function streamOf(folder: string): { event: string; payload?: { tick?: number } }[] {
  const text = readFileSync(join(folder, ".digly-debug/events.jsonl"), "utf8");
  return text.slice(0, text.lastIndexOf("\n") + 1).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
}

function snapshotOf(folder: string): Snapshot {
  return load(readFileSync(join(folder, ".digly-debug/snapshot.yaml"), "utf8")) as Snapshot;
}

/** Kills a ticking program after some of its events; every one that was emitted must be there. */
async function killWhileTicking(form: Form, folder: string, after: number): Promise<void> {
  rmSync(join(folder, "counter"), { force: true });
  const program = start(form, ["runtime.yaml", "--debug"], { cwd: folder });
  const ticked = () => {
    const counter = join(folder, "counter");
    return existsSync(counter) ? Number(readFileSync(counter, "utf8")) : 0;
  };
  await until(() => ticked() >= after);
  program.kill("SIGKILL");
  assert.equal((await program.exited).signal, "SIGKILL");
  const ticks = streamOf(folder).filter(({ event }) => event === "Tick.Ticked");
  const emitted = ticked();
  assert.ok(ticks.length >= emitted, `${emitted} emitted, ${ticks.length} in the stream`);
  assert.deepEqual(
    ticks.map(({ payload }) => payload?.tick),
    ticks.map((_, index) => index + 1),
  );
}

async function killTimes(form: Form, times: number): Promise<void> {
  const folders = [0, 1].map(() => tempApp(files("a", `ticks: ${EVENTS}`)));
  let left = times;
  await Promise.all(folders.map(async (folder) => {
    while (left-- > 0) await killWhileTicking(form, folder, Math.ceil(Math.random() * EVENTS));
  }));
}

const FREE_PORT = `name: App
imports: [digly:std]
---
kind: Http.Server
metadata: { name: Main }
port: 0
---
kind: Event.Listener
metadata: { name: Announce }
event: Http.Server.Listening
execute: Console.WriteLine.Address
inputs: { url: "\${{ payload.url }}", port: "\${{ payload.port }}" }
---
kind: Console.WriteLine
metadata: { name: Address }
inputSchema: { url: { type: string }, port: { type: integer } }
output: "Address: \${{ input.url }} \${{ input.port }} \${{ Http.Server.Main.port }}"
`;

for (const form of forms) {
  describe(form.name, () => {
    test("kill -9 loses no event", () => killTimes(form, form === singleFile ? 8 : 2));

    test("a server says which free port it has, and its field stays 0", async () => {
      const cwd = tempApp({ "runtime.yaml": FREE_PORT });
      const program = start(form, ["runtime.yaml"], { cwd });
      const [url, port, field] = (await program.waitFor(/Address: (\S+) (\d+) (\d+)/)).slice(1);
      assert.equal(url, `http://127.0.0.1:${port}`);
      assert.notEqual(port, "0");
      assert.equal(field, "0");
      assert.equal((await fetch(url!)).status, 404);
      program.kill("SIGTERM");
      assertCode(await program.exited, 0);
    });

    test("--debug and --snapshot-on-exit tell a whole life", async () => {
      const folder = tempApp(files("a", "hold: true"));
      const args = ["--verbose", "--debug", "--snapshot-on-exit", "runtime.yaml"];
      const program = start(form, args, { cwd: folder });
      await program.waitFor(/Holding/);
      await until(() => streamOf(folder).some(({ event }) => event === "Runtime.Started"));
      program.kill("SIGUSR2");
      await program.waitFor(/Snapshot written to .*snapshot\.yaml/);
      const asked = snapshotOf(folder);
      assert.deepEqual([asked.reason, asked.state], ["SIGUSR2", "started"]);
      program.kill("SIGTERM");
      assertCode(await program.exited, 0);
      assert.deepEqual(streamOf(folder).map(({ event }) => event), [
        "Module.Registered",
        "Module.Registered",
        "Resource.Registered",
        "Runtime.Starting",
        "Runtime.Blocked",
        "Tick.Clock.Initialized",
        "Runtime.Started",
        "Runtime.Stopping",
        "Tick.Clock.Teardown",
        "Runtime.Unblocked",
        "Runtime.Stopped",
      ]);
      const snapshot = snapshotOf(folder);
      assert.deepEqual([snapshot.reason, snapshot.state], ["SIGTERM", "started"]);
      assert.match(form.name, new RegExp(snapshot.runtime.name.replace("bun", "bun|single")));
      assert.deepEqual(snapshot.holds, [{ owner: "Tick.Clock.a", reason: "to tick" }]);
      assert.deepEqual(snapshot.modules[0], { name: "Tick", version: "2.1.0" });
      assert.deepEqual(snapshot.resources[0]!.snapshot, { answered: 42 });
      assert.deepEqual(readdirSync(join(folder, ".digly-debug")).sort(), [
        "events.jsonl",
        "snapshot.yaml",
      ]);
    });

    test("digly events reads what exec --debug-sync wrote", async () => {
      const cwd = tempApp(files("a", ""));
      const args = ["exec", "runtime.yaml", "Tick.Clock.a", "--input", "1", "--debug-sync"];
      assertCode(await run(form, args, { cwd }), 0);
      const { code, stdout } = await run(form, ["events", "--type", "Tick.*"], { cwd });
      assert.equal(code, 0);
      assert.deepEqual(Array.from(stdout.matchAll(/Tick\.\S+/g), ([name]) => name), [
        "Tick.Clock.Initialized",
        "Tick.Clock.Executing",
        "Tick.Clock.Executed",
        "Tick.Clock.Teardown",
      ]);
      const summary = await run(form, ["events", "--summary"], { cwd });
      assert.match(summary.stdout, /1 {2}Tick\.Clock\.Executed/);
    });

    for (const leave of form.name.startsWith("deno") ? ["process", "deno"] : ["process"]) {
      test(`a controller that ends the process through ${leave} leaves both files whole`, async () => {
        const cwd = tempApp(files("a", `leave: ${leave}`));
        const args = ["runtime.yaml", "--debug", "--snapshot-on-exit"];
        const { code, stderr } = await run(form, args, { cwd });
        assert.equal(code, 5, stderr);
        assert.match(stderr, /ended before the runtime had stopped/);
        assert.equal(streamOf(cwd).at(-1)!.event, "Runtime.Started");
        const { incomplete, resources, holds } = snapshotOf(cwd);
        assert.match(incomplete!, /custom snapshot\(\) data is missing/);
        assert.deepEqual(resources.map(({ name, snapshot }) => [name, snapshot]), [
          ["a", undefined],
        ]);
        assert.equal(holds.length, 1);
      });
    }

    test("a failed boot leaves a snapshot", async () => {
      const cwd = tempApp({
        ...files("a", ""),
        "tick/clock.ts": "export function create() { throw new Error('no clock'); }\n",
      });
      const { code } = await run(form, ["runtime.yaml", "--snapshot-on-exit"], { cwd });
      assert.equal(code, 1);
      assert.match(snapshotOf(cwd).error!.message, /no clock/);
    });
  });
}
