import assert from "node:assert/strict";
import { test } from "node:test";
import { bootApp, type TestApp, TestClock } from "../../../testing.ts";

const HOUR = 3_600_000;

/** Runs that have started, by their planned times; each ends when the test says so. */
class Runs {
  readonly started: unknown[] = [];
  readonly #pending: (() => void)[] = [];

  /** A run that ends at once, or when `end` is called. */
  readonly fake = (input: unknown): void => void this.started.push(input);
  readonly slow = (input: unknown): Promise<void> => {
    this.started.push(input);
    return new Promise((resolve) => this.#pending.push(resolve));
  };
  end(): void {
    this.#pending.shift()!();
  }
}

function manifest(kind: string, fields: string): string {
  return `name: Test
imports: [digly:schedule, digly:javascript]
---
kind: Schedule.${kind}
metadata: { name: S }
execute: JavaScript.Script.Job
inputs: "\${{ run.scheduled }}"
${fields}
---
kind: JavaScript.Script
metadata: { name: Job }
code: function main() {}
`;
}

async function boot(
  kind: string,
  fields: string,
  { start, job }: { start: string; job: (input: unknown) => unknown },
): Promise<{ app: TestApp; clock: TestClock }> {
  const clock = new TestClock(new Date(start));
  const app = await bootApp({
    manifest: manifest(kind, fields),
    clock,
    fakes: { "JavaScript.Script.Job": job },
  });
  return { app, clock };
}

async function snapshotOf({ kernel }: TestApp): Promise<Record<string, unknown>> {
  const { resources } = await kernel.takeSnapshot();
  const schedule = resources.find(({ kind }) => kind.startsWith("Schedule."))!;
  return schedule.snapshot as Record<string, unknown>;
}

/** The times at which a pattern fires in Berlin within some days. */
async function timesInBerlin(cron: string, start: string, days: number): Promise<unknown[]> {
  const { started, fake } = new Runs();
  const { app, clock } = await boot("Cron", `cron: ${cron}\ntimeZone: Europe/Berlin`, {
    start,
    job: fake,
  });
  await clock.advance(days * 24 * HOUR);
  await app.stop();
  return started;
}

test("a pattern fires in its time zone", async () => {
  assert.deepEqual(await timesInBerlin("0 3 * * *", "2026-07-01T12:00:00Z", 2), [
    "2026-07-02T01:00:00.000Z",
    "2026-07-03T01:00:00.000Z",
  ]);
});

test("a time that daylight saving skips comes an hour later, a repeated one once", async () => {
  assert.deepEqual(await timesInBerlin("30 2 * * *", "2026-03-28T12:00:00Z", 2), [
    "2026-03-29T01:00:00.000Z", // 02:30 does not exist on this day; it is 03:00
    "2026-03-30T00:30:00.000Z",
  ]);
  assert.deepEqual(await timesInBerlin("30 2 * * *", "2026-10-24T12:00:00Z", 2), [
    "2026-10-25T00:30:00.000Z", // the first of two 02:30
    "2026-10-26T01:30:00.000Z",
  ]);
});

test("a pattern of every hour fires once an hour when the time changes", async () => {
  const times = await timesInBerlin("0 * * * *", "2026-10-24T22:30:00Z", 0.25);
  assert.deepEqual(
    times,
    [23, 24, 25, 26, 27, 28].map((hour) => new Date(Date.UTC(2026, 9, 24, hour)).toISOString()),
  );
});

test("an interval counts from the start", async () => {
  const runs = new Runs();
  const { app, clock } = await boot("Every", "every: 1.5h", {
    start: "2026-01-01T00:10:00Z",
    job: runs.fake,
  });
  assert.equal((await snapshotOf(app))["next"], "2026-01-01T01:40:00.000Z");
  await clock.advance(3 * HOUR);
  assert.deepEqual(runs.started, ["2026-01-01T01:40:00.000Z", "2026-01-01T03:10:00.000Z"]);
  const { started, last } = await snapshotOf(app);
  assert.deepEqual([started, last], [2, {
    scheduled: "2026-01-01T03:10:00.000Z",
    ms: 0,
    ok: true,
  }]);
  await app.stop();
});

test("an overlapping run is skipped, and says so", async () => {
  const runs = new Runs();
  const { app, clock } = await boot("Every", "every: 1m", { start: "2026-01-01", job: runs.slow });
  await clock.advance(3 * 60_000);
  assert.equal(runs.started.length, 1);
  const { skipped, running } = await snapshotOf(app);
  assert.deepEqual([skipped, running], [2, 1]);
  assert.equal(app.logs[0]!.message, "Skipped a run: it is still running");
  assert.ok(app.story().includes("Schedule.Every.Skipped Schedule.Every.S"));
  runs.end();
  await clock.advance(60_000);
  assert.equal(runs.started.length, 2);
  runs.end();
  await app.stop();
});

test("overlapping runs wait for each other, or run together", async () => {
  const queued = new Runs();
  const first = await boot("Every", "every: 1m\noverlap: queue", {
    start: "2026-01-01",
    job: queued.slow,
  });
  await first.clock.advance(3 * 60_000);
  assert.equal(queued.started.length, 1);
  assert.equal((await snapshotOf(first.app))["queued"], 2);
  queued.end();
  await first.clock.advance(0);
  assert.deepEqual(queued.started, ["2026-01-01T00:01:00.000Z", "2026-01-01T00:02:00.000Z"]);
  const stopping = first.app.stop();
  await first.clock.advance(0);
  queued.end();
  await stopping;
  assert.equal(queued.started.length, 2, "a run that waits does not start while the app stops");

  const together = new Runs();
  const second = await boot("Every", "every: 1m\noverlap: allow", {
    start: "2026-01-01",
    job: together.slow,
  });
  await second.clock.advance(2 * 60_000);
  assert.equal(together.started.length, 2);
  together.end();
  together.end();
  await second.app.stop();
});

test("of the times that passed while the machine slept, only the last one runs", async () => {
  const runs = new Runs();
  const clock = new TestClock(new Date("2026-01-01"));
  let slept = 0;
  const app = await bootApp({
    manifest: manifest("Every", "every: 1m"),
    clock: Object.assign(Object.create(clock), { now: () => clock.now() + slept }),
    fakes: { "JavaScript.Script.Job": runs.fake },
  });
  slept = 5 * 60_000;
  await clock.advance(60_000);
  assert.deepEqual(runs.started, ["2026-01-01T00:06:00.000Z"]);
  const missed = app.events.find(({ event }) => event === "Schedule.Every.Missed");
  assert.deepEqual(missed?.payload, { from: "2026-01-01T00:01:00.000Z", count: 5 });
  assert.equal(app.logs[0]!.message, "Missed 5 runs");
  await app.stop();
});

test("a run that takes too long is aborted, and the next one starts", async () => {
  const runs = new Runs();
  const { app, clock } = await boot("Every", "every: 1m\ntimeout: 10s", {
    start: "2026-01-01",
    job: runs.slow,
  });
  await clock.advance(2 * 60_000);
  assert.equal(runs.started.length, 2);
  assert.equal(app.logs[0]!.message, "A run failed");
  const { failed, last } = await snapshotOf(app);
  assert.equal(failed, 1);
  assert.deepEqual(last, { scheduled: "2026-01-01T00:01:00.000Z", ms: 10_000, ok: false });
  await clock.advance(10_000);
  await app.stop();
});

test("jitter delays a run by a part of it", async () => {
  const runs = new Runs();
  const { app, clock } = await boot("Every", "every: 1h\njitter: 10m", {
    start: "2026-01-01",
    job: runs.fake,
  });
  await clock.advance(HOUR);
  assert.equal(runs.started.length, 0);
  await clock.advance(600_000);
  assert.deepEqual(runs.started, ["2026-01-01T01:00:00.000Z"]);
  await app.stop();
});

test("a stop waits for the run, and no other one starts", async () => {
  const runs = new Runs();
  const { app, clock } = await boot("Every", "every: 1m", { start: "2026-01-01", job: runs.slow });
  await clock.advance(60_000);
  let isStopped = false;
  const stopping = app.stop().then((result) => {
    isStopped = true;
    return result;
  });
  await clock.advance(120_000);
  assert.equal(isStopped, false);
  runs.end();
  assert.equal((await stopping).exitCode, 0);
  assert.equal(runs.started.length, 1);
  assert.equal(clock.pending, 0);
});

test("executed by hand it runs at once, for a time of the past if asked", async () => {
  const runs = new Runs();
  const clock = new TestClock(new Date("2026-01-01"));
  await using app = await bootApp({
    manifest: manifest("Every", "every: 1m"),
    clock,
    serve: false,
    fakes: { "JavaScript.Script.Job": runs.fake },
  });
  await clock.advance(5 * 60_000);
  assert.deepEqual(runs.started, [], "nothing runs by itself under digly exec");
  await app.execute("Schedule.Every.S");
  await app.execute("Schedule.Every.S", { scheduled: "2025-12-31T00:00:00Z" });
  assert.deepEqual(runs.started, ["2026-01-01T00:05:00.000Z", "2025-12-31T00:00:00.000Z"]);
  await assert.rejects(app.execute("Schedule.Every.S", { scheduled: "soon" }), {
    code: "ERR_INPUT_INVALID",
  });
});

for (
  const [kind, fields, message, help] of [
    [
      "Cron",
      'cron: "61 * * * *"',
      /^Schedule.Cron.S: "61 \* \* \* \*" is not a cron pattern/,
      /Write minute/,
    ],
    ["Cron", 'cron: "* * * *"', /it has 4 fields/, /Write minute/],
    ["Cron", 'cron: "@dayly"', /is not a cron pattern/, /Write minute/],
    ["Cron", "cron: 0 0 30 2 *", /never occurs/, /no such day/],
    [
      "Cron",
      "cron: 0 0 1 * *\ntimeZone: Europe/Berln",
      /"Europe\/Berln" is not a time zone/,
      /Europe\/Berlin/,
    ],
    ["Every", "every: 0s", /must be at least 1ms/, undefined],
  ] as const
) {
  test(`${fields.replace("\n", " ")} is an error at its field`, async () => {
    await assert.rejects(bootApp({ manifest: manifest(kind, fields) }), (error: Error) => {
      const { code, origin } = error as Error & { code: string; origin: { line: number } };
      assert.equal(code, "ERR_RESOURCE_INVALID");
      assert.match(error.message, message);
      if (help !== undefined) assert.match(String((error as Error & { help: string }).help), help);
      assert.ok(origin.line >= 7, `line ${origin.line}`);
      return true;
    });
  });
}
