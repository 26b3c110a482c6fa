/** The format of benchmark results. */
import type { Table } from "../bench/measure.ts";

/** The measurements of one file of `bench/`. */
export interface Measured {
  readonly name: string;
  readonly tables: readonly Table[];
}

/** When and where a benchmark was measured: a run of one benchmark leaves those of the others as they are. */
export interface Circumstances {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly runtimes: string;
}

/** The content of `bench/results.json`. */
export interface Results {
  readonly benchmarks: readonly (Measured & Circumstances)[];
}
