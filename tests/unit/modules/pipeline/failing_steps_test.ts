/** Jobs whose steps fail, take too long, or are aborted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fail } from "../../../../src/contract/author.ts";
import { TestClock } from "../../../../testing.ts";
import { bootJob, echo, endless, resultOf, run } from "./pipeline_app.ts";

test("a failed step is tried again, with longer waits, for the codes that are named", async () => {
  const clock = new TestClock();
  const times: number[] = [];
  let code = "Order.Busy";
  const flaky = () => {
    times.push(clock.now());
    if (times.length < 4) throw fail(code as "Order.Busy", { problem: "busy" });
    return "done";
  };
  const job = `
steps:
  - execute: JavaScript.Script.Flaky
    retry: { attempts: 4, backoff: 1s, factor: 3, on: [Order.Busy] }`;
  await using app = await bootJob(job, { Flaky: flaky }, { clock });
  const start = clock.now();
  const result = run(app);
  await clock.advance(60_000);
  assert.equal(await result, "done");
  assert.deepEqual(times.map((time) => time - start), [0, 1_000, 4_000, 13_000]);
  assert.equal(app.events.filter(({ event }) => event === "Pipeline.Job.StepRetried").length, 3);
  times.length = 0;
  code = "Order.Lost";
  await assert.rejects(run(app), { code: "Order.Lost" });
  assert.equal(times.length, 1);
});

test("the last of several failures is that of the job", async () => {
  let calls = 0;
  const broken = () => {
    throw fail("Order.Busy", { problem: `call ${++calls}`, status: 409, data: { calls } });
  };
  const job = `
steps:
  - { execute: JavaScript.Script.Broken, retry: { attempts: 3, backoff: 0 } }`;
  await assert.rejects(resultOf(bootJob(job, { Broken: broken })), {
    code: "Order.Busy",
    message: "call 3",
  });
});

test("a timeout aborts a step, and one of the job aborts everything", async () => {
  const clock = new TestClock();
  const ended: unknown[] = [];
  const job = `
timeout: 10s
steps:
  - name: slow
    execute: JavaScript.Script.Endless
    inputs: step
    timeout: 2s
    catch: [{ execute: JavaScript.Script.Endless, inputs: "\${{ steps.slow.error.code }}" }]`;
  await using app = await bootJob(job, { Endless: endless(ended) }, { clock });
  const result = run(app);
  result.catch(() => {});
  await clock.advance(3_000);
  assert.deepEqual(ended, ["step"]);
  await clock.advance(8_000);
  await assert.rejects(result, {
    code: "Pipeline.Timeout",
    message: "The job took longer than 10s",
  });
  assert.deepEqual(ended, ["step", "Pipeline.Timeout"]);
});

test("`catch` takes the place of a failure, and `finally` runs in any case", async () => {
  const log: unknown[] = [];
  const work = {
    Echo: echo,
    Log: (input: unknown) => void log.push(input),
    Fail: () => {
      throw fail("Order.Lost", { problem: "lost", status: 410, data: { id: 7 } });
    },
  };
  const job = `
steps:
  - name: risky
    execute: JavaScript.Script.\${{ env.TARGET }}
    inputs: fine
    catch:
      - { name: note, execute: JavaScript.Script.Log, inputs: "\${{ steps.risky.error }}" }
      - { execute: JavaScript.Script.Echo, inputs: instead }
    finally:
      - { execute: JavaScript.Script.Log, inputs: finally }
output: ["\${{ steps.risky.output }}", "\${{ steps.risky.error == null }}"]`;
  const run = (TARGET: string) => resultOf(bootJob(job, work, { env: { TARGET } }));
  assert.deepEqual(await run("Fail"), ["instead", false]);
  const error = { code: "Order.Lost", message: "lost", status: 410, data: { id: 7 } };
  assert.deepEqual(log.splice(0), [error, "finally"]);
  assert.deepEqual(await run("Echo"), ["fine", true]);
  assert.deepEqual(log.splice(0), ["finally"]);
});

test("`finally` runs after a failure that nothing catches, and does not hide it", async () => {
  const log: unknown[] = [];
  const job = `
steps:
  - execute: JavaScript.Script.Fail
    finally: [{ execute: JavaScript.Script.Log, inputs: cleaned }]
  - { execute: JavaScript.Script.Log, inputs: never }`;
  const work = {
    Log: (input: unknown) => void log.push(input),
    Fail: () => {
      throw new Error("no");
    },
  };
  await assert.rejects(resultOf(bootJob(job, work)), { message: /Fail failed: no/ });
  assert.deepEqual(log, ["cleaned"]);
});

test("the caller's signal ends all of a job; only `finally` still runs", async () => {
  const ended: unknown[] = [];
  const log: unknown[] = [];
  const controller = new AbortController();
  const job = `
steps:
  - for: [1, 2]
    concurrency: 2
    execute: JavaScript.Script.Endless
    retry: { attempts: 5 }
    catch: [{ execute: JavaScript.Script.Log, inputs: caught }]
    finally: [{ execute: JavaScript.Script.Log, inputs: cleaned }]
  - { execute: JavaScript.Script.Log, inputs: never }`;
  await using app = await bootJob(job, {
    Endless: endless(ended),
    Log: (input) => void log.push(input),
  });
  const result = run(app, null, controller.signal);
  setImmediate(() => controller.abort());
  await assert.rejects(result, { code: "ERR_ABORTED" });
  await app.waitFor("JavaScript.Script.Executed");
  assert.deepEqual([ended, log], [[1, 2], ["cleaned"]]);
});
