/**
 * Measures again and compares the ratios with those in `bench/results.json`: prints each that moved,
 * and fails if one got worse by more than the margin in each of three attempts, of which the later ones
 * measure only what got worse. Ratios hold on other machines
 * where times do not, and what other programs cost is not the same every time.
 * `npm run bench:guard -- <name>` asks for one.
 */
import process from "node:process";
import { committed, NAMES, runAll } from "./bench.ts";
import {
  compare,
  type Comparison,
  describeMove,
  leastOf,
  movesOf,
  percent,
} from "./bench_moves.ts";

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
  const all = NAMES.filter((name) =>
    wanted === undefined ? !NOT_GUARDED.includes(name) : name === wanted
  );
  console.log(`Comparing ratios with bench/results.json: ${all.join(", ")}
A ratio fails if it is worse than the recorded one by more than ${
    percent(TOLERANCE)
  }, the margin, in each of
${ATTEMPTS} attempts. Only ratios decide: times are those of this machine, and goals are not part of it.
`);
  let names = all;
  let found: readonly Comparison[] = [];
  let worse: readonly Comparison[] = [];
  let gaps: readonly string[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const titles = new Set(worse.map(({ title }) => title));
    const measured = await runAll(names, {
      quick: true,
      isWanted: (title) => attempt === 1 || titles.has(title),
      showGoals: false,
    });
    const compared = compare(measured, before);
    if (attempt === 1) gaps = compared.gaps;
    found = leastOf(found, compared.comparisons);
    worse = found.filter(({ factor }) => factor > TOLERANCE);
    names = [...new Set(worse.map(({ benchmark }) => benchmark))];
    if (names.length === 0) break;
    if (attempt < ATTEMPTS) {
      console.log(`Attempt ${attempt} of ${ATTEMPTS}: worse by more than the margin
${list(worse)}
Measuring ${names.join(", ")} again
`);
    }
  }
  console.log(describeResult(found, worse, gaps));
  if (worse.length > 0 || found.length === 0) process.exitCode = 1;
}

/** What was compared, what moved, and whether that is accepted. */
function describeResult(
  found: readonly Comparison[],
  worse: readonly Comparison[],
  gaps: readonly string[],
): string {
  const moved = movesOf(found).filter((one) => !worse.includes(one));
  const within = moved.length === 0 ? [] : [`Moved within the margin:\n${list(moved)}\n`];
  const notCompared = gaps.length === 0
    ? []
    : [`Not compared:\n${gaps.map((gap) => `- ${gap}\n`).join("")}`];
  return [...within, ...notCompared, verdictOf(found, worse)].join("\n");
}

function verdictOf(found: readonly Comparison[], worse: readonly Comparison[]): string {
  if (found.length === 0) return "FAILED: nothing was compared";
  const compared = found.length === 1 ? "1 ratio" : `${found.length} ratios`;
  if (worse.length === 0) {
    return `PASSED: of ${compared}, none is worse than the recorded one by more than ${
      percent(TOLERANCE)
    }`;
  }
  const names = [...new Set(worse.map(({ benchmark }) => benchmark))];
  return `FAILED: of ${compared}, ${worse.length} ${
    worse.length === 1 ? "is" : "are"
  } worse than the recorded one by more than ${percent(TOLERANCE)} in each of ${ATTEMPTS} attempts:
${list(worse)}
To measure ${names.length === 1 ? "it" : "one"} alone: ${
    names.map((name) => `npm run bench:guard -- ${name}`).join(", or ")
  }
If the change is intended, record the new ratios: ${
    names.map((name) => `npm run bench -- ${name} --write`).join(", ")
  }`;
}

function list(comparisons: readonly Comparison[]): string {
  return comparisons.map((one) => `- ${describeMove(one)}`).join("\n");
}

await main(process.argv[2]);
