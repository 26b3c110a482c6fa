import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics, MOST_SERIES } from "../../../src/observe/metrics.ts";

function metrics() {
  const warnings: string[] = [];
  const all = createMetrics((owner, message) => void warnings.push(`${owner}: ${message}`));
  const own = all.of("Sql.Connection.a", "digly_sql_");
  const values = (name: string) =>
    Object.fromEntries(
      all.read().find((family) => family.name === name)?.samples.map((
        { suffix, labels, value },
      ) => [
        suffix + JSON.stringify(labels),
        value,
      ]) ?? [],
    );
  return { all, own, values, warnings };
}

test("a counter adds up by labels", () => {
  const { own, all, values } = metrics();
  const queries = own.counter("queries_total", "Queries, by table", ["table"]);
  queries.inc({ table: "users" });
  queries.inc({ table: "users" }, 2);
  queries.inc({ table: "orders" });
  own.counter("started_total", "Starts").inc();
  assert.deepEqual(values("digly_sql_queries_total"), {
    '{"table":"users"}': 3,
    '{"table":"orders"}': 1,
  });
  assert.deepEqual(values("digly_sql_started_total"), { "{}": 1 });
  const [family] = all.read();
  assert.deepEqual([family?.type, family?.help], ["counter", "Queries, by table"]);
  for (const value of [-1, NaN, Infinity, "x" as never]) {
    assert.throws(() => queries.inc(value), { code: "ERR_MODULE_INVALID" });
  }
});

test("a gauge is set, and a metric without labels exists before its first value", () => {
  const { own, values } = metrics();
  const open = own.gauge("open", "Open connections");
  assert.deepEqual(values("digly_sql_open"), { "{}": 0 });
  open.set(5);
  open.set(-2.5);
  assert.deepEqual(values("digly_sql_open"), { "{}": -2.5 });
});

test("a series of a gauge that is removed is gone until it is set again", () => {
  const { own, values } = metrics();
  const active = own.gauge("active", "Work, by node", ["node"]);
  active.set({ node: "a" }, 1);
  active.set({ node: "b" }, 2);
  active.remove({ node: "a" });
  active.remove({ node: "never" });
  assert.deepEqual(values("digly_sql_active"), { '{"node":"b"}': 2 });
  active.set({ node: "a" }, 3);
  assert.deepEqual(values("digly_sql_active"), { '{"node":"b"}': 2, '{"node":"a"}': 3 });
  assert.throws(() => active.remove({ table: "x" }), { code: "ERR_MODULE_INVALID" });
});

test("a histogram counts cumulatively by bucket", () => {
  const { own, values } = metrics();
  const seconds = own.histogram("seconds", "Duration", ["table"], [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe({ table: "users" }, value);
  assert.deepEqual(values("digly_sql_seconds"), {
    '_bucket{"le":"0.1","table":"users"}': 2,
    '_bucket{"le":"1","table":"users"}': 3,
    '_bucket{"le":"+Inf","table":"users"}': 4,
    '_sum{"table":"users"}': 7.65,
    '_count{"table":"users"}': 4,
  });
});

test("values of several resources are added, and end with each of them", () => {
  const { all, own, values } = metrics();
  own.counter("queries_total", "Queries").inc();
  all.of("Sql.Connection.b", "digly_sql_").counter("queries_total", "Queries").inc(2);
  assert.deepEqual(values("digly_sql_queries_total"), { "{}": 3 });
  all.end("Sql.Connection.a");
  assert.deepEqual(values("digly_sql_queries_total"), { "{}": 2 });
  all.end("Sql.Connection.b");
  assert.deepEqual(all.read(), []);
});

test("the combinations of labels are bounded, and so is their length", () => {
  const { own, all, values, warnings } = metrics();
  const clients = own.counter("clients_total", "Clients", ["ip"]);
  for (let index = 0; index < MOST_SERIES + 50; index++) clients.inc({ ip: index });
  const [family] = all.read();
  assert.equal(family?.samples.length, MOST_SERIES + 1);
  assert.equal(values("digly_sql_clients_total")['{"ip":"other"}'], 50);
  assert.deepEqual(warnings, [
    "Sql.Connection.a: The metric digly_sql_clients_total has more than 1000 combinations of " +
    'labels: the others are counted as "other"',
  ]);
  const long = own.counter("long_total", "Long", ["text"]);
  long.inc({ text: "x".repeat(1000) });
  assert.deepEqual(Object.keys(values("digly_sql_long_total")), [`{"text":"${"x".repeat(128)}"}`]);
});

test("names, labels and types are checked", () => {
  const { own } = metrics();
  own.counter("queries_total", "Queries", ["table"]);
  const mistakes: [() => unknown, RegExp, RegExp?][] = [
    [() => own.counter("queries-total", "x"), /"digly_sql_queries-total" is not a valid name/],
    [() => own.counter("a", ""), /digly_sql_a has no description/],
    [() => own.counter("a", "x", ["le", "__b"]), /"__b" is not a valid label/],
    [() => own.histogram("a", "x", ["le"]), /"le" is not a valid label/],
    [() => own.counter("a", "x", ["b", "b"]), /has the label "b" twice/],
    [() => own.histogram("a", "x", [], [1, 1]), /not ascending/],
    [
      () => own.gauge("queries_total", "Queries", ["table"]),
      /is a counter with the labels table, and cannot be a gauge with the labels table/,
    ],
    [
      () => own.counter("queries_total", "Queries"),
      /is a counter with the labels table, and cannot be a counter without labels/,
    ],
    [
      () => own.counter("queries_total", "Queries", ["table"]).inc({ tabel: "x" }),
      /has no label "tabel"/,
      /Did you mean "table"/,
    ],
  ];
  for (const [make, message, help = /^/] of mistakes) {
    assert.throws(make, (error: Error & { code?: string; help?: string }) => {
      assert.equal(error.code, "ERR_MODULE_INVALID");
      assert.match(error.message, message);
      assert.match(error.help ?? "", help);
      return true;
    });
  }
});
