import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { bootJob, echo, endless, resultOf, run } from "./pipeline_app.ts";

/** How many steps are executed by the test with the most. */
const MANY = 20_000;

test("steps run in order, and see the input and the steps before them", async () => {
  const job = `
inputSchema: { a: integer }
steps:
  - { name: one, execute: JavaScript.Script.Echo, inputs: "\${{ input.a + 1 }}" }
  - { name: two, execute: JavaScript.Script.Echo, inputs: { sum: "\${{ steps.one.output + 1 }}" } }
  - { name: three, execute: JavaScript.Script.Echo }
output: { two: "\${{ steps.two.output.sum }}", three: "\${{ steps.three.output.a }}" }`;
  assert.deepEqual(await resultOf(bootJob(job, { Echo: echo }), { a: 1 }), { two: 3, three: 1 });
});

test("the result of a job without `output` is the output of its last step", async () => {
  const job = `
steps:
  - { execute: JavaScript.Script.Echo, inputs: 1 }
  - { execute: JavaScript.Script.Echo, inputs: 2 }`;
  assert.equal(await resultOf(bootJob(job, { Echo: echo })), 2);
});

test("a wrong input is refused before any step", async () => {
  const job = `
inputSchema: { a: integer }
steps: [{ execute: JavaScript.Script.Echo }]`;
  await assert.rejects(resultOf(bootJob(job, { Echo: echo }), { a: "x" }), {
    code: "ERR_INPUT_INVALID",
    message: "The input of Pipeline.Job.J is invalid: `a` must be an integer",
  });
});

test("a condition skips a step, whose output is null then", async () => {
  const job = `
steps:
  - { name: a, if: input > 1, execute: JavaScript.Script.Echo }
  - { name: b, if: "\${{ input > 2 }}", execute: JavaScript.Script.Echo }
  - { name: c, if: false, execute: JavaScript.Script.Echo }
output: ["\${{ steps.a.output }}", "\${{ steps.b.output }}", "\${{ steps.c.output }}"]`;
  assert.deepEqual(await resultOf(bootJob(job, { Echo: echo }), 2), [2, null, null]);
});

test("a condition that is not a boolean is an error at its place", async () => {
  const job = `
steps:
  - { if: input, execute: JavaScript.Script.Echo }`;
  await assert.rejects(resultOf(bootJob(job, { Echo: echo }), "yes"), (error) => {
    const { message, origin } = error as { message: string; origin: { line: number } };
    assert.equal(message, "Executing Pipeline.Job.J failed: \`if\` must be true or false");
    assert.equal(origin.line, 8);
    return true;
  });
});

test("`switch` runs the first alternative that fits", async () => {
  const job = `
steps:
  - name: size
    switch:
      - { if: input > 10, steps: [{ name: big, execute: JavaScript.Script.Echo, inputs: big }] }
      - { if: input > 5, steps: [{ execute: JavaScript.Script.Echo, inputs: medium }] }
      - steps:
          - { name: small, execute: JavaScript.Script.Echo, inputs: small }
          - { execute: JavaScript.Script.Echo, inputs: "\${{ steps.small.output }}er" }
output: ["\${{ steps.size.output }}", "\${{ steps.big.output }}", "\${{ steps.small.output }}"]`;
  await using app = await bootJob(job, { Echo: echo });
  assert.deepEqual(await run(app, 11), ["big", "big", null]);
  assert.deepEqual(await run(app, 7), ["medium", null, null]);
  assert.deepEqual(await run(app, 1), ["smaller", null, "small"]);
});

test("a loop runs its step for each item, in order or several at once", async () => {
  let running = 0;
  let most = 0;
  const work = async (input: unknown) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return input;
  };
  const job = (more: string) => `
steps:
  - name: each
    for: input.list
    as: row
    ${more}
    execute: JavaScript.Script.Work
    inputs: "\${{ row.id * 10 }}"
output: "\${{ steps.each.output }}"`;
  const list = Array.from({ length: 7 }, (_, id) => ({ id }));
  const expected = [0, 10, 20, 30, 40, 50, 60];
  assert.deepEqual(await resultOf(bootJob(job(""), { Work: work }), { list }), expected);
  assert.equal(most, 1);
  const three = bootJob(job("concurrency: 3"), { Work: work });
  assert.deepEqual(await resultOf(three, { list }), expected);
  assert.equal(most, 3);
});

test("a loop over a written list, and one over nothing", async () => {
  const job = `
steps:
  - { name: a, for: [1, "\${{ input }}"], execute: JavaScript.Script.Echo }
  - { name: b, for: "[]", execute: JavaScript.Script.Echo }
output: ["\${{ steps.a.output }}", "\${{ steps.b.output }}"]`;
  assert.deepEqual(await resultOf(bootJob(job, { Echo: echo }), 2), [[1, 2], []]);
});

test("the outputs of a loop are kept only if an expression reads them", async () => {
  const job = (output: string) => `
steps:
  - { name: each, for: input, execute: JavaScript.Script.Echo }
output: "\${{ ${output} }}"`;
  const list = Array.from({ length: MANY }, (_, index) => index);
  const kept = await resultOf(bootJob(job("steps.each.output"), { Echo: echo }), list);
  assert.equal((kept as unknown[]).length, MANY);
  assert.equal(await resultOf(bootJob(job("steps.each.error"), { Echo: echo }), list), null);
  const last = bootJob("steps: [{ for: input, execute: JavaScript.Script.Echo }]", { Echo: echo });
  assert.equal(await resultOf(last, list), null);
});

