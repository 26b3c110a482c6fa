/** What is different between two measurements of the same benchmarks. */
import type { Row, Table } from "../bench/measure.ts";
import type { Measured } from "./bench_results.ts";

/** What is worth a line. */
const WORTH_SAYING = 1.2;

/** The ratio of two cases, now and before. */
export interface Comparison {
  readonly benchmark: string;
  /** That of the table. */
  readonly title: string;
  /** The table and its two cases. */
  readonly cases: string;
  readonly before: number;
  readonly now: number;
  /** How often the ratio is what it was; more is worse. */
  readonly factor: number;
}

/** The ratios of all cases that were measured `before`, too, in the order of the tables. */
export function compare(now: readonly Measured[], before: readonly Measured[]): Comparison[] {
  return now.flatMap(({ name, tables }) =>
    tables.flatMap((table) => {
      const old = sameTable(before, name, table);
      return old === undefined || table.waitsForDisk ? [] : [...compareTable(name, table, old)];
    })
  );
}

/** The titles of tables that were not measured `before`, with which nothing can be compared. */
export function newTitles(now: readonly Measured[], before: readonly Measured[]): string[] {
  return now.flatMap(({ name, tables }) =>
    tables.filter((table) => sameTable(before, name, table) === undefined)
      .map(({ title }) => title)
  );
}

/** Of each comparison the better one, where it was measured again: other programs cost time, too. */
export function leastOf(
  first: readonly Comparison[],
  again: readonly Comparison[],
): readonly Comparison[] {
  if (first.length === 0) return again;
  const others = new Map(again.map((one) => [one.cases, one]));
  return first.map((one) => {
    const other = others.get(one.cases);
    return other !== undefined && other.factor < one.factor ? other : one;
  });
}

/** A line for each ratio that is not what it was. */
export function describeMoves(comparisons: readonly Comparison[]): string[] {
  return comparisons
    .filter(({ factor }) => factor >= WORTH_SAYING || factor <= 1 / WORTH_SAYING)
    .map(({ cases, factor, now, before }) =>
      `${factor > 1 ? "worse" : "better"}: ${cases}: ${now.toFixed(2)}×, ${
        before.toFixed(2)
      }× before`
    );
}

function sameTable(
  benchmarks: readonly Measured[],
  name: string,
  { title, unit }: Table,
): Table | undefined {
  return benchmarks.find((one) => one.name === name)?.tables
    .find((table) => table.title === title && table.unit === unit);
}

function* compareTable(benchmark: string, table: Table, old: Table): Generator<Comparison> {
  for (const [own, other] of pairsOf(table)) {
    const [ownBefore, otherBefore] = [own, other].map(({ name }) =>
      old.rows.find((row) => row.name === name)
    );
    if (ownBefore === undefined || otherBefore === undefined) continue;
    const before = cost(old, ownBefore) / cost(old, otherBefore);
    const now = cost(table, own) / cost(table, other);
    const cases = `${table.title}: "${own.name}" beside "${other.name}"`;
    yield { benchmark, title: table.title, cases, before, now, factor: now / before };
  }
}

/**
 * What is compared: every case of Digly with every other one, or with its own. Without others, it is the first with the
 * rest, which only shows whether it got slower than the rest.
 */
function* pairsOf({ rows, pairs }: Table): Generator<readonly [own: Row, other: Row]> {
  const [first, ...rest] = rows;
  if (first === undefined) return;
  if (pairs !== undefined) {
    for (const own of rows) {
      const other = rows.find(({ name }) => name === pairs[own.name]);
      if (other !== undefined) yield [own, other];
    }
    return;
  }
  const others = rest.filter(({ name }) => !name.startsWith("digly"));
  if (others.length === 0) {
    for (const row of rest) yield [first, row];
    return;
  }
  for (const own of rows) {
    if (own !== first && !own.name.startsWith("digly")) continue;
    for (const other of others) yield [own, other];
  }
}

/** What a case costs, turned so that more is worse. */
function cost({ unit }: Table, { median }: Row): number {
  return unit === "messages/s" ? 1 / median : median;
}
