import assert from "node:assert/strict";
import { test } from "node:test";
import { TestClock } from "../../../src/testing/test_clock.ts";
import { createDeadlines, MONOTONIC } from "../../../src/modules/http/deadlines.ts";

const never = () => new Promise<never>(() => {});
const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, "done"));

test("late work is rejected, other work settles normally", async () => {
  const deadlines = createDeadlines(30, MONOTONIC);
  const late = deadlines.limit(never(), 30, () => new Error("late"));
  assert.equal(await deadlines.limit(after(5), 60_000, () => "never"), "done");
  await assert.rejects(
    deadlines.limit(Promise.reject(new Error("own")), 60_000, () => "never"),
    { message: "own" },
  );
  await assert.rejects(late, { message: "late" });
});

test("everybody can be hurried, including those being waited for", async () => {
  const clock = new TestClock();
  const deadlines = createDeadlines(60_000, clock);
  const client = deadlines.limit(never(), 60_000, () => new Error("late"));
  deadlines.hurry(30);
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
  await deadlines.limit(after(1), 30, () => "never");
  await clock.advance(250);
  assert.equal(clock.pending, 0);
});
