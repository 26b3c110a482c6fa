import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row, Table } from "../../bench/measure.ts";
import { compare, describeMoves, leastOf, newTitles } from "../../scripts/bench_moves.ts";
import type { Measured } from "../../scripts/bench_results.ts";

const UNITS = { ms: "ms", rate: "messages/s" } as const;

/** A benchmark of one table, with the measure of each case. */
function measured(
  cases: Readonly<Record<string, number>>,
  { unit = "ms", ...more }: { unit?: keyof typeof UNITS } & Pick<Table, "pairs" | "waitsForDisk"> =
    {},
): Measured[] {
  const rows = Object.entries(cases).map(([name, median]): Row => (
    { name, median, lowest: median - 1, highest: median + 1 }
  ));
  const table: Table = { title: "A question", unit: UNITS[unit], rows, ...more };
  return [{ name: "bench", tables: [table] }];
}

const BEFORE = measured({ "digly": 10, "digly, watched": 30, "by hand": 5 });

function factors(now: readonly Measured[], before = BEFORE): number[] {
  return compare(now, before).map(({ factor }) => factor);
}

test("a case of Digly that takes twice as long is found, whichever case it is", () => {
  assert.deepEqual(factors(measured({ "digly": 20, "digly, watched": 30, "by hand": 5 })), [2, 1]);
  const other = measured({ "digly": 10, "digly, watched": 60, "by hand": 5 });
  assert.deepEqual(factors(other), [1, 2]);
  assert.deepEqual(describeMoves(compare(other, BEFORE)), [
    'worse: A question: "digly, watched" beside "by hand": 12.00×, 6.00× before',
  ]);
});

test("a slower machine is not a difference", () => {
  const slower = measured({ "digly": 30, "digly, watched": 90, "by hand": 15 });
  assert.deepEqual(factors(slower), [1, 1]);
  assert.deepEqual(describeMoves(compare(slower, BEFORE)), []);
});

test("the better one of several attempts counts, and a case that stays slow stays worse", () => {
  const [busy, quiet] = [
    compare(measured({ "digly": 25, "digly, watched": 30, "by hand": 5 }), BEFORE),
    compare(measured({ "digly": 10, "digly, watched": 45, "by hand": 5 }), BEFORE),
  ];
  assert.deepEqual(leastOf(leastOf([], busy), quiet).map(({ factor }) => factor), [1, 1]);
  const slow = compare(measured({ "digly": 20, "digly, watched": 60, "by hand": 5 }), BEFORE);
  assert.deepEqual(leastOf(slow, slow).map(({ factor }) => factor), [2, 2]);
  // Only what seemed worse is measured again.
  assert.deepEqual(leastOf(slow, []), slow);
});

test("more messages a second are better", () => {
  const before = measured({ "digly": 100, "other": 50 }, { unit: "rate" });
  const now = measured({ "digly": 50, "other": 50 }, { unit: "rate" });
  assert.deepEqual(factors(now, before), [2]);
  assert.deepEqual(factors(before, now), [0.5]);
});

test("without others, the first case is compared with the rest", () => {
  const before = measured({ "of 100,000": 12, "of 1,000": 10 });
  assert.deepEqual(factors(measured({ "of 100,000": 24, "of 1,000": 10 }), before), [2]);
});

test("where each case has one of its own beside it, it is compared with that one alone", () => {
  const pairs = { "digly on Bun": "bare Bun", "digly on Node": "bare Node" };
  const before = measured({ "digly on Bun": 4, "digly on Node": 9, "bare Bun": 2, "bare Node": 3 });
  const now = measured(
    { "digly on Bun": 4, "digly on Node": 18, "bare Bun": 2, "bare Node": 3 },
    { pairs },
  );
  assert.deepEqual(factors(now, before), [1, 2]);
});

test("what waits for a disk or was not measured before is not compared", () => {
  const disk = measured({ "digly": 90, "by hand": 5 }, { waitsForDisk: true });
  assert.deepEqual(factors(disk), []);
  assert.deepEqual(factors(measured({ "digly": 90, "a new case": 5 })), []);
  assert.deepEqual(compare(BEFORE, []), []);
  assert.deepEqual(newTitles(BEFORE, []), ["A question"]);
  assert.deepEqual(newTitles(BEFORE, BEFORE), []);
});
