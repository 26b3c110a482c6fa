import assert from "node:assert/strict";
import { test } from "node:test";
import { renderError } from "../../../src/cli/report.ts";
import { type DiglyModule, isDiglyError } from "../../../src/contract/author.ts";
import type { Context } from "../../../src/contract/execution.ts";
import { bootApp, type TestApp, TestClock } from "../../../testing.ts";

type Fake = (input: unknown, ctx: Context) => unknown;

/** An app whose policy applies to a script that the test provides. */
function boot(
  policy: string,
  work: Fake,
  { applies = "[JavaScript.Script.Work]", clock }: { applies?: string; clock?: TestClock } = {},
): Promise<TestApp> {
  return bootApp({
    manifest: `name: Test
imports: [digly:resilience, digly:javascript, digly:http-client]
---
kind: Resilience.Policy
metadata: { name: P }
applies: ${applies}
${policy}
---
kind: JavaScript.Script
metadata: { name: Work }
code: function main() {}
---
kind: JavaScript.Script
metadata: { name: Other }
code: function main() { return "other"; }
---
kind: JavaScript.Script
metadata: { name: Outer }
code: const main = (input, ctx) => ctx.execute("JavaScript.Script.Work", input)
`,
    fakes: { "JavaScript.Script.Work": work },
    seed: 1,
    ...(clock === undefined ? {} : { clock }),
  });
}

const WORK = "JavaScript.Script.Work";

async function stateOf({ kernel }: TestApp): Promise<Record<string, unknown>> {
  const { resources } = await kernel.takeSnapshot();
  const { snapshot } = resources.find(({ kind }) => kind === "Resilience.Policy")!;
  return (snapshot as { resources: Record<string, Record<string, unknown>> }).resources[WORK]!;
}

function metricsOf({ kernel }: TestApp): string[] {
  return kernel.metrics().filter(({ name }) => name.startsWith("digly_resilience")).flatMap((
    { name, samples },
  ) =>
    samples.map(({ labels: { resource: _, ...labels }, value }) =>
      [name.slice("digly_resilience_".length), ...Object.values(labels), value].join(" ")
    )
  );
}

/** Fails as often as it says, with a code. */
function failing(times: number, code?: string): Fake & { calls: number } {
  const fake = Object.assign((_input: unknown, ctx: Context) => {
    if (++fake.calls > times) return `call ${fake.calls}`;
    throw code === undefined ? new Error("broken") : ctx.fail(code, "broken");
  }, { calls: 0 });
  return fake;
}

test("executes again what fails, with growing delays, also below other executions", async () => {
  const clock = new TestClock();
  const work = failing(2);
  await using app = await boot("retry: { attempts: 3, backoff: 1s, factor: 3 }", work, { clock });
  const result = app.execute("JavaScript.Script.Outer", 1);
  await clock.advance(999);
  assert.equal(work.calls, 1);
  await clock.advance(251); // up to a quarter is added at random
  assert.equal(work.calls, 2);
  await clock.advance(2_999 - 250);
  assert.equal(work.calls, 2);
  await clock.advance(1_001);
  assert.equal(await result, "call 3");
  assert.equal((await stateOf(app))["retries"], 2);
  assert.ok(metricsOf(app).includes("retries_total 2"));
  assert.equal(await app.execute("JavaScript.Script.Other"), "other");
});

test("gives the last error when the attempts are used up", async () => {
  const work = failing(9);
  await using app = await boot("retry: { attempts: 3, backoff: 1ms }", work);
  await assert.rejects(app.execute(WORK), /broken/);
  assert.equal(work.calls, 3);
});

test("does not execute again after a mistake of the caller, or a code that is not listed", async () => {
  const cases: readonly (readonly [string, Fake & { calls: number }, number])[] = [
    ["", failing(9), 2],
    ["", Object.assign(failing(9, "App.Busy"), {}), 2],
    [", on: [App.Busy]", failing(9), 1],
    [", on: [App.Busy]", failing(9, "App.Busy"), 2],
    [", on: [App.*]", failing(9, "App.Busy"), 2],
    [", on: [App.Other]", failing(9, "App.Busy"), 1],
  ];
  for (const [on, work, calls] of cases) {
    await using app = await boot(`retry: { attempts: 2, backoff: 1ms${on} }`, work);
    await assert.rejects(app.execute(WORK));
    assert.equal(work.calls, calls, on);
  }
  for (const [status, calls] of [[404, 1], [409, 1], [429, 2], [503, 2]] as const) {
    let count = 0;
    await using app = await boot("retry: { attempts: 2, backoff: 1ms }", (_input, ctx) => {
      count++;
      throw ctx.fail("App.Failed", "no", { status });
    });
    await assert.rejects(app.execute(WORK));
    assert.equal(count, calls, String(status));
  }
});

test("a retry that waits ends when the caller does", async () => {
  const clock = new TestClock();
  const work = failing(9);
  await using app = await boot("retry: { attempts: 3, backoff: 50s }", work, { clock });
  const abort = new AbortController();
  const result = app.kernel.execute(WORK, null, { signal: abort.signal });
  await clock.advance(1_000);
  abort.abort();
  await assert.rejects(result, { code: "ERR_ABORTED" });
  await clock.advance(100_000);
  assert.equal(work.calls, 1);
});

