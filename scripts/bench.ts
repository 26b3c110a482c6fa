/**
 * Runs the benchmarks of `bench/`: all of them, or `npm run bench -- <name>`; `--quick`
 * repeats less. Prints what it measures, and after a full run, or with `--write`, writes
 * `bench/results.json` and the page `docs/performance.md` with its charts.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Measure } from "../bench/measure.ts";
import { writePage } from "./bench_page.ts";
import type { Circumstances, Measured, Results } from "./bench_results.ts";
import { tableAsText } from "./bench_text.ts";

const bench = new URL("../bench/", import.meta.url);
const results = new URL("results.json", bench);

/** The benchmarks, by name. */
export const NAMES: readonly string[] = readdirSync(bench)
  .filter((file) => file.endsWith("_bench.ts")).map((file) => file.replace("_bench.ts", "")).sort();

/** How to run benchmarks. */
export interface RunOptions {
  /** True to repeat less. */
  readonly quick: boolean;
  /** The titles of tables to measure, for benchmarks that can choose; all by default. */
  readonly isWanted?: (title: string) => boolean;
  /** False to leave out how the goals are met. */
  readonly showGoals?: boolean;
}

/** Runs the benchmarks with these names, and prints their tables. */
export async function runAll(
  names: readonly string[],
  { quick, isWanted = () => true, showGoals = true }: RunOptions,
): Promise<Measured[]> {
  const benchmarks: Measured[] = [];
  for (const name of names) {
    const { measure } = await import(`../bench/${name}_bench.ts`) as { measure: Measure };
    const tables = await measure(quick, isWanted);
    for (const table of tables) console.log(tableAsText(table, showGoals));
    benchmarks.push({ name, tables });
  }
  return benchmarks;
}

/** What was committed last. */
export function committed(): Results {
  return JSON.parse(readFileSync(results, "utf8"));
}

async function main(): Promise<void> {
  const { values: { quick, write }, positionals: [wanted] } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (wanted !== undefined && !NAMES.includes(wanted)) {
    console.error(`There is no benchmark "${wanted}"; there are ${NAMES.join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const benchmarks = await runAll(wanted === undefined ? NAMES : [wanted], { quick });
  if (!write && (quick || wanted !== undefined)) return;
  const circumstances: Circumstances = {
    date: new Date().toISOString().slice(0, 10),
    commit: describeCommit(),
    machine: describeMachine(),
    runtimes: describeRuntimes(),
  };
  const measured = benchmarks.map(({ name, tables }) => ({ name, ...circumstances, tables }));
  const others = committed().benchmarks.filter(({ name }) =>
    NAMES.includes(name) && measured.every((one) => one.name !== name)
  );
  const found: Results = {
    benchmarks: [...others, ...measured].sort((a, b) => a.name < b.name ? -1 : 1),
  };
  writeFileSync(results, JSON.stringify(found, null, 2) + "\n");
  writePage(found);
}

/** The current commit, and whether the sources that were measured differ from it. */
function describeCommit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
  const commit = git("rev-parse", "--short", "HEAD");
  // Earlier measurements of the same day may have been written, but not committed.
  const changes = git("status", "--porcelain", "--", ".", ":!bench/results.json", ":!docs");
  return changes === "" ? commit : `${commit} with changes`;
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() || "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores of ${model}, ${memory} GiB, ${process.platform} ${process.arch}`;
}

function describeRuntimes(): string {
  const { devDependencies } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  return ["node", "deno", "bun"].map((name) => `${name} ${devDependencies[name]}`).join(", ");
}

if (import.meta.main) await main();
