/** What is different between two measurements of the same benchmarks. */
import { inDigits, measureText } from "./bench_text.ts";
import type { Row, Table } from "../bench/measure.ts";
import type { Measured } from "./bench_results.ts";

/** What is worth a line. */
const WORTH_SAYING = 1.2;

/** The measures of two cases and their ratio. */
export interface Ratio {
  readonly own: number;
  readonly other: number;
  readonly ratio: number;
}

/** The ratio of two cases, now and before. */
export interface Comparison {
  readonly benchmark: string;
  /** That of the table. */
  readonly title: string;
  readonly unit: Table["unit"];
  /** The table and its two cases. */
  readonly cases: string;
  readonly before: Ratio;
  readonly now: Ratio;
  /** How often the ratio is what it was; more is worse. */
  readonly factor: number;
}

/** What two measurements have in common, and a line for each part that only one of them has. */
export interface Compared {
  readonly comparisons: readonly Comparison[];
  readonly gaps: readonly string[];
}

/** Compares all cases that were measured now and before, in the order of the tables. */
export function compare(now: readonly Measured[], before: readonly Measured[]): Compared {
  const comparisons: Comparison[] = [];
  const gaps: string[] = [];
  for (const { name, tables } of now) {
    const earlier = before.find((one) => one.name === name)?.tables ?? [];
    for (const table of tables) {
      if (table.unsteady === "all") continue;
      const old = earlier.find((one) => isSame(one, table));
      if (old === undefined) gaps.push(`not recorded before: ${table.title}`);
      else compareTables(name, table, old, comparisons, gaps);
    }
    for (const old of earlier) {
      if (old.unsteady !== "all" && !tables.some((table) => isSame(old, table))) {
        gaps.push(`not measured here: ${old.title}`);
      }
    }
  }
  return { comparisons, gaps };
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

/** The comparisons whose ratio is not what it was. */
export function movesOf(comparisons: readonly Comparison[]): readonly Comparison[] {
  return comparisons.filter(({ factor }) => factor >= WORTH_SAYING || factor <= 1 / WORTH_SAYING);
}

/** Lines that say what a ratio was and is, and of which measures. */
export function describeMove({ cases, unit, factor, now, before }: Comparison): string {
  const measures = ({ own, other }: Ratio) =>
    `${measureText(own, unit)} beside ${measureText(other, unit)}`;
  return `${factor > 1 ? "worse" : "better"} by ${percent(factor)}: ${cases}
    was ${inDigits(before.ratio)}× (${measures(before)})
    is  ${inDigits(now.ratio)}× (${measures(now)})`;
}

/** How far a factor is from 1. */
export function percent(factor: number): string {
  return `${Math.round(Math.abs(factor - 1) * 100)} %`;
}

function isSame(one: Table, other: Table): boolean {
  return one.title === other.title && one.unit === other.unit;
}

function compareTables(
  benchmark: string,
  table: Table,
  old: Table,
  comparisons: Comparison[],
  gaps: string[],
): void {
  const { title, unit } = table;
  for (const [own, other] of pairsOf(table)) {
    const cases = `${title}: "${own.name}" beside "${other.name}"`;
    const [ownBefore, otherBefore] = [own, other].map(({ name }) =>
      old.rows.find((row) => row.name === name)
    );
    if (ownBefore === undefined || otherBefore === undefined) {
      gaps.push(`not recorded before: ${cases}`);
      continue;
    }
    const [before, now] = [ratioOf(ownBefore, otherBefore), ratioOf(own, other)];
    if (before === undefined || now === undefined) {
      // A difference of two processes may be below what else makes them different.
      gaps.push(`a measure that is not above 0: ${cases}`);
      continue;
    }
    const more = now.ratio / before.ratio;
    const factor = unit === "messages/s" ? 1 / more : more;
    comparisons.push({ benchmark, title, unit, cases, before, now, factor });
  }
}

function ratioOf({ median: own }: Row, { median: other }: Row): Ratio | undefined {
  return own > 0 && other > 0 ? { own, other, ratio: own / other } : undefined;
}

/**
 * What is compared: every case of Digly with every other one, or with its own. Without others, it is the first with the
 * rest, which only shows whether it got slower than the rest.
 */
function* pairsOf(
  { rows, pairs, unsteady = [] }: Table,
): Generator<readonly [own: Row, other: Row]> {
  const [first, ...rest] = rows.filter(({ name }) => !unsteady.includes(name));
  if (first === undefined) return;
  if (pairs !== undefined) {
    for (const own of [first, ...rest]) {
      const other = rest.find(({ name }) => name === pairs[own.name]);
      if (other !== undefined) yield [own, other];
    }
    return;
  }
  const others = rest.filter(({ name }) => !name.startsWith("digly"));
  if (others.length === 0) {
    for (const row of rest) yield [first, row];
    return;
  }
  for (const own of [first, ...rest]) {
    if (own !== first && !own.name.startsWith("digly")) continue;
    for (const other of others) yield [own, other];
  }
}
