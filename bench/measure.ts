/** Measures cases against each other in one run. */

/** One thing to measure. */
export interface Case {
  readonly name: string;
  readonly run: () => unknown;
}

/** How long a case took, in milliseconds. */
export interface Measured {
  readonly name: string;
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

/** Runs the cases in turn, `rounds` times after a first round that does not count. */
export async function compare(cases: readonly Case[], rounds = 7): Promise<Measured[]> {
  const times = cases.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { run }] of cases.entries()) {
      const start = performance.now();
      await run();
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  return cases.map(({ name }, index) => {
    const sorted = times[index]!.sort((a, b) => a - b);
    return {
      name,
      median: sorted[Math.floor(sorted.length / 2)]!,
      fastest: sorted[0]!,
      slowest: sorted.at(-1)!,
    };
  });
}

/** Measures and prints: time, spread, time per item, and the ratio of the first to each other. */
export async function report(title: string, items: number, cases: readonly Case[]): Promise<void> {
  const [first, ...others] = await compare(cases);
  console.log(title);
  for (const { name, median, fastest, slowest } of [first!, ...others]) {
    const ratio = name === first!.name ? "" : `  digly is ${(first!.median / median).toFixed(2)}×`;
    const spread = `${fastest.toFixed(0)}–${slowest.toFixed(0)} ms`;
    const each = `${(median / items * 1000).toFixed(1)} µs each`;
    console.log(
      `  ${name.padEnd(24)} ${median.toFixed(0).padStart(6)} ms  ${
        spread.padEnd(14)
      } ${each}${ratio}`,
    );
  }
  console.log();
}
