/** The lists and tables of the inspector. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type {
  EventItem,
  ExecutionSummary,
  ExpressionValue,
  LogItem,
  Span,
} from "../../../src/inspector/api.ts";
import { groupExpressions } from "../../../inspector/expressions.ts";
import {
  exportLines,
  filterExecutions,
  matchesEvent,
  matchesLog,
} from "../../../inspector/filters.ts";
import {
  count,
  formatAge,
  formatMs,
  formatRate,
  formatShare,
  formatTime,
  inline,
  isCut,
  pretty,
} from "../../../inspector/format.ts";
import { Ring } from "../../../inspector/ring.ts";
import { linkTo, parseRoute } from "../../../inspector/router.ts";
import { snapshotTables } from "../../../inspector/tables.ts";
import { highlight } from "../../../inspector/ui/highlight.ts";
import { ROW_HEIGHT, visibleRange } from "../../../inspector/ui/visible_range.ts";
import { waterfall } from "../../../inspector/waterfall.ts";

const ANY = { text: "", resource: "", kind: "", trace: "", level: "" };

test("events are filtered by text, resource, kind and trace", () => {
  const event: EventItem = {
    seq: 1,
    timestamp: "2026-01-01T00:00:00.000Z",
    event: "Shop.Order.Placed",
    payload: { email: "ada@example.com" },
    resource: "Shop.Order.Main",
    kind: "Shop.Order",
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  };
  const matching = [
    {},
    { text: "placed" },
    { text: "ADA@" },
    { resource: "order.main" },
    { kind: "shop." },
    { trace: "4bf9" },
    // The level is of log lines only.
    { level: "error" },
  ];
  for (const filter of matching) {
    assert.ok(matchesEvent(event, { ...ANY, ...filter }), JSON.stringify(filter));
  }
  for (
    const filter of [{ text: "paid" }, { resource: "x" }, { kind: "Order" }, { trace: "f" }]
  ) assert.equal(matchesEvent(event, { ...ANY, ...filter }), false, JSON.stringify(filter));
});

test("log lines are filtered by text, owner, kind, trace and level", () => {
  const line: LogItem = {
    seq: 1,
    timestamp: "2026-01-01T00:00:00.000Z",
    level: "warn",
    owner: "Sql.Query.Add",
    message: "Slow query",
    fields: { ms: 700 },
  };
  for (
    const filter of [
      {},
      { text: "slow" },
      { text: "700" },
      { resource: "sql" },
      { kind: "Sql.Query" },
      { level: "info" },
      { level: "warn" },
    ]
  ) assert.ok(matchesLog(line, { ...ANY, ...filter }), JSON.stringify(filter));
  for (const filter of [{ text: "fast" }, { kind: "Http" }, { trace: "4b" }, { level: "error" }]) {
    assert.equal(matchesLog(line, { ...ANY, ...filter }), false, JSON.stringify(filter));
  }
});

test("executions are filtered by resource, trace, id and error", () => {
  const execution = (id: string, rest: Partial<ExecutionSummary> = {}): ExecutionSummary => ({
    id,
    seq: 1,
    trace: "t".repeat(32),
    urn: "Sql.Query.Add",
    startedAt: "2026-01-01T00:00:00.000Z",
    state: "done",
    startedBy: "app",
    detail: "full",
    isRequest: false,
    spans: 1,
    ...rest,
  });
  const all = [
    execution("a1"),
    execution("b2", { state: "failed", error: { code: "ERR_SQL", message: "No such table" } }),
  ];
  const found = (search: string, failed = false) =>
    filterExecutions(all, { search, failed }).map(({ id }) => id);
  assert.deepEqual(found(""), ["a1", "b2"]);
  assert.deepEqual(found("", true), ["b2"]);
  assert.deepEqual(found("query"), ["a1", "b2"]);
  assert.deepEqual(found("a1"), ["a1"]);
  assert.deepEqual(found("no such"), ["b2"]);
  assert.deepEqual(found("tttt", true), ["b2"]);
  assert.deepEqual(found("nothing"), []);
});

test("an export has a line for each item, oldest first", () => {
  assert.equal(exportLines([{ seq: 2 }, { seq: 1 }]), '{"seq":1}\n{"seq":2}\n');
  assert.equal(exportLines([]), "");
});

test("a ring keeps the latest items", () => {
  const ring = new Ring<number>(3);
  assert.equal(ring.last, undefined);
  for (let number = 1; number <= 100; number++) {
    ring.push([number]);
    assert.ok(ring.latest().length <= 3);
    assert.equal(ring.last, number);
  }
  assert.deepEqual(ring.latest(), [98, 99, 100]);
  ring.clear();
  assert.deepEqual(ring.latest(), []);
});

test("only rows near the visible ones exist", () => {
  assert.deepEqual(visibleRange(0, ROW_HEIGHT * 10, 5000), { first: 0, end: 18 });
  assert.deepEqual(visibleRange(ROW_HEIGHT * 100, ROW_HEIGHT * 10, 5000), { first: 92, end: 118 });
  assert.deepEqual(visibleRange(ROW_HEIGHT * 100, ROW_HEIGHT * 10, 5), { first: 0, end: 5 });
  assert.deepEqual(visibleRange(0, 100, 0), { first: 0, end: 0 });
});

test("a link leads to the view that it names", () => {
  const link = linkTo("resources", "Sql.Query.Ä/b", { q: "a&b", none: undefined, empty: "" });
  assert.deepEqual(parseRoute(link), {
    view: "resources",
    subject: "Sql.Query.Ä/b",
    params: { q: "a&b" },
  });
  assert.deepEqual(parseRoute(""), { view: "graph", subject: undefined, params: {} });
  assert.equal(parseRoute("#/resources/").subject, undefined);
  assert.equal(parseRoute("#/resources/%").subject, "%");
});

describe("a waterfall", () => {
  const span = (id: string, parent: string | undefined, startMs: number, ms?: number): Span => ({
    id,
    urn: id,
    startMs,
    ...(parent === undefined ? {} : { parent }),
    ...(ms === undefined ? {} : { ms }),
  });

  test("has the steps below their callers, in the order of their start", () => {
    const rows = waterfall([
      span("root", "caller", 0, 10),
      span("second", "root", 5, 5),
      span("first", "root", 1, 2),
      span("inner", "second", 6, 1),
    ], 10);
    assert.deepEqual(
      rows.map(({ span, depth, left, width }) => [span.id, depth, left, width]),
      [["root", 0, 0, 100], ["first", 1, 10, 20], ["second", 1, 50, 50], ["inner", 2, 60, 10]],
    );
  });

  test("stays within its bounds", () => {
    const rows = waterfall([span("root", undefined, 3, 10), span("open", "root", 13)], 0);
    assert.equal(rows[0]!.left, 0);
    for (const { left, width } of rows) {
      assert.ok(left >= 0 && width > 0 && left + width <= 100);
    }
    // Steps that name each other as callers do not hang it.
    assert.deepEqual(waterfall([span("a", "b", 0), span("b", "a", 0)], 1), []);
    const many = Array.from(
      { length: 50_000 },
      (_, index) => span(`${index}`, index === 0 ? undefined : `${index - 1}`, index, 1),
    );
    assert.equal(waterfall(many, 1).at(-1)!.depth, 49_999);
  });
});

test("expressions are grouped by resource and line, in the order of their columns", () => {
  const value = (urn: string, line: number, column: number, atMs = 0): ExpressionValue => ({
    urn,
    file: "app.yaml",
    line,
    column,
    source: `${urn}:${line}:${column}`,
    atMs,
    times: 1,
  });
  const groups = groupExpressions([
    value("b", 2, 9),
    value("a", 1, 1),
    value("b", 2, 3, 5),
    value("b", 1, 1),
  ]);
  assert.deepEqual(groups.map(({ urn }) => urn), ["b", "a"]);
  assert.deepEqual([...groups[0]!.byLine.keys()], [2, 1]);
  assert.deepEqual(groups[0]!.byLine.get(2)!.map(({ column }) => column), [3, 9]);
});

test("snapshots of a kind are a table", () => {
  const item = { kind: "Schedule.Job", module: "Schedule" };
  const tables = snapshotTables([
    { ...item, urn: "Schedule.Job.A", snapshot: { next: "12:00", runs: 3, last: { ms: 5 } } },
    { ...item, urn: "Schedule.Job.B", snapshot: { runs: 0, failed: true } },
    { ...item, urn: "Schedule.Job.C", error: "snapshot() failed: no" },
    { urn: "Kv.Store.Main", kind: "Kv.Store", module: "Kv", snapshot: 7 },
  ]);
  assert.deepEqual(tables.map(({ kind, columns }) => [kind, columns]), [
    ["Kv.Store", ["value"]],
    ["Schedule.Job", ["next", "runs", "last", "failed"]],
  ]);
  assert.deepEqual(tables[0]!.rows[0]!.cells, ["7"]);
  assert.deepEqual(tables[1]!.rows.map(({ cells }) => cells), [
    ["12:00", "3", '{"ms":5}', ""],
    ["", "0", "", "true"],
    ["", "", "", ""],
  ]);
  assert.equal(tables[1]!.rows[2]!.error, "snapshot() failed: no");
  assert.deepEqual(tables.map(({ parts }) => parts), [undefined, undefined]);
});

test("a snapshot that consists of parts has a row for each of them", () => {
  const item = { kind: "Resilience.Policy", module: "Resilience" };
  const resources = { a: { breaker: "open", retries: 3 }, b: { breaker: "closed", retries: 0 } };
  const [table] = snapshotTables([
    { ...item, urn: "Resilience.Policy.Main", snapshot: { resources } },
    { ...item, urn: "Resilience.Policy.Other", error: "snapshot() failed: no" },
  ]);
  assert.equal(table!.parts, "resources");
  assert.deepEqual(table!.columns, ["breaker", "retries"]);
  assert.deepEqual(table!.rows.map(({ part, cells }) => [part, cells]), [
    ["a", ["open", "3"]],
    ["b", ["closed", "0"]],
    [undefined, ["", ""]],
  ]);
  assert.deepEqual(table!.rows[0]!.snapshot, resources.a);
  const [mixed] = snapshotTables([{ ...item, urn: "A", snapshot: { resources, open: 1 } }]);
  assert.equal(mixed!.parts, undefined);
});

describe("a line of YAML", () => {
  const typesOf = (line: string) =>
    highlight(line).filter(({ type }) => type !== "plain").map(({ type, text }) =>
      `${type} ${text}`
    );

  test("has its parts in colours", () => {
    assert.deepEqual(typesOf('body: { a: "${{ {x: 1} }}" } # why'), [
      "key body",
      "key a",
      'string "',
      "expression ${{ {x: 1} }}",
      'string "',
      "comment # why",
    ]);
    assert.deepEqual(typesOf('{ a: "/x/${{ a }}", b: "$${{ b }}" }'), [
      "key a",
      'string "/x/',
      "expression ${{ a }}",
      'string "',
      "key b",
      'string "$',
      "expression ${{ b }}",
      'string "',
    ]);
    assert.deepEqual(typesOf("text: it's one of the app's"), ["key text"]);
    assert.deepEqual(typesOf("name: 'Ada'"), ["key name", "string 'Ada'"]);
    assert.deepEqual(typesOf("port: ${ env.PORT }"), ["key port", "expression ${ env.PORT }"]);
    assert.deepEqual(typesOf("color: a#b"), ["key color"]);
  });

  test("loses no text, and takes linear time", () => {
    for (
      const line of ["", "a: b", '"${{', "${{ } }".repeat(280), '"'.repeat(1999), "#".repeat(5000)]
    ) assert.equal(highlight(line).map(({ text }) => text).join(""), line);
  });
});

test("numbers and times are short", () => {
  assert.deepEqual([undefined, 0, 0.04, 9.96, 12.4, 999, 1250, 90_000].map(formatMs), [
    "–",
    "0 ms",
    "0 ms",
    "10 ms",
    "12 ms",
    "999 ms",
    "1.25 s",
    "2 min",
  ]);
  assert.deepEqual([0, 0.26, 12.4, 2000].map(formatRate), ["0/s", "0.3/s", "12/s", "2,000/s"]);
  assert.deepEqual([0, 0.001, 0.5, 1].map(formatShare), ["0 %", "<1 %", "50 %", "100 %"]);
  assert.match(formatTime("2026-01-01T12:34:56.007Z"), /^\d\d:\d\d:56\.007$/);
  assert.equal(formatTime("never"), "never");
  const at = (ms: number) => formatAge(new Date(0).toISOString(), ms);
  assert.deepEqual([5_000, 65_000, 7_200_000, 200_000_000].map(at), ["5 s", "1 min", "2 h", "2 d"]);
  assert.deepEqual([count(1, "event"), count(2000, "event")], ["1 event", "2,000 events"]);
});

test("values are shown as JSON, and those that were cut say so", () => {
  const cut = { $cut: { text: '{"a":', length: 5000 } };
  assert.ok(isCut(cut));
  assert.equal(isCut({ $cut: 1 }), false);
  assert.equal(inline(undefined), "nothing");
  assert.equal(inline("x".repeat(200), 5), '"xxxx…');
  assert.equal(inline(cut), '{"a":');
  assert.equal(pretty({ a: 1 }), '{\n  "a": 1\n}');
  assert.match(pretty(cut), /5,000 characters in all/);
});
