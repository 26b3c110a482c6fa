import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeadlines } from "../../../src/modules/http/deadlines.ts";

const never = () => new Promise<never>(() => {});
const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, "done"));

test("late work is rejected, other work settles normally", async () => {
  const deadlines = createDeadlines(30);
  const late = deadlines.limit(never(), 30, "handler", () => new Error("late"));
  assert.equal(await deadlines.limit(after(5), 1_000, "handler", () => "never"), "done");
  await assert.rejects(
    deadlines.limit(Promise.reject(new Error("own")), 1_000, "client", () => "never"),
    { message: "own" },
  );
  await assert.rejects(late, { message: "late" });
});

test("clients can be hurried, including those being waited for; handlers cannot", async () => {
  const deadlines = createDeadlines(60_000);
  const handler = deadlines.limit(after(150), 60_000, "handler", () => new Error("late"));
  const client = deadlines.limit(never(), 60_000, "client", () => new Error("late"));
  deadlines.hurryClients(30);
  await assert.rejects(client, { message: "late" });
  await assert.rejects(
    deadlines.limit(never(), Infinity, "client", () => new Error("late too")),
    { message: "late too" },
  );
  assert.equal(await handler, "done");
});

test("no timer runs when there is nothing to limit", async () => {
  const deadlines = createDeadlines(30);
  await deadlines.limit(after(1), 30, "client", () => "never");
  // The test process ends only if it is so.
});
