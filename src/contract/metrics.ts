/** Metrics of modules, in the terms of Prometheus. */

/** The labels of one series: `{ table: "users" }`. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/** A number that only grows, such as how many queries were made. */
export interface Counter {
  /** Adds `value`, which is not negative; 1 without it. */
  inc(value?: number): void;
  inc(labels: Labels, value?: number): void;
}

/** A number that goes up and down, such as how many connections are open. */
export interface Gauge {
  set(value: number): void;
  set(labels: Labels, value: number): void;
}

/** How values are distributed, such as how long queries took, in seconds. */
export interface Histogram {
  observe(value: number): void;
  observe(labels: Labels, value: number): void;
}

/** Creates the metrics of a resource; they end with it. */
export interface ModuleMetrics {
  /**
   * The counter `digly_<module>_<name>`, with the labels that may be set. Asking again for the same
   * name gives the same metric; throws `ERR_MODULE_INVALID` for a name or label that is not valid,
   * and for a name that another type or other labels have.
   *
   * @example
   * const queries = ctx.metrics.counter("queries_total", "Queries, by table", ["table"]);
   * queries.inc({ table: "users" });
   */
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** `buckets` are the upper bounds, ascending; from 0.5 ms to 10 s without them. */
  histogram(
    name: string,
    help: string,
    labels?: readonly string[],
    buckets?: readonly number[],
  ): Histogram;
  /** The same for metrics whose names are chosen by the app: they have no prefix. */
  readonly ofApp: Omit<ModuleMetrics, "ofApp">;
}

/** One value of a metric. */
export interface MetricSample {
  /** What is added to the name of the metric: `_bucket`, `_sum` and `_count` of a histogram. */
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its current values. */
export interface MetricFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly MetricSample[];
}
