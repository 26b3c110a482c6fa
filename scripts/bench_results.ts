/** The format of benchmark results. */
import type { Table } from "../bench/measure.ts";

/** The measurements of one file of `bench/`. */
export interface Measured {
  readonly name: string;
  readonly tables: readonly Table[];
}

/** The content of `bench/results.json`. */
export interface Results {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly runtimes: string;
  readonly benchmarks: readonly Measured[];
}