test("aborts what takes longer than the timeout, each attempt anew", async () => {
  const clock = new TestClock();
  const aborted: unknown[] = [];
  await using app = await boot(
    "timeout: 2s\nretry: { attempts: 2, backoff: 1ms }",
    (_input, ctx) => {
      ctx.signal.addEventListener("abort", () => aborted.push(ctx.signal.reason));
      return new Promise(() => {});
    },
    { clock },
  );
  const result = app.execute(WORK);
  const failed = assert.rejects(result, { code: "Resilience.Timeout" });
  await clock.advance(2_000);
  assert.equal(aborted.length, 1);
  await clock.advance(2_002);
  await failed;
  assert.equal(aborted.length, 2);
  assert.match(String(aborted[0]), /JavaScript\.Script\.Work took longer than 2s/);
  assert.ok(metricsOf(app).includes("timeouts_total 2"));
});

test("a breaker opens after failures, refuses, tries, and closes after one success", async () => {
  const clock = new TestClock();
  const work = failing(4);
  const policy = "breaker: { failures: 3, window: 60s, cooldown: 30s }";
  await using app = await boot(policy, work, { clock });
  for (let n = 0; n < 3; n++) await assert.rejects(app.execute(WORK), /broken/);
  await assert.rejects(app.execute(WORK), { code: "Resilience.Open" });
  assert.equal(work.calls, 3);
  assert.equal((await stateOf(app))["breaker"], "open");
  assert.ok(metricsOf(app).includes("breaker_open 1"));
  assert.ok(metricsOf(app).includes("refused_total open 1"));
  await clock.advance(30_000);
  await assert.rejects(app.execute(WORK), /broken/); // the trial
  await assert.rejects(app.execute(WORK), { code: "Resilience.Open" });
  await clock.advance(30_000);
  assert.equal(await app.execute(WORK), "call 5");
  assert.equal((await stateOf(app))["breaker"], "closed");
  assert.ok(app.story().includes("Resilience.Policy.Opened Resilience.Policy.P"));
  assert.ok(app.story().includes("Resilience.Policy.Closed Resilience.Policy.P"));
});

test("only failures within the window open a breaker", async () => {
  const clock = new TestClock();
  const policy = "breaker: { failures: 2, window: 10s, cooldown: 30s }";
  await using app = await boot(policy, failing(9), { clock });
  for (let n = 0; n < 5; n++) {
    await assert.rejects(app.execute(WORK), /broken/);
    await clock.advance(10_001);
  }
  await assert.rejects(app.execute(WORK), /broken/);
  await assert.rejects(app.execute(WORK), /broken/);
  await assert.rejects(app.execute(WORK), { code: "Resilience.Open" });
});

test("an open breaker lets one execution try, also after one that was aborted", async () => {
  const clock = new TestClock();
  let isBroken = true;
  await using app = await boot("breaker: { failures: 1, cooldown: 30s }", () => {
    if (isBroken) throw new Error("broken");
    return new Promise(() => {});
  }, { clock });
  await assert.rejects(app.execute(WORK), /broken/);
  isBroken = false;
  await clock.advance(30_000);
  const abort = new AbortController();
  const trial = app.kernel.execute(WORK, null, { signal: abort.signal });
  await assert.rejects(app.execute(WORK), { code: "Resilience.Open" });
  abort.abort();
  await assert.rejects(trial, { code: "ERR_ABORTED" });
  isBroken = true;
  await assert.rejects(app.execute(WORK), /broken/);
});

test("mistakes of callers do not open a breaker", async () => {
  await using app = await boot("breaker: { failures: 2 }", (_input, ctx) => {
    throw ctx.fail("App.NotFound", "no", { status: 404 });
  });
  for (let n = 0; n < 5; n++) await assert.rejects(app.execute(WORK), { code: "App.NotFound" });
});

test("limits how many executions run and wait", async () => {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  await using app = await boot("concurrency: { limit: 2, queue: 3 }", async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running--;
  });
  const all = Array.from({ length: 5 }, () => app.execute(WORK));
  await assert.rejects(app.execute(WORK), { code: "Resilience.Overloaded" });
  assert.deepEqual(await stateOf(app), { running: 2, waiting: 3 });
  for (let done = 0; done < 5;) {
    const end = ends.shift();
    if (end === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    else {
      end();
      done++;
    }
  }
  await Promise.all(all);
  assert.equal(most, 2);
  assert.ok(metricsOf(app).includes("refused_total overloaded 1"));
});

