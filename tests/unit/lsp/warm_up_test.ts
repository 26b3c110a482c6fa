/** That the first check of an app is repeated while the client does nothing. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { WarmUp } from "../../../src/lsp/warm_up.ts";

/** A warm-up, and what it has checked. */
function recorded() {
  const checked: string[] = [];
  const warmUp = new WarmUp((url) => {
    checked.push(url);
    return url === "broken" ? Promise.reject(new Error("broken")) : Promise.resolve();
  });
  return { warmUp, checked };
}

/** Lets the time pass, and what waits for it come to its end. */
async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  await new Promise((resolve) => setImmediate(resolve));
}

test("the check of a large app is repeated three times, whether it fails or not", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const { warmUp, checked } = recorded();
  warmUp.checked("app", 400);
  warmUp.checked("broken", 400);
  warmUp.checked("small", 5);
  warmUp.checked("huge", 60_000);
  warmUp.schedule();
  await pass(299);
  assert.deepEqual(checked, []);
  for (let time = 0; time < 10; time++) await pass(300);
  assert.deepEqual(checked, ["app", "app", "app", "broken", "broken", "broken"]);
  warmUp.checked("app", 400);
  warmUp.schedule();
  await pass(300);
  assert.equal(checked.length, 6, "an app is warm after that");
});

test("a client that is busy is not kept waiting", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const { warmUp, checked } = recorded();
  warmUp.checked("app", 400);
  warmUp.schedule();
  await pass(200);
  warmUp.pause();
  await pass(1_000);
  assert.deepEqual(checked, []);
  warmUp.schedule();
  await pass(300);
  assert.deepEqual(checked, ["app"]);
  await warmUp.ended();
});

test("a repetition that a change interrupts is the last one until the change is checked", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const ends: (() => void)[] = [];
  const warmUp = new WarmUp(() => new Promise((resolve) => ends.push(resolve)));
  warmUp.checked("app", 400);
  warmUp.schedule();
  await pass(300);
  assert.equal(ends.length, 1);
  warmUp.pause();
  ends[0]!();
  await warmUp.ended();
  await pass(1_000);
  assert.equal(ends.length, 1);
  warmUp.schedule();
  await pass(300);
  assert.equal(ends.length, 2);
});
