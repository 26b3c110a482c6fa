import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { onSignal } from "../../../src/platform/signals.ts";

function heardUnder(npmCommand: string | undefined): string[] {
  const before = process.env["npm_command"];
  if (npmCommand === undefined) delete process.env["npm_command"];
  else process.env["npm_command"] = npmCommand;
  const received: string[] = [];
  const stop = onSignal((signal) => received.push(signal));
  process.emit("SIGINT", "SIGINT");
  process.emit("SIGINT", "SIGINT");
  process.emit("SIGTERM", "SIGTERM");
  stop();
  if (before === undefined) delete process.env["npm_command"];
  else process.env["npm_command"] = before;
  return received;
}

test("every signal counts", () => {
  assert.deepEqual(heardUnder(undefined), ["SIGINT", "SIGINT", "SIGTERM"]);
});

test("under npm, which passes a Ctrl-C on once more, the echo does not count", () => {
  assert.deepEqual(heardUnder("start"), ["SIGINT", "SIGTERM"]);
});

test("nothing listens once the listener is off", () => {
  const before = process.listenerCount("SIGINT");
  const stop = onSignal(() => {});
  assert.equal(process.listenerCount("SIGINT"), before + 1);
  stop();
  assert.equal(process.listenerCount("SIGINT"), before);
});