test("who is aborted while waiting or running gives way to others", async () => {
  const ends: (() => void)[] = [];
  await using app = await boot(
    "concurrency: 1",
    () => new Promise<void>((resolve) => ends.push(resolve)),
  );
  const abort = new AbortController();
  const run = (signal?: AbortSignal) =>
    app.kernel.execute(WORK, null, signal === undefined ? {} : { signal });
  const first = run(abort.signal);
  const second = run(abort.signal);
  const third = run();
  assert.deepEqual(await stateOf(app), { running: 1, waiting: 2 });
  abort.abort();
  await assert.rejects(first, { code: "ERR_ABORTED" });
  await assert.rejects(second, { code: "ERR_ABORTED" });
  assert.deepEqual(await stateOf(app), { running: 1, waiting: 0 });
  ends.at(-1)!();
  await third;
  assert.deepEqual(await stateOf(app), { running: 0, waiting: 0 });
});

test("keeps results for a time, by key, and at most so many", async () => {
  const clock = new TestClock();
  const inputs: unknown[] = [];
  await using app = await boot(
    `cache: { ttl: 10s, key: "\${{ input.id }}", maxEntries: 2 }`,
    (input) => {
      inputs.push((input as { id: unknown }).id);
      return { id: (input as { id: unknown }).id, list: [] as number[] };
    },
    { clock },
  );
  const get = (id: unknown) => app.execute(WORK, { id, noise: Math.random() });
  const first = await get(1) as { list: number[] };
  first.list.push(7);
  assert.deepEqual(await get(1), { id: 1, list: [] });
  await get(2);
  await get(1);
  await get(3); // drops 2, which was not used for longest
  await get(1);
  await get(2);
  assert.deepEqual(inputs, [1, 2, 3, 2]);
  await clock.advance(10_000);
  await get(2);
  assert.deepEqual(inputs, [1, 2, 3, 2, 2]);
  await get(null);
  await get(null);
  assert.equal(inputs.length, 7);
  assert.ok((await stateOf(app))["cached"] as number <= 2);
  assert.ok(metricsOf(app).includes("cache_total hit 3"));
});

test("does not keep errors and streams", async () => {
  let calls = 0;
  await using app = await boot("cache: { ttl: 10s }", () => {
    if (++calls === 1) throw new Error("broken");
    return new ReadableStream();
  });
  await assert.rejects(app.execute(WORK));
  await app.execute(WORK);
  await app.execute(WORK);
  assert.equal(calls, 3);
});

test("applies to kinds, modules and all resources of a kind", async () => {
  for (
    const applies of ["[JavaScript.Script]", "[JavaScript.*]", "[JavaScript.Script.*]", '["*"]']
  ) {
    const work = failing(1);
    await using app = await boot("retry: { attempts: 2, backoff: 1ms }", work, { applies });
    assert.equal(await app.execute(WORK), "call 2", applies);
  }
});

test("check names the nearest kind, resource and code", async () => {
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [
      "[HttpClint.*]",
      "timeout: 1s",
      /"HttpClint\.\*" is not a kind or a resource[^]*HttpClient\.\*/,
    ],
    [
      "[JavaScript.Script.Wrk]",
      "timeout: 1s",
      /JavaScript\.Script\.Wrk[^]*JavaScript\.Script\.Work/,
    ],
    ["[JavaScript.Scrip]", "timeout: 1s", /Did you mean "JavaScript\.Script"/],
    [
      "[JavaScript.*]",
      "retry: { attempts: 2, on: [HttpClient.Timeot] }",
      /"HttpClient\.Timeot" is not an error code[^]*HttpClient\.Timeout/,
    ],
    ["[JavaScript.*]", "retry: { attempts: 2, on: [ERR_EXECUTION_FAILD] }", /ERR_EXECUTION_FAILED/],
    ["[JavaScript.*]", "retry: { attempts: 2, on: [HttpClient.Xyz] }", /not an error code/],
    ["[JavaScript.*]", "", /the policy does nothing/],
    ["[JavaScript.*]", "retry: { attempts: 0 }", /attempts/],
  ];
  for (const [applies, policy, message] of wrong) {
    await assert.rejects(boot(policy, () => 1, { applies }), (error) => {
      assert.ok(isDiglyError(error));
      assert.match(renderError(error, { color: false, verbose: false, cwd: "/" }), message);
      return true;
    });
  }
});

test("an interceptor may abort what it runs around, and keeps its trace", async () => {
  const seen: string[] = [];
  const module: DiglyModule = {
    name: "Cut",
    definitions: [{ kind: "Cut.Off" }],
    controllers: {
      "Cut.Off": {
        create: (_resource, ctx) => {
          ctx.intercept({ urns: [WORK] }, (call, next) => {
            seen.push(call.ctx.spanId);
            return next({ signal: AbortSignal.abort(new Error("cut off")) });
          });
          return {};
        },
      },
    },
  };
  await using app = await bootApp({
    manifest: `name: Test
imports: [digly:javascript]
---
kind: Cut.Off
metadata: { name: C }
---
kind: JavaScript.Script
metadata: { name: Work }
code: function main() {}
`,
    modules: [module],
    fakes: {
      [WORK]: (_input, ctx) => {
        seen.push(ctx.spanId, String(ctx.signal.aborted));
      },
    },
  });
  await app.execute(WORK);
  assert.equal(seen[0], seen[1]);
  assert.equal(seen[2], "true");
});
