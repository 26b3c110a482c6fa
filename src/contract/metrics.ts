/** Metrics of modules, in the terms of Prometheus. */

/**
 * The labels of one series: `{ table: "users" }`.
 *
 * @example
 * const labels: Labels = { table: "users" };
 */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/**
 * A number that only grows, such as how many queries were made.
 *
 * @example
 * const queries: Counter = ctx.metrics.counter("queries_total", "Queries, by table", ["table"]);
 * queries.inc({ table: "users" });
 */
export interface Counter {
  /** Adds `value`, which is not negative; 1 without it. */
  inc(value?: number): void;
  inc(labels: Labels, value?: number): void;
}

/**
 * A number that goes up and down, such as how many connections are open.
 *
 * @example
 * const open: Gauge = ctx.metrics.gauge("connections", "Open connections");
 * open.set(3);
 */
export interface Gauge {
  set(value: number): void;
  set(labels: Labels, value: number): void;
  /** Removes a series, of what is not there any more. */
  remove(labels: Labels): void;
}

/**
 * How values are distributed, such as how long queries took, in seconds.
 *
 * @example
 * const seconds: Histogram = ctx.metrics.histogram("query_seconds", "How long queries took");
 * seconds.observe(0.012);
 */
export interface Histogram {
  observe(value: number): void;
  observe(labels: Labels, value: number): void;
}

/**
 * Creates the metrics of a resource; they end with it.
 *
 * @example
 * function count({ counter }: ModuleMetrics): Counter {
 *   return counter("orders_total", "Orders that were placed");
 * }
 */
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

/**
 * One value of a metric.
 *
 * @example
 * const sample: MetricSample = { suffix: "", labels: { table: "users" }, value: 3 };
 */
export interface MetricSample {
  /** What is added to the name of the metric: `_bucket`, `_sum` and `_count` of a histogram. */
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * A metric with its current values.
 *
 * @example
 * const metrics = ctx.kernel.metrics();
 * for (const { name, type, samples } of metrics.read()) ctx.log.debug(name, { type, samples });
 * metrics.close();
 */
export interface MetricFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly MetricSample[];
}
