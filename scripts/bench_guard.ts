/**
 * Measures again and compares the ratios with those in `bench/results.json`: prints each that moved,
 * and fails if one got worse by more than half, twice. Ratios hold on other machines where times do not,
 * and what is only noise is gone the second time. `npm run bench:guard -- <name>` asks for one.
 */
import process from "node:process";
import { ratio, type Row, type Table } from "../bench/measure.ts";
import { committed, NAMES, runAll } from "./bench.ts";
import type { Measured } from "./bench_results.ts";

/** How much a ratio may get worse. */
const TOLERANCE = 1.5;

/** What is worth a line, but not a failure. */
const WORTH_SAYING = 1.2;

/**
 * They need servers or minutes, and measure those more than what changed here. Expressions take
 * nanoseconds, whose ratio moves by more than half with what else a machine does; they have goals.
 */
const NOT_GUARDED: readonly string[] = ["cel", "data", "growth", "kinds"];

/** A ratio that is not what it was. */
interface Move {
  readonly benchmark: string;
  readonly title: string;
  readonly line: string;
  /** How often the cost is what it was. */
  readonly factor: number;
}

async function main(wanted: string | undefined): Promise<void> {
  const names = NAMES.filter((name) =>
    wanted === undefined ? !NOT_GUARDED.includes(name) : name === wanted
  );
  const moves = await measureMoves(names);
  for (const { line } of moves) console.log(line);
  const suspects = new Set(worse(moves).map(({ benchmark }) => benchmark));
  if (suspects.size > 0) console.log(`\nMeasuring ${[...suspects].join(", ")} once more\n`);
  const again = worse(await measureMoves([...suspects]));
  const lines = again.filter(({ title }) => worse(moves).some((move) => move.title === title));
  const limit = `${Math.round((TOLERANCE - 1) * 100)} %`;
  console.log(
    lines.length === 0
      ? `No ratio got worse by more than ${limit}`
      : `Worse by more than ${limit}, twice:\n${lines.map(({ line }) => line).join("\n")}`,
  );
  if (lines.length > 0) process.exitCode = 1;
}

function worse(moves: readonly Move[]): Move[] {
  return moves.filter(({ factor }) => factor > TOLERANCE);
}

async function measureMoves(names: readonly string[]): Promise<Move[]> {
  const before = committed().benchmarks;
  return (await runAll(names, true)).flatMap((measured) => [...movesOf(measured, before)]);
}

function* movesOf({ name, tables }: Measured, before: readonly Measured[]): Generator<Move> {
  const known = before.find((one) => one.name === name)?.tables ?? [];
  for (const table of tables) {
    const old = known.find(({ title, unit }) => title === table.title && unit === table.unit);
    if (old === undefined) console.log(`Nothing to compare with: ${table.title}`);
    else yield* movesIn(name, table, old);
  }
}

function* movesIn(benchmark: string, table: Table, old: Table): Generator<Move> {
  for (const row of table.rows.slice(1)) {
    const was = old.rows.find(({ name }) => name === row.name);
    if (was === undefined) continue;
    const factor = cost(table, row) / cost(old, was);
    if (factor < WORTH_SAYING && factor > 1 / WORTH_SAYING) continue;
    const [then, now] = [ratio(old, was), ratio(table, row)].map((times) => times.toFixed(2));
    const title = `${table.title}, against ${row.name}`;
    yield {
      benchmark,
      title,
      factor,
      line: `${factor > 1 ? "worse" : "better"}: ${title}: ${then}× before, ${now}× now`,
    };
  }
}

/** The ratio, turned so that more is worse. */
function cost(table: Table, row: Row): number {
  return table.unit === "messages/s" ? 1 / ratio(table, row) : ratio(table, row);
}

await main(process.argv[2]);
