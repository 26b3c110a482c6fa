import assert from "node:assert/strict";
import { test } from "node:test";
import { TestClock } from "../../../src/testing/test_clock.ts";
import { createDeadlines } from "../../../src/modules/http/deadlines.ts";

const never = () => new Promise<never>(() => {});

test("late work is rejected, other work settles normally", async () => {
  const clock = new TestClock();
  const deadlines = createDeadlines(30, clock);
  const late = assert.rejects(
    deadlines.limit(never(), 30, () => new Error("late")),
    { message: "late" },
  );
  assert.equal(await deadlines.limit(Promise.resolve("done"), 60_000, () => "never"), "done");
  await assert.rejects(
    deadlines.limit(Promise.reject(new Error("own")), 60_000, () => "never"),
    { message: "own" },
  );
  await clock.advance(40);
  await late;
});

test("work that fails at its limit because it is aborted is late, and only once", async () => {
  const clock = new TestClock();
  const deadlines = createDeadlines(1_000, clock);
  const isAbort = (error: unknown) => (error as Error).name === "AbortError";
  const abort = Object.assign(new Error("aborted"), { name: "AbortError" });
  let lateCalls = 0;
  const failing = (ms: number, error: Error) =>
    deadlines.limit(
      new Promise((_, reject) => clock.setTimeout(() => reject(error), ms)),
      1_000,
      () => new Error(`late ${++lateCalls}`),
      isAbort,
    );
  const ends = [
    assert.rejects(failing(1_000, abort), { message: "late 1" }),
    assert.rejects(failing(500, abort), { message: "aborted" }),
    assert.rejects(failing(1_000, new Error("own")), { message: "own" }),
    assert.rejects(failing(2_000, abort), { message: "late 2" }),
  ];
  await clock.advance(3_000);
  await Promise.all(ends);
  assert.equal(lateCalls, 2);
});

test("everybody can be hurried, including those being waited for", async () => {
  const clock = new TestClock();
  const deadlines = createDeadlines(60_000, clock);
  const client = deadlines.limit(never(), 60_000, () => new Error("late"));
  deadlines.shorten(30);
  const next = deadlines.limit(never(), Infinity, () => new Error("late too"));
  const late = [
    assert.rejects(client, { message: "late" }),
    assert.rejects(next, { message: "late too" }),
  ];
  await clock.advance(40);
  await Promise.all(late);
});

test("no timer runs when there is nothing to limit", async () => {
  const clock = new TestClock();
  const deadlines = createDeadlines(30, clock);
  await deadlines.limit(Promise.resolve(), 30, () => "never");
  await clock.advance(250);
  assert.equal(clock.pending, 0);
});
