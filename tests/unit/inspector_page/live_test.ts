/** What the page of the inspector keeps of the app, and what it does without a connection. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Live } from "../../../inspector/live.ts";

const ACTIVITY = {
  executions: 5,
  errors: 1,
  perSecond: 2,
  errorsPerSecond: 1,
  meanMs: 3,
  maxMs: 4,
};

/** The stream of the inspector, which the test writes. */
class FakeSource extends EventTarget {
  static opened: FakeSource[] = [];
  onopen: (() => void) | undefined;
  onerror: (() => void) | undefined;
  isClosed = false;

  constructor() {
    super();
    FakeSource.opened.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  send(topic: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(topic, { data: JSON.stringify(data) }));
  }
}

const realFetch = globalThis.fetch;
const realSource = globalThis.EventSource;
let answers: Record<string, unknown>;
let asked: string[];
let status: number;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  FakeSource.opened = [];
  asked = [];
  status = 200;
  answers = {
    app: { name: "Shop", generation: 1, state: "started" },
    graph: {
      generation: 1,
      nodes: [{ urn: "Sql.Query.Add", kind: "Sql.Query", activity: ACTIVITY, holds: [] }],
      edges: [],
    },
    executions: { items: [] },
    events: { items: [{ seq: 1 }, { seq: 2 }] },
    logs: { items: [] },
    reloads: { items: [] },
  };
  globalThis.EventSource = FakeSource as never;
  globalThis.fetch = ((path: string) => {
    const name = path.replace("/api/v1/", "").split("?")[0]!;
    asked.push(name);
    if (status === 0) return Promise.reject(new TypeError("Failed to fetch"));
    const body = status === 200 ? answers[name] : { error: { code: "X", message: "x" } };
    return Promise.resolve(Response.json(body, { status }));
  }) as never;
});

afterEach(() => {
  mock.timers.reset();
  globalThis.fetch = realFetch;
  globalThis.EventSource = realSource;
});

/** Waits for promises that are settled. */
async function settle(): Promise<void> {
  for (let round = 0; round < 50; round++) await Promise.resolve();
}

async function connected(): Promise<{ live: Live; source: FakeSource }> {
  const live = new Live();
  live.connect();
  const source = FakeSource.opened[0]!;
  source.onopen!();
  await settle();
  return { live, source };
}

test("the past and the stream are one list without gaps or duplicates", async () => {
  const live = new Live();
  live.connect();
  const source = FakeSource.opened[0]!;
  source.onopen!();
  // These arrive before the answer to the question for the past.
  source.send("events", { seq: 2 });
  source.send("events", { seq: 3 });
  await settle();
  source.send("events", { seq: 3 });
  source.send("events", { seq: 4 });
  assert.deepEqual(live.events.latest().map(({ seq }) => seq), [1, 2, 3, 4]);
  assert.equal(live.connection, "open");
  assert.equal(live.app?.name, "Shop");
});

test("a page that is hidden for a minute leaves the stream until it is seen again", async () => {
  const { live, source } = await connected();
  live.setHidden(true);
  mock.timers.tick(59_999);
  live.setHidden(false);
  live.setHidden(true);
  mock.timers.tick(59_999);
  assert.equal(source.isClosed, false);
  mock.timers.tick(1);
  assert.equal(source.isClosed, true);
  mock.timers.tick(600_000);
  assert.equal(FakeSource.opened.length, 1);
  live.setHidden(false);
  FakeSource.opened[1]!.onopen!();
  await settle();
  assert.equal(live.connection, "open");
  assert.deepEqual(live.events.latest().map(({ seq }) => seq), [1, 2]);
});

