import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventRecord, ExecutionPayload } from "../../../src/contract/events.ts";
import { formatUrn } from "../../../src/contract/urn.ts";
import { executionLine } from "../../../src/observe/execution_line.ts";

const IDS = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

const BEFORE = "2026-01-01T00:00:00.000Z";
const AFTER = "2026-12-31T23:59:59.999Z";

const PAYLOADS: readonly ExecutionPayload[] = [
  { depth: 0, ...IDS },
  { depth: 12, ...IDS, duration: 0.015 },
  { depth: 1, ...IDS, parentSpanId: "00f067aa0ba902b7", duration: 1e-7 },
  { depth: 1, ...IDS, sampled: false },
  { depth: 1, ...IDS, parentSpanId: "00f067aa0ba902b7", sampled: false, duration: 1e21 },
];

const NAMES = ["a", 'with "quotes"', "back\\slash", "line\nfeed", "Übung 🦉", "\u2028"];

test("events of executions are written as JSON.stringify writes them, also over the line before", () => {
  for (const name of NAMES) {
    for (const payload of [...PAYLOADS, ...PAYLOADS.map(later)]) {
      const kind = `App.${name}`;
      const record: EventRecord = {
        timestamp: payload.traceId === IDS.traceId ? BEFORE : AFTER,
        event: `${kind}.Executed`,
        payload,
        kind,
        name,
        traceId: payload.traceId,
        resource: formatUrn(kind, name),
      };
      // The second time, all of it is there already.
      assert.equal(textOf(record), JSON.stringify(record) + "\n");
      assert.equal(textOf(record), JSON.stringify(record) + "\n");
    }
  }
});

test("a duration may be shorter or longer than the one before", () => {
  const texts = [];
  for (const duration of [0.015, 1, 0, 12345.678, 1e21, -1.2345678901234567e-300, 0.5]) {
    const record = recordOf("App.One", { depth: 0, ...IDS, duration });
    texts.push(textOf(record) === JSON.stringify(record) + "\n");
  }
  assert.deepEqual(texts, texts.map(() => true));
});

test("resources of the same name have lines of their own", () => {
  for (const kind of ["App.One", "App.Two", "App.One"]) {
    const record = recordOf(kind, PAYLOADS[0]!);
    assert.equal(textOf(record), JSON.stringify(record) + "\n");
  }
});

test("a failure, and ids and times of unusual length, have no such line", () => {
  const error = { code: "ERR_EXECUTION_FAILED", message: "see http://a:b@host/" };
  const usual = recordOf("App.One", PAYLOADS[0]!);
  const unusual = [
    recordOf("App.One", { depth: 0, ...IDS, error }),
    recordOf("App.One", { depth: 0, ...IDS, traceId: "0af7" }),
    recordOf("App.One", { depth: 0, ...IDS, spanId: "b7ad" }),
    recordOf("App.One", { depth: 1, ...IDS, parentSpanId: "00f0" }),
    { ...usual, timestamp: "+010000-01-01T00:00:00.000Z" },
  ];
  for (const record of unusual) assert.equal(executionLine(record), undefined);
  assert.equal(textOf(usual), JSON.stringify(usual) + "\n");
});

/** The payload of a later execution of the same shape. */
function later(payload: ExecutionPayload): ExecutionPayload {
  return {
    ...payload,
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "53995c3f42cd8ad8",
    ...(payload.parentSpanId === undefined ? {} : { parentSpanId: "b9c7c989f97918e1" }),
    ...(payload.duration === undefined ? {} : { duration: 123.5 }),
  };
}

function recordOf(kind: string, payload: ExecutionPayload): EventRecord {
  return {
    timestamp: BEFORE,
    event: "App.Executed",
    payload,
    kind,
    name: "same",
    traceId: payload.traceId,
    resource: formatUrn(kind, "same"),
  };
}

function textOf(record: EventRecord): string {
  // These have a line.
  const { bytes, length } = executionLine(record)!;
  return new TextDecoder().decode(bytes.subarray(0, length));
}
