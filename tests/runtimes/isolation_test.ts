/** Isolated scripts on every runtime: what they try, and how it ends. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { attackedApp, type AttackOutcome, checkOutcome, urnOf } from "../attacks/attacked_app.ts";
import { ATTACKS } from "../attacks/scripts.ts";
import {
  assertCode,
  forms,
  ofEachRuntime,
  run,
  start,
  tempApp,
  transcriptOf,
  until,
} from "./forms.ts";

/** Executes all attacks, one after the other. */
const DRIVER = `---
kind: JavaScript.Script
metadata: { name: Attack }
code: |
  async function main(urns, ctx) {
    const outcomes = [];
    for (const [urn, input] of urns) {
      outcomes.push(await ctx.execute(urn, input).then(
        (result) => ({ result }),
        ({ code, message }) => ({ code, message }),
      ));
    }
    return { outcomes, polluted: {}.polluted ?? null };
  }
`;

/** Scripts in processes: what one sees, what a file does, and one that computes without end. */
const PROCESSES = `name: Processes
imports: [digly:javascript]
---
kind: JavaScript.Script
metadata: { name: File }
isolate: process
file: ./script.ts
limits: { time: 60s }
---
kind: JavaScript.Script
metadata: { name: Endless }
isolate: process
limits: { time: 600s }
code: |
  function main() { console.error("computing in " + process.pid); for (;;); }
---
kind: JavaScript.Script
metadata: { name: Echo }
code: function main(input) { return input }
`;

const SCRIPT = `import type { Context } from "digly/module";
import { fail } from "digly/module";
import { basename } from "node:path";
export async function main(path: string, ctx: Context): Promise<unknown> {
  console.log("printed");
  const name = await ctx.execute("JavaScript.Script.Echo", basename(path));
  return { name, isSecret: "APP_SECRET" in process.env, fail: typeof fail };
}
`;

describe("scripts in processes", { concurrency: 1 }, () => {
  for (const form of forms) {
    test(`${form.name} runs a file, and leaves no process behind`, async () => {
      const folder = tempApp({
        "runtime.yaml": PROCESSES,
        "script.ts": SCRIPT,
        "package.json": '{ "type": "module" }',
      });
      const args = ["exec", folder, "JavaScript.Script.File", "--input", '"/a/b.txt"'];
      const ended = await run(form, args, { env: { APP_SECRET: "x" } });
      assertCode(ended, 0);
      assert.deepEqual(JSON.parse(ended.stdout), {
        name: "b.txt",
        isSecret: false,
        fail: "function",
      });
      assert.match(ended.stderr, /printed/);
      if (!ofEachRuntime.includes(form)) return;

      const endless = start(form, ["exec", folder, "JavaScript.Script.Endless"]);
      const [, pid] = await endless.waitFor(/computing in (\d+)/);
      endless.kill("SIGKILL");
      await until(() => !isRunning(Number(pid)));
    });
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended may wait for its parent to notice.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

describe("isolated scripts", { concurrency: 1 }, () => {
  for (const form of ofEachRuntime) {
    test(form.name, async () => {
      const folder = tempApp({ "runtime.yaml": attackedApp() + DRIVER });
      const input = JSON.stringify(ATTACKS.map((attack) => [urnOf(attack), attack.input]));
      const args = ["exec", folder, "JavaScript.Script.Attack", "--input", "-"];
      const ended = await run(form, args, { stdin: input });
      assertCode(ended, 0);
      const { outcomes, polluted } = JSON.parse(ended.stdout) as {
        readonly outcomes: readonly AttackOutcome[];
        readonly polluted: unknown;
      };
      assert.equal(polluted, null);
      assert.equal(outcomes.length, ATTACKS.length, transcriptOf(ended));
      ATTACKS.forEach((attack, index) => checkOutcome(attack, outcomes[index]!));
    });
  }
});