test("a loop whose items wait for nothing lets others have a turn", async () => {
  let ended = 0;
  let seen = -1;
  await using app = await bootJob(
    "steps: [{ for: input.items, execute: JavaScript.Script.Count }]",
    { Count: () => ++ended },
  );
  setImmediate(() => seen = ended);
  await run(app, { items: Array.from({ length: 1_000 }, (_, item) => item) });
  assert.ok(seen < 1_000 && seen >= 0, `the others had a turn after ${seen} items`);
});

test("a loop over many items needs no memory for what nobody reads", async () => {
  const ITEMS = 20_000;
  let ended = 0;
  await using app = await bootJob(
    "steps: [{ for: input.items, execute: JavaScript.Script.Make, concurrency: 100 }]",
    {
      Make: () => {
        ended++;
        return new Uint8Array(100_000);
      },
    },
  );
  await run(app, { items: Array.from({ length: ITEMS }, (_, item) => item) });
  assert.equal(ended, ITEMS);
  // All outputs together are 2 GB.
  assert.ok(process.memoryUsage().rss < 1e9, String(process.memoryUsage().rss));
});

test("steps within a loop have results of their own for each item", async () => {
  const job = `
steps:
  - name: rows
    for: input
    concurrency: 4
    switch:
      - steps:
          - { name: twice, execute: JavaScript.Script.Twice, inputs: "\${{ item }}" }
          - name: inner
            for: "[steps.twice.output, 1]"
            as: value
            execute: JavaScript.Script.Twice
            inputs: "\${{ value + item }}"
          - { execute: JavaScript.Script.Twice, inputs: "\${{ steps.inner.output[0] }}" }
output: "\${{ steps.rows.output }}"`;
  const work = async (input: unknown) => {
    await new Promise((resolve) => setImmediate(resolve));
    return Number(input) * 2;
  };
  assert.deepEqual(await resultOf(bootJob(job, { Twice: work }), [1, 2, 3]), [12, 24, 36]);
});

test("what is not a list cannot be looped over", async () => {
  const job = "steps: [{ for: input.x, execute: JavaScript.Script.Echo }]";
  await assert.rejects(resultOf(bootJob(job, { Echo: echo }), { x: 3 }), {
    message: "Executing Pipeline.Job.J failed: `for` must be a list",
  });
});

test("parallel steps run at the same time, and their outputs have names", async () => {
  const waiting: (() => void)[] = [];
  const meet = (input: unknown) =>
    new Promise((resolve) => {
      waiting.push(() => resolve(input));
      if (waiting.length === 2) waiting.forEach((end) => end());
    });
  const job = `
steps:
  - name: both
    parallel:
      - { name: left, execute: JavaScript.Script.Meet, inputs: l }
      - { name: right, execute: JavaScript.Script.Meet, inputs: r }
output: ["\${{ steps.both.output }}", "\${{ steps.left.output }}"]`;
  const result = await resultOf(bootJob(job, { Meet: meet }));
  assert.deepEqual(result, [{ left: "l", right: "r" }, "l"]);
});

test("a failure aborts the steps beside it, and the items beside it", async () => {
  const ended: unknown[] = [];
  const work = {
    Endless: endless(ended),
    Fail: () => {
      throw new Error("no");
    },
    Either: (input: unknown, ctx: Parameters<ReturnType<typeof endless>>[1]) => {
      if (input === 2) throw new Error("two");
      return endless(ended)(input, ctx);
    },
  };
  const parallel = `
steps:
  - parallel:
      - { execute: JavaScript.Script.Endless, inputs: beside }
      - { execute: JavaScript.Script.Fail }`;
  await assert.rejects(resultOf(bootJob(parallel, work)), { message: /Fail failed: no/ });
  const loop = "steps: [{ for: input, concurrency: 2, execute: JavaScript.Script.Either }]";
  await assert.rejects(resultOf(bootJob(loop, work), [1, 2, 3]), { message: /Either failed: two/ });
  assert.deepEqual(ended, ["beside", 1]);
});

test("a job that runs on start lets the app end, with 1 after a failure", async () => {
  const job = "on: start\nsteps: [{ execute: JavaScript.Script.Work }]";
  const calls: unknown[] = [];
  await using app = await bootJob(job, { Work: (input) => void calls.push(input) }, {
    serve: true,
  });
  await app.kernel.waitUntilIdle();
  assert.deepEqual([calls, app.kernel.exitCode], [[null], 0]);
  await using failing = await bootJob(job, {
    Work: () => {
      throw new Error("no");
    },
  }, { serve: true });
  await failing.kernel.waitUntilIdle();
  assert.equal(failing.kernel.exitCode, 1);
  assert.match(JSON.stringify(failing.logs), /The job failed/);
});

test("jobs that call each other through scripts end at the limit of calls", async () => {
  const job = "steps: [{ execute: JavaScript.Script.Again }]";
  const again = (_: unknown, ctx: { execute(urn: string): Promise<unknown> }) =>
    ctx.execute("Pipeline.Job.J");
  await assert.rejects(resultOf(bootJob(job, { Again: again })), { message: /call depth/ });
});

test("events say what the steps do", async () => {
  const job = `
steps:
  - { name: a, execute: JavaScript.Script.Echo }
  - { name: b, if: false, execute: JavaScript.Script.Echo }`;
  await using app = await bootJob(job, { Echo: echo });
  await run(app);
  const steps = app.events.filter(({ event }) => event.startsWith("Pipeline.Job.Step"));
  assert.deepEqual(steps.map(({ event, payload }) => [event.slice(17), payload]), [
    ["Started", { step: "a" }],
    ["Ended", { step: "a" }],
    ["Skipped", { step: "b" }],
  ]);
});
