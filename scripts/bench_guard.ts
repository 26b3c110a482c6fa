/**
 * Measures again and compares the ratios with those in `bench/results.json`: prints each that moved,
 * and fails if one got worse by more than half in each of three attempts, of which the later ones
 * measure only what got worse. Ratios hold on other machines
 * where times do not, and what other programs cost is not the same every time.
 * `npm run bench:guard -- <name>` asks for one.
 */
import process from "node:process";
import { committed, NAMES, runAll } from "./bench.ts";
import { compare, type Comparison, describeMoves, leastOf, newTitles } from "./bench_moves.ts";

/** How much a ratio may get worse. */
const TOLERANCE = 1.5;

/** How often a benchmark is measured whose ratios got worse. */
const ATTEMPTS = 3;

/**
 * They need servers or minutes, and measure those more than what changed here. Expressions take
 * nanoseconds, whose ratio moves by more than half with what else a machine does; they have goals.
 */
const NOT_GUARDED: readonly string[] = ["cel", "data", "growth", "kinds"];

async function main(wanted: string | undefined): Promise<void> {
  if (wanted !== undefined && !NAMES.includes(wanted)) {
    console.error(`There is no benchmark "${wanted}"; there are ${NAMES.join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const before = committed().benchmarks;
  let names = NAMES.filter((name) =>
    wanted === undefined ? !NOT_GUARDED.includes(name) : name === wanted
  );
  let found: readonly Comparison[] = [];
  let worse: readonly Comparison[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const titles = new Set(worse.map(({ title }) => title));
    const measured = await runAll(names, true, (title) => attempt === 1 || titles.has(title));
    for (const title of newTitles(measured, before)) console.log(`Not measured before: ${title}`);
    found = leastOf(found, compare(measured, before));
    worse = found.filter(({ factor }) => factor > TOLERANCE);
    names = [...new Set(worse.map(({ benchmark }) => benchmark))];
    if (names.length === 0) break;
    if (attempt < ATTEMPTS) {
      console.log(`${describeMoves(worse).join("\n")}\nMeasuring ${names.join(", ")} again\n`);
    }
  }
  console.log(describeMoves(found).join("\n"));
  const limit = `${Math.round((TOLERANCE - 1) * 100)} %`;
  console.log(
    worse.length === 0
      ? `\nNo ratio got worse by more than ${limit}`
      : `\nWorse by more than ${limit} in ${ATTEMPTS} attempts:\n${
        describeMoves(worse).join("\n")
      }`,
  );
  if (worse.length > 0) process.exitCode = 1;
}

await main(process.argv[2]);
