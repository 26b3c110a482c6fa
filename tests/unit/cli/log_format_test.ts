import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRecord, logTo } from "../../../src/cli/log_format.ts";
import type { LogRecord } from "../../../src/contract/log.ts";

const record: LogRecord = {
  time: 0,
  level: "info",
  owner: "Http.Server.Main",
  message: "Listening on http://127.0.0.1:8080",
};

test("a line has level, owner, message", () => {
  assert.equal(
    formatRecord(record, false),
    "info   Http.Server.Main  Listening on http://127.0.0.1:8080\n",
  );
});

test("fields follow as key=value, texts quoted where they need it", () => {
  const circle: Record<string, unknown> = {};
  circle["me"] = circle;
  const fields = {
    port: 80,
    name: "a",
    text: "a b",
    empty: "",
    list: [1],
    none: undefined,
    error: new Error("no"),
    big: 1n,
    circle,
  };
  assert.ok(
    formatRecord({ ...record, message: "M", fields }, false).endsWith(
      '  M  port=80 name=a text="a b" empty="" list=[1] error="no" big="1" ' +
        'circle="[object Object]"\n',
    ),
  );
});

test("further lines are indented and control characters are shown as symbols", () => {
  const line = formatRecord({ ...record, owner: "o", message: "a\nb\x1b[2J" }, false);
  assert.equal(line, "info   o  a\n  b␛[2J\n");
});

test("colour marks the level", () => {
  assert.ok(formatRecord({ ...record, level: "error" }, true).startsWith("\x1b[31merror\x1b[0m  "));
});

test("debug lines come only when asked for", () => {
  for (const verbose of [false, true]) {
    let text = "";
    const sink = logTo({ isTerminal: false, write: (part) => void (text += part) }, false, verbose);
    sink({ ...record, level: "debug", owner: "o", message: "m" });
    assert.equal(text, verbose ? "debug  o  m\n" : "");
  }
});
