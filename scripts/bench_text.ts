/** Measurements and goals as text. */
import { type Goal, ratio, type Row, type Table } from "../bench/measure.ts";

/** How a goal was met. */
export interface Reached {
  readonly ratio: number;
  readonly isMet: boolean;
}

/** One table for a terminal. */
export function tableAsText(table: Table, showGoals = true): string {
  const width = Math.max(...table.rows.map(({ name }) => name.length));
  const lines = table.rows.map((row) =>
    [
      `  ${row.name.padEnd(width)}`,
      `${format(row.median).padStart(8)} ${table.unit}`,
      `(${format(row.lowest)}–${format(row.highest)})`.padEnd(20),
      ...(row.requestsPerSecond === undefined
        ? []
        : [`${format(row.requestsPerSecond).padStart(8)} requests/s`]),
      row === table.rows[0] ? "" : `digly: ${times(table, row)}`,
    ].join("  ").trimEnd()
  );
  const goals = showGoals
    ? (table.goals ?? []).map((goal) => `  ${describeGoal(table, goal)}`)
    : [];
  const note = table.note === undefined ? [] : [`  ${table.note}`];
  return [table.title, ...lines, ...goals, ...note, ""].join("\n");
}

/** Whether a goal of the table was reached. */
export function reachedOf(table: Table, { against, atMost, atLeast }: Goal): Reached {
  // A goal names a row of its table.
  const row = table.rows.find(({ name }) => name === against)!;
  const reached = ratio(table, row);
  return { ratio: reached, isMet: reached >= (atLeast ?? 0) && reached <= (atMost ?? Infinity) };
}

/** A goal, and how it was met. */
export function describeGoal(table: Table, goal: Goal): string {
  const { against, atMost, atLeast } = goal;
  const { ratio, isMet } = reachedOf(table, goal);
  const limit = Number((atMost ?? atLeast ?? 0).toFixed(2));
  const wanted = `at ${atMost === undefined ? "least" : "most"} ${limit}×`;
  return `Goal: ${wanted} "${against}": ${isMet ? "reached" : "not reached"}, ${inDigits(ratio)}×`;
}

/** How much Digly takes beside a row. */
export function times(table: Table, row: Row): string {
  return `${inDigits(ratio(table, row))}×`;
}

/** A ratio with two decimals, or with two digits that count if it is small, as that of a resource to a process. */
export function inDigits(ratio: number): string {
  return ratio < 0.01 ? String(Number(ratio.toPrecision(2))) : ratio.toFixed(2);
}

/** A measure with its unit; bytes are megabytes where there are millions of them. */
export function measureText(value: number, unit: Table["unit"]): string {
  return unit === "bytes" && value >= 1e6
    ? `${format(value / 1e6)} MB`
    : `${format(value)} ${unit}`;
}

/** A number with three digits that count. */
export function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
