import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventRecord, ExecutionPayload } from "../../../src/contract/events.ts";
import { formatUrn } from "../../../src/contract/urn.ts";
import { executionJson } from "../../../src/observe/event_json.ts";

const IDS = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

const PAYLOADS: readonly ExecutionPayload[] = [
  { depth: 0, ...IDS },
  { depth: 12, ...IDS, duration: 0.015 },
  { depth: 1, ...IDS, parentSpanId: "00f067aa0ba902b7", duration: 1e-7 },
  { depth: 1, ...IDS, sampled: false },
  { depth: 1, ...IDS, parentSpanId: "00f067aa0ba902b7", sampled: false, duration: 1e21 },
];

const NAMES = ["a", 'with "quotes"', "back\\slash", "line\nfeed", "Übung 🦉", "\u2028"];

test("events of executions are written as JSON.stringify writes them", () => {
  for (const payload of PAYLOADS) {
    for (const name of NAMES) {
      const kind = `App.${name}`;
      const record: EventRecord = {
        timestamp: "2026-01-01T00:00:00.000Z",
        event: `${kind}.Executed`,
        payload,
        kind,
        name,
        traceId: IDS.traceId,
        resource: formatUrn(kind, name),
      };
      // The second time, the parts that its lines have in common are there already.
      assert.equal(executionJson(record), JSON.stringify(record));
      assert.equal(executionJson(record), JSON.stringify(record));
    }
  }
});

test("resources of the same name have lines of their own, and a failure has no short form", () => {
  const [first, second] = ["App.One", "App.Two"].map((kind): EventRecord => ({
    timestamp: "2026-01-01T00:00:00.000Z",
    event: "App.Executed",
    payload: PAYLOADS[0],
    kind,
    name: "same",
    traceId: IDS.traceId,
    resource: formatUrn(kind, "same"),
  }));
  for (const record of [first!, second!, first!]) {
    assert.equal(executionJson(record), JSON.stringify(record));
  }
  const error = { code: "ERR_EXECUTION_FAILED", message: "see http://a:b@host/" };
  assert.equal(executionJson({ ...first!, payload: { depth: 0, ...IDS, error } }), undefined);
});
