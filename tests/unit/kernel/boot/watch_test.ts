import assert from "node:assert/strict";
import { test } from "node:test";
import { watchBoot } from "../../../../src/kernel/boot/watch.ts";

test("a slow step is logged repeatedly", (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const warns: string[] = [];
  const aborted: Error[] = [];
  const watch = watchBoot({
    intervalMs: 10,
    timeoutMs: 60,
    warn: (message) => void warns.push(message),
    abort: (reason) => void aborted.push(reason),
  });
  watch.step(() => ({ what: "create of A.quick", origin: undefined }));
  t.mock.timers.tick(10);
  watch.step(() => ({ what: "init of A.slow", origin: undefined }));
  t.mock.timers.tick(10);
  assert.deepEqual(warns, []);
  t.mock.timers.tick(10);
  assert.deepEqual(warns, ["Still waiting for init of A.slow"]);
  t.mock.timers.tick(30);
  assert.match(aborted[0]!.message, /longer than 0\.06 s, waiting for init of A\.slow/);
  watch.end();
});
