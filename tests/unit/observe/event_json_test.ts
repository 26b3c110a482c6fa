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
  { depth: 0, ...IDS, duration: 3, error: { code: "ERR_EXECUTION_FAILED", message: 'a "b"\n' } },
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
      assert.equal(executionJson(record), JSON.stringify(record));
    }
  }
});
