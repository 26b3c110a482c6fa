/**
 * Measures again and compares the ratios with those in `bench/results.json`: lists those that
 * got worse by more than a fifth and fails then. `npm run bench:guard -- <name>` asks for one.
 */
import process from "node:process";
import { ratio, type Row, type Table } from "../bench/measure.ts";
import { committed, NAMES, runAll } from "./bench.ts";

const TOLERANCE = 1.2;

const [wanted] = process.argv.slice(2);
const before = committed().benchmarks;
const now = await runAll(NAMES.filter((name) => wanted === undefined || name === wanted), true);
const worse: string[] = [];
for (const { name, tables } of now) {
  const known = before.find((one) => one.name === name)?.tables ?? [];
  for (const table of tables) {
    const old = known.find(({ title }) => title === table.title);
    if (old !== undefined) worse.push(...regressions(table, old));
  }
}
console.log(worse.length === 0 ? "No ratio got worse by more than 20 %" : worse.join("\n"));
if (worse.length > 0) process.exitCode = 1;

function* regressions(table: Table, old: Table): Generator<string> {
  for (const row of table.rows.slice(1)) {
    const was = old.rows.find(({ name }) => name === row.name);
    if (was === undefined) continue;
    const [before, after] = [cost(old, was), cost(table, row)];
    if (after > before * TOLERANCE) {
      yield `${table.title}, against ${row.name}: ${ratio(old, was).toFixed(2)}× before, ${
        ratio(table, row).toFixed(2)
      }× now`;
    }
  }
}

/** The ratio, turned so that more is worse. */
function cost(table: Table, row: Row): number {
  return table.unit === "requests/s" ? 1 / ratio(table, row) : ratio(table, row);
}
