import assert from "node:assert/strict";
import { test } from "node:test";
import { interleave, median, type Row, type Table } from "../../bench/measure.ts";
import { compare, describeMove, leastOf, movesOf } from "../../scripts/bench_moves.ts";
import { tableAsText } from "../../scripts/bench_text.ts";
import type { Measured } from "../../scripts/bench_results.ts";

const UNITS = { ms: "ms", rate: "messages/s", memory: "bytes" } as const;

/** A benchmark of one table, with the measure of each case. */
function measured(
  cases: Readonly<Record<string, number>>,
  { unit = "ms", ...more }:
    & { unit?: keyof typeof UNITS }
    & Partial<Pick<Table, "pairs" | "unsteady">> = {},
): Measured[] {
  const rows = Object.entries(cases).map(([name, median]): Row => (
    { name, median, lowest: median - 1, highest: median + 1 }
  ));
  const table: Table = { title: "A question", unit: UNITS[unit], rows, ...more };
  return [{ name: "bench", tables: [table] }];
}

const BEFORE = measured({ "digly": 10, "digly, watched": 30, "by hand": 5 });

function factors(now: readonly Measured[], before = BEFORE): number[] {
  return compare(now, before).comparisons.map(({ factor }) => factor);
}

function described(now: readonly Measured[], before = BEFORE): string[] {
  return movesOf(compare(now, before).comparisons).map(describeMove);
}

test("a case of Digly that takes twice as long is found, whichever case it is", () => {
  assert.deepEqual(factors(measured({ "digly": 20, "digly, watched": 30, "by hand": 5 })), [2, 1]);
  const other = measured({ "digly": 10, "digly, watched": 60, "by hand": 5 });
  assert.deepEqual(factors(other), [1, 2]);
  assert.deepEqual(described(other), [
    `worse by 100 %: A question: "digly, watched" beside "by hand"
    was 6.00× (30.0 ms beside 5.00 ms)
    is  12.00× (60.0 ms beside 5.00 ms)`,
  ]);
  assert.deepEqual(described(measured({ "digly": 5, "digly, watched": 30, "by hand": 5 })), [
    `better by 50 %: A question: "digly" beside "by hand"
    was 2.00× (10.0 ms beside 5.00 ms)
    is  1.00× (5.00 ms beside 5.00 ms)`,
  ]);
});

test("a slower machine is not a difference", () => {
  const slower = measured({ "digly": 30, "digly, watched": 90, "by hand": 15 });
  assert.deepEqual(factors(slower), [1, 1]);
  assert.deepEqual(described(slower), []);
});

test("the better one of several attempts counts, and a case that stays slow stays worse", () => {
  const [busy, quiet] = [
    compare(measured({ "digly": 25, "digly, watched": 30, "by hand": 5 }), BEFORE).comparisons,
    compare(measured({ "digly": 10, "digly, watched": 45, "by hand": 5 }), BEFORE).comparisons,
  ] as const;
  assert.deepEqual(leastOf(leastOf([], busy), quiet).map(({ factor }) => factor), [1, 1]);
  const { comparisons: slow } = compare(
    measured({ "digly": 20, "digly, watched": 60, "by hand": 5 }),
    BEFORE,
  );
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

test("a resource's memory beside that of a process has digits that count", () => {
  const before = measured({ "digly": 203_407, "a process": 111_833_088 }, { unit: "memory" });
  const now = measured({ "digly": 2_034_070, "a process": 111_833_088 }, { unit: "memory" });
  assert.deepEqual(described(now, before), [
    `worse by 900 %: A question: "digly" beside "a process"
    was 0.0018× (203,407 bytes beside 112 MB)
    is  0.02× (2.03 MB beside 112 MB)`,
  ]);
});

test("cases that depend on the machine are not compared", () => {
  assert.deepEqual(
    compare(measured({ "digly": 90, "by hand": 5 }, { unsteady: "all" }), BEFORE),
    { comparisons: [], gaps: [] },
  );
  const now = measured({ "digly": 20, "digly, watched": 90, "by hand": 5 }, {
    unsteady: ["digly, watched"],
  });
  assert.deepEqual(factors(now), [2]);
});

test("what only one of two measurements has is listed", () => {
  assert.deepEqual(compare(measured({ "digly": 90, "a new case": 5 }), BEFORE), {
    comparisons: [],
    gaps: ['not recorded before: A question: "digly" beside "a new case"'],
  });
  assert.deepEqual(compare(BEFORE, []).gaps, ["not recorded before: A question"]);
  assert.deepEqual(compare([{ name: "bench", tables: [] }], BEFORE).gaps, [
    "not measured here: A question",
  ]);
  // Only the benchmarks that were measured are compared.
  assert.deepEqual(compare([], BEFORE), { comparisons: [], gaps: [] });
});

test("memory that is not above 0 is not compared", () => {
  const now = measured({ "digly": -10, "digly, watched": 30, "by hand": 5 });
  assert.deepEqual(compare(now, BEFORE).gaps, [
    'a measure that is not above 0: A question: "digly" beside "by hand"',
  ]);
  assert.deepEqual(factors(now), [1]);
});

test("the median of an even number of rounds is the mean of the two in the middle", async () => {
  assert.equal(median([1, 2, 10]), 2);
  assert.equal(median([1, 2, 4, 10]), 3);
  assert.equal(median([1, 3]), 2);
  assert.equal(median([7]), 7);
  assert.equal(median([]), undefined);
  const measures = [9, 1, 5, 2];
  const [row] = await interleave([{ name: "digly", once: () => measures.shift()! }], 4, false);
  assert.deepEqual(row, { name: "digly", median: 3.5, lowest: 1, highest: 9 });
});

test("a table shows how its goals are met only where they are asked for", () => {
  const [{ tables: [table] }] = measured({ "digly": 10, "by hand": 5 }) as [Measured];
  const withGoal: Table = { ...table!, goals: [{ against: "by hand", atMost: 1 }] };
  assert.match(tableAsText(withGoal), /Goal: at most 1× "by hand": not reached, 2\.00×/);
  assert.doesNotMatch(tableAsText(withGoal, false), /Goal/);
});
