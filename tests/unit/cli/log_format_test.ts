import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRecord, jsonRecord, logTo } from "../../../src/cli/log_format.ts";
import type { LogRecord } from "../../../src/contract/log.ts";

const TEXT = { color: false, stacks: false, cwd: "/app" };

const record: LogRecord = {
  time: 0,
  level: "info",
  owner: "Http.Server.Main",
  message: "Listening on http://127.0.0.1:8080",
};

test("a line has level, owner, message", () => {
  assert.equal(
    formatRecord(record, TEXT),
    "info   Http.Server.Main  Listening on http://127.0.0.1:8080\n",
  );
});

test("fields follow as key=value, texts quoted where they need it", () => {
  const fields = {
    port: 80,
    name: "a",
    text: "a b",
    empty: "",
    list: [1],
    none: undefined,
    error: { message: "no", stack: "Error: no\n    at x" },
  };
  assert.ok(
    formatRecord({ ...record, message: "M", fields }, TEXT).endsWith(
      '  M  port=80 name=a text="a b" empty="" list=[1] error=no\n',
    ),
  );
});

test("the trace of an execution is shortened in text and whole in JSON", () => {
  const traceId = "0123456789abcdef0123456789abcdef";
  const traced = { ...record, message: "M", traceId };
  assert.ok(
    formatRecord({ ...traced, fields: { a: 1 } }, TEXT).endsWith("  M  a=1 trace=01234567\n"),
  );
  assert.ok(
    formatRecord({ ...traced, fields: { traceId } }, TEXT).endsWith(`  M  traceId=${traceId}\n`),
  );
  assert.equal(JSON.parse(jsonRecord(traced)).traceId, traceId);
});

test("further lines are indented and control characters are shown as symbols", () => {
  const line = formatRecord({ ...record, owner: "o", message: "a\nb\x1b[2J" }, TEXT);
  assert.equal(line, "info   o  a\n  b␛[2J\n");
});

test("colour marks the level", () => {
  assert.ok(
    formatRecord({ ...record, level: "error" }, { ...TEXT, color: true }).startsWith(
      "\x1b[31merror\x1b[0m  ",
    ),
  );
});

test("what is less urgent than the level is not written", () => {
  for (const [level, expected] of [["debug", 4], ["info", 3], ["warn", 2], ["error", 1]] as const) {
    let text = "";
    const output = { isTerminal: false, write: (part: string) => void (text += part) };
    const sink = logTo(output, { ...TEXT, format: "text", level });
    for (const urgency of ["debug", "info", "warn", "error"] as const) {
      sink({ ...record, level: urgency });
    }
    assert.equal(text.trimEnd().split("\n").length, expected);
  }
});

test("stacks of errors follow where they are asked for", () => {
  const fields = { error: { message: "no", stack: "Error: no\n    at x" } };
  const line = formatRecord({ ...record, fields }, { ...TEXT, stacks: true });
  assert.match(line, /error=no\n {2}Error: no\n {6}at x\n$/);
});

test("JSON is one line with time, level, owner, message and fields", () => {
  const line = jsonRecord({ ...record, message: "a\nb", fields: { port: 80 } });
  assert.equal(line.indexOf("\n"), line.length - 1);
  assert.deepEqual(JSON.parse(line), {
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    owner: "Http.Server.Main",
    message: "a\nb",
    fields: { port: 80 },
  });
});

const CODED = {
  name: "DiglyError",
  message: "Executing A.b failed: no",
  stack: "DiglyError: …",
  code: "ERR_EXECUTION_FAILED",
  details: { urn: "A.b", problem: "no", chain: ["A.a", "A.b"] },
  origin: {
    file: "/app/runtime.yaml",
    line: 7,
    column: 3,
    length: 4,
    path: "$.code",
    excerpt: { firstLine: 6, lines: ["code: |", "  fail();"] },
  },
  help: "Do not",
  related: [],
};

test("an error of Digly is shown as a check shows it, its message once", () => {
  const fields = { id: 1, error: CODED };
  const shown = [
    "  --> runtime.yaml:7:3",
    "    |",
    "  6 | code: |",
    "  7 |   fail();",
    "    |   ^^^^",
    "  calls: A.a > A.b",
    "  help: Do not",
    "",
  ];
  assert.deepEqual(
    formatRecord({ ...record, message: `It ended: ${CODED.message}`, fields }, TEXT).split("\n"),
    ["info   Http.Server.Main  It ended: Executing A.b failed: no  id=1", ...shown],
  );
  assert.deepEqual(
    formatRecord({ ...record, message: "It ended", fields }, TEXT).split("\n"),
    [
      "info   Http.Server.Main  It ended  id=1",
      "  error[ERR_EXECUTION_FAILED]: Executing A.b failed: no",
      ...shown,
    ],
  );
});

test("in JSON an error has its place, and not the lines around it", () => {
  const line = JSON.parse(jsonRecord({ ...record, fields: { error: CODED } }));
  const { excerpt: _, ...place } = CODED.origin;
  assert.deepEqual(line.fields.error.origin, place);
  assert.equal(line.fields.error.code, "ERR_EXECUTION_FAILED");
});

test("in JSON an error with a code has no stack unless it is asked for, and another one has", () => {
  const fields = { error: { ...CODED, cause: { message: "no", stack: "Error: no\n    at x" } } };
  const written = (stacks: boolean) =>
    JSON.parse(jsonRecord({ ...record, fields }, { stacks })).fields.error;
  assert.equal("stack" in written(false), false);
  assert.equal("stack" in written(false).cause, false);
  const fromApp = "Error: no\n    at f (/app/script.ts:1:2)";
  fields.error.cause.stack = fromApp;
  assert.equal(written(false).cause.stack, fromApp);
  assert.equal(written(true).stack, CODED.stack);
});
