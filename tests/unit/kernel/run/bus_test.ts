import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventRecord } from "../../../../src/contract/events.ts";
import { createBus, resourceEventKey } from "../../../../src/kernel/run/bus.ts";

function heard() {
  const failures: [string, string, unknown][] = [];
  const bus = createBus((owner, event, error) => failures.push([owner, event, error]));
  const records: EventRecord[] = [];
  return {
    bus,
    failures,
    records,
    keep: (_: unknown, record: EventRecord) => void records.push(record),
  };
}

test("a listener receives its event, with payload and record", async () => {
  const { bus, records } = heard();
  const payloads: unknown[] = [];
  bus.on("Http.Server.Listening", (payload, record) => {
    payloads.push(payload);
    records.push(record);
  }, "test");
  await bus.emit("Http.Server.Listening", { port: 1 }, { kind: "Http.Server", name: "Main" });
  await bus.emit("Http.Server.Closed", { port: 1 });
  assert.deepEqual(payloads, [{ port: 1 }]);
  assert.equal(records[0]?.resource, "Http.Server.Main");
  assert.equal(records[0]?.event, "Http.Server.Listening");
  assert.match(records[0]!.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);
});

test("* receives every event, and Prefix.* those that start with the prefix", async () => {
  const { bus, records, keep } = heard();
  const all: string[] = [];
  bus.on("Http.*", keep, "test");
  bus.on("*", (_, record) => void all.push(record.event), "test");
  await bus.emit("Http.Server.Listening", undefined);
  await bus.emit("HttpX.Server", undefined);
  await bus.emitKernel("Runtime.Started", undefined);
  assert.deepEqual(records.map((record) => record.event), ["Http.Server.Listening"]);
  assert.deepEqual(all, ["Http.Server.Listening", "HttpX.Server", "Runtime.Started"]);
});

test("a resource event reaches only the listeners of its resource", async () => {
  const { bus, records, keep } = heard();
  bus.on(resourceEventKey("Queue", "a", "Drained"), keep, "test");
  await bus.emit("Queue.Drained", 1, { kind: "Queue", name: "a" });
  await bus.emit("Queue.Drained", 2, { kind: "Queue", name: "b" });
  assert.deepEqual(records.map((record) => record.payload), [1]);
});

test("once is called once, and off unsubscribes", async () => {
  const { bus, records, keep } = heard();
  const other = (_: unknown, record: EventRecord) => void records.push(record);
  bus.on("A.b", keep, "test", true);
  bus.on("A.b", other, "test");
  await bus.emit("A.b", 1);
  bus.off("A.b", other);
  await bus.emit("A.b", 2);
  assert.deepEqual(records.map((record) => record.payload), [1, 1]);
});

test("a listener that throws or rejects is reported with its owner and does not affect others", async () => {
  const { bus, failures, records, keep } = heard();
  bus.on("A.b", () => {
    throw new Error("thrown");
  }, "one");
  bus.on("A.b", () => Promise.reject(new Error("rejected")), "two");
  bus.on("A.b", keep, "three");
  await bus.emit("A.b", 1);
  assert.equal(records.length, 1);
  assert.deepEqual(
    failures.map(([owner, event, error]) => [owner, event, (error as Error).message]),
    [
      ["one", "A.b", "thrown"],
      ["two", "A.b", "rejected"],
    ],
  );
});

test("emit settles when every listener has", async () => {
  const { bus } = heard();
  let done = false;
  bus.on("A.b", async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    done = true;
  }, "test");
  await bus.emit("A.b", 1);
  assert.equal(done, true);
});

test("once is called once even if an earlier listener emits the same event", async () => {
  const { bus, records, keep } = heard();
  let nested = false;
  bus.on("A.b", () => {
    if (nested) return;
    nested = true;
    void bus.emit("A.b", "nested");
  }, "test");
  bus.on("A.b", keep, "test", true);
  await bus.emit("A.b", "outer");
  assert.deepEqual(records.map((record) => record.payload), ["nested"]);
});

test("once and off work on patterns", async () => {
  const { bus, records, keep } = heard();
  bus.on("A.*", keep, "test", true);
  bus.on("*", keep, "test", true);
  await bus.emit("A.b", 1);
  await bus.emit("A.b", 2);
  bus.on("A.*", keep, "test");
  bus.on("*", keep, "test");
  bus.off("A.*", keep);
  bus.off("*", keep);
  await bus.emit("A.b", 3);
  assert.deepEqual(records.map((record) => record.payload), [1, 1]);
  assert.equal(bus.isQuiet(), true);
});

test("a listener cannot change the record for the next one", async () => {
  const { bus, failures, records, keep } = heard();
  bus.on("A.b", (_, record) => {
    (record as { event: string }).event = "Forged.Event";
  }, "forger");
  bus.on("A.b", keep, "test");
  await bus.emit("A.b", 1);
  assert.equal(records[0]?.event, "A.b");
  assert.equal(failures[0]?.[0], "forger");
});

test("a listener that never settles delays only those that await the emit", () => {
  const { bus, records, keep } = heard();
  bus.on("A.b", () => new Promise(() => {}), "test");
  bus.on("A.b", keep, "test");
  void bus.emit("A.b", 1);
  void bus.emit("A.b", 2);
  assert.deepEqual(records.map((record) => record.payload), [1, 2]);
});

test("a pattern that can never match is rejected, with valid patterns as help", () => {
  const { bus, keep } = heard();
  for (const pattern of ["*.Started", "Http*", "Http.*.Listening", ".*", "**"]) {
    assert.throws(() => bus.on(pattern, keep, "test"), {
      code: "ERR_USAGE",
      message: `No event matches "${pattern}"`,
    }, pattern);
  }
});
