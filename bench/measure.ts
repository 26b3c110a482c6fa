/** Measures cases against each other in one run: machines differ and drift, ratios hold. */
import process from "node:process";

/** One thing to measure. */
export interface Case {
  readonly name: string;
  /** Does it once and gives the measure, in the unit of its table. */
  readonly once: () => number | Sample | Promise<number>;
}

/** What serving requests has cost. */
export interface Sample {
  /** The measure, in the unit of its table. */
  readonly value: number;
  readonly requestsPerSecond: number;
}

/** What was measured for one case. */
export interface Row {
  readonly name: string;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** For servers. */
  readonly requestsPerSecond?: number;
}

/** What Digly means to reach, as a ratio of its own measure to another row's. */
export interface Goal {
  readonly against: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One question and its answers; the first row is Digly's. */
export interface Table {
  readonly title: string;
  readonly unit: "ms" | "µs" | "ns" | "bytes" | "µs of CPU" | "messages/s";
  readonly rows: readonly Row[];
  readonly goals?: readonly Goal[];
  /** By case of Digly, the one that it is compared with, where each has one of its own. */
  readonly pairs?: Readonly<Record<string, string>>;
  /**
   * Cases whose ratios are those of one machine, since they wait for a disk, a timer or another
   * process, or `all` of them: the guard does not compare them.
   */
  readonly unsteady?: "all" | readonly string[];
  /** What a reader must know to believe the numbers. */
  readonly note?: string;
}

/**
 * What every file in this folder exports as `measure`. One that takes minutes leaves out the tables
 * whose title is not wanted.
 */
export type Measure = (
  quick: boolean,
  isWanted: (title: string) => boolean,
) => Promise<Table[]>;

/** Runs the cases in turn, `rounds` times, after a round to warm up that does not count. */
export async function interleave(
  cases: readonly Case[],
  rounds: number,
  warmUp = true,
): Promise<Row[]> {
  const measured = cases.map((): number[] => []);
  const rates = cases.map((): number[] => []);
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const [index, { once }] of cases.entries()) {
      const sample = await once();
      if (round < 0) continue;
      if (typeof sample === "number") measured[index]!.push(sample);
      else {
        measured[index]!.push(sample.value);
        rates[index]!.push(sample.requestsPerSecond);
      }
    }
  }
  return cases.map(({ name }, index) => {
    const sorted = measured[index]!.sort((a, b) => a - b);
    const requestsPerSecond = median(rates[index]!.sort((a, b) => a - b));
    return {
      name,
      median: median(sorted)!,
      lowest: sorted[0]!,
      highest: sorted.at(-1)!,
      ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    };
  });
}

/** The middle of sorted numbers, or the mean of the two in the middle; `undefined` for none. */
export function median(sorted: readonly number[]): number | undefined {
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** A case that is timed, in milliseconds. */
export function timed(
  name: string,
  run: () => unknown,
): { readonly name: string; readonly once: () => Promise<number> } {
  return {
    name,
    async once() {
      const start = performance.now();
      await run();
      return performance.now() - start;
    },
  };
}

/**
 * A case that computes in this process: its CPU time in milliseconds, to which other programs add
 * less than to the time that passes.
 */
export function computed(
  name: string,
  run: () => unknown,
): { readonly name: string; readonly once: () => Promise<number> } {
  return {
    name,
    async once() {
      const start = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    },
  };
}

/** The same, in nanoseconds for each of the `times` that `run` does it. */
export function computedEach(name: string, times: number, run: () => unknown): Case {
  const { once } = computed(name, run);
  return { name, once: async () => await once() / times * 1e6 };
}

/** Milliseconds for all, as microseconds for each. */
export function perItem(row: Row, items: number): Row {
  const each = (ms: number) => ms / items * 1000;
  return {
    name: row.name,
    median: each(row.median),
    lowest: each(row.lowest),
    highest: each(row.highest),
  };
}

/** How often Digly's measure is another's. */
export function ratio(table: Table, row: Row): number {
  return table.rows[0]!.median / row.median;
}
