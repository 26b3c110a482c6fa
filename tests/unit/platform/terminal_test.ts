import assert from "node:assert/strict";
import { closeSync, constants, existsSync, openSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { isTerminal } from "../../../src/platform/terminal.ts";

test("a stream is a terminal exactly if node:tty says so", () => {
  for (const descriptor of [0, 1, 2]) {
    assert.equal(isTerminal(descriptor), isatty(descriptor), `descriptor ${descriptor}`);
  }
  const devices = ["/dev/null", "/dev/zero", "/dev/ptmx", "/dev/tty", "NUL"].filter(existsSync);
  for (const path of [fileURLToPath(import.meta.url), ...devices]) {
    let descriptor;
    try {
      descriptor = openSync(path, constants.O_RDONLY | (constants.O_NOCTTY ?? 0));
    } catch {
      // A process without a terminal cannot open /dev/tty, and a container may forbid the others.
      continue;
    }
    assert.equal(isTerminal(descriptor), isatty(descriptor), path);
    closeSync(descriptor);
  }
});

test("a stream that is closed is not a terminal", { skip: process.platform === "win32" }, () => {
  assert.equal(isTerminal(2 ** 20), false);
});