test("memory is bounded, whatever the app sends", async () => {
  const { live, source } = await connected();
  for (let seq = 10; seq < 6_000; seq++) {
    source.send("events", { seq });
    source.send("logs", { seq });
    source.send("reloads", { seq, outcome: "reloaded" });
    source.send("executions", { seq, id: `${seq}` });
    source.send("rates", { resources: [], edges: [] });
  }
  assert.equal(live.events.latest().length, 2_000);
  assert.equal(live.logs.latest().length, 2_000);
  assert.equal(live.reloads.latest().length, 200);
  assert.equal(live.points.latest().length, 600);
  assert.equal(live.executions.size, 500);
  assert.ok(live.executions.has("5999"));
});

test("an execution that ends replaces itself, and an old message does not", async () => {
  const { live, source } = await connected();
  source.send("executions", { seq: 10, id: "a", state: "running" });
  source.send("executions", { seq: 12, id: "a", state: "done" });
  source.send("executions", { seq: 11, id: "a", state: "running" });
  assert.equal(live.executions.get("a")!.state, "done");
  assert.equal(live.executions.size, 1);
});

test("rates that end leave the totals", async () => {
  const { live, source } = await connected();
  const activity = { ...ACTIVITY, executions: 9, perSecond: 7 };
  source.send("rates", {
    resources: [{ urn: "Sql.Query.Add", activity }],
    edges: [{ from: "A", to: "B", activity }],
  });
  assert.equal(live.activityOf("Sql.Query.Add")!.perSecond, 7);
  assert.equal(live.activityOnEdge("A\nB", undefined)!.executions, 9);
  assert.equal(live.points.last!.perSecond, 7);
  // No manifest mentions this connection: the graph is loaded again, once.
  source.send("rates", { resources: [], edges: [{ from: "A", to: "B", activity }] });
  await settle();
  assert.equal(asked.filter((name) => name === "graph").length, 2);
  source.send("rates", { resources: [], edges: [] });
  assert.equal(live.activityOf("Sql.Query.Add")!.perSecond, 0);
  assert.equal(live.activityOf("Sql.Query.Add")!.executions, 5);
});

test("states are those of the stream until the app is reloaded", async () => {
  const { live, source } = await connected();
  const item = { urn: "Sql.Query.Add", state: "executing", executing: 1, holds: [] };
  source.send("states", { generation: 1, items: [item] });
  assert.equal(live.stateOf("Sql.Query.Add")!.state, "executing");
  assert.equal(asked.filter((name) => name === "graph").length, 1);
  answers["graph"] = { generation: 2, nodes: [{ urn: "New", state: "created" }], edges: [] };
  source.send("app", { generation: 2 });
  await settle();
  assert.equal(asked.filter((name) => name === "graph").length, 2);
  assert.deepEqual(live.resources.map(({ urn }) => urn), ["New"]);
  assert.equal(live.stateOf("Sql.Query.Add"), undefined);
});

test("messages that the page was too slow for are counted", async () => {
  const { live, source } = await connected();
  source.send("lost", { events: 3 });
  source.send("lost", { events: 4, logs: 1 });
  assert.deepEqual([...live.lost], [["events", 7], ["logs", 1]]);
});

test("a lost connection is tried again until the app answers", async () => {
  const { live, source } = await connected();
  status = 0;
  source.onerror!();
  await settle();
  assert.equal(live.connection, "lost");
  assert.ok(source.isClosed);
  // What was there stays on the screen.
  assert.equal(live.events.latest().length, 2);
  mock.timers.tick(1000);
  assert.equal(FakeSource.opened.length, 2);
  FakeSource.opened[1]!.onerror!();
  await settle();
  mock.timers.tick(1000);
  status = 200;
  // A new process counts from the beginning.
  answers["events"] = { items: [{ seq: 1 }] };
  FakeSource.opened[2]!.onopen!();
  await settle();
  assert.equal(live.connection, "open");
  assert.deepEqual(live.events.latest().map(({ seq }) => seq), [1]);
});

test("a token that is not valid any more is said so", async () => {
  const { live, source } = await connected();
  status = 401;
  source.onerror!();
  await settle();
  assert.equal(live.connection, "refused");
});
