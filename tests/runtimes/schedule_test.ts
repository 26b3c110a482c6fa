/** Runs schedules in every form: they fire, skip, time out, drain, and are checked. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Form, forms, run, start, tempApp } from "./forms.ts";

const APP = `name: App
imports: [digly:std]
---
kind: Schedule.Every
metadata: { name: Tick }
every: 50ms
execute: JavaScript.Script.Work
inputs: { id: "\${{ run.count }}" }
overlap: skip
---
kind: Schedule.Cron
metadata: { name: Second }
cron: "* * * * * *"
timeZone: Asia/Kathmandu
execute: JavaScript.Script.Late
timeout: 100ms
---
kind: JavaScript.Script
metadata: { name: Work }
inputSchema: { id: integer }
code: |
  async function main({ id }, ctx) {
    await ctx.clock.sleep(120);
    ctx.log.info("worked " + id);
  }
---
kind: JavaScript.Script
metadata: { name: Late }
code: |
  const main = (_, ctx) => ctx.clock.sleep(60_000, ctx.signal);
`;

async function check(form: Form): Promise<void> {
  const cwd = tempApp({
    "runtime.yaml": APP,
    "wrong.yaml": APP.replace('"* * * * * *"', "0 0 31 4 *").replace("Kathmandu", "Katmandoo"),
  });
  const app = start(form, ["runtime.yaml", "--log-format", "text"], { cwd });
  await app.waitFor(/worked 2/, 30_000);
  await app.waitFor(/Skipped a run/);
  await app.waitFor(/A run failed/);
  app.kill("SIGTERM");
  const { code, stderr } = await app.exited;
  assert.equal(code, 0, stderr);

  const wrong = await run(form, ["check", "wrong.yaml"], { cwd });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /wrong\.yaml:13:7/);
  assert.match(wrong.stderr, /"0 0 31 4 \*" never occurs/);
  assert.match(wrong.stderr, /"Asia\/Katmandoo" is not a time zone/);

  const byHand = await run(form, ["exec", "runtime.yaml", "Schedule.Every.Tick"], { cwd });
  assert.equal(byHand.code, 0, byHand.stderr);
  assert.match(byHand.stderr, /worked 1/);
}

describe("Schedule", () => {
  for (const form of forms) test(form.name, () => check(form));
});
