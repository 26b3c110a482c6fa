import assert from "node:assert/strict";
import { test } from "node:test";
import { createHolds } from "../../../../src/kernel/run/holds.ts";

function watched() {
  const log: string[] = [];
  const holds = createHolds({
    blocked: (hold) => log.push(`blocked by ${hold.owner}: ${hold.reason}`),
    unblocked: () => log.push("unblocked"),
  });
  return { holds, log };
}

test("Blocked and Unblocked mark the first hold and the last release", async () => {
  const { holds, log } = watched();
  const first = holds.acquire("Http.Server.Main", "listening");
  const second = holds.acquire("Queue.Jobs", "polling");
  first();
  assert.deepEqual(log, ["blocked by Http.Server.Main: listening"]);
  second();
  await holds.idle();
  assert.deepEqual(log, ["blocked by Http.Server.Main: listening", "unblocked"]);
});

test("a release counts once", () => {
  const { holds } = watched();
  const first = holds.acquire("a", "");
  holds.acquire("b", "");
  first();
  first();
  assert.deepEqual(holds.active().map((hold) => hold.owner), ["b"]);
});

test("idle waits for the last hold", async () => {
  const { holds } = watched();
  const release = holds.acquire("a", "");
  let idle = false;
  const waiting = holds.idle().then(() => idle = true);
  await Promise.resolve();
  assert.equal(idle, false);
  release();
  await waiting;
});

test("releaseAll releases every hold", async () => {
  const { holds, log } = watched();
  holds.acquire("a", "");
  holds.acquire("b", "");
  holds.releaseAll();
  await holds.idle();
  assert.deepEqual(log.at(-1), "unblocked");
});
