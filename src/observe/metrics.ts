/**
 * The metrics of an app. Each owner, a resource or the runtime, has values of its own; reading adds
 * them up, and those of an owner end with it.
 */
import { fail } from "../contract/errors.ts";
import type { Counter, Gauge, Histogram, Labels, MetricFamily } from "../contract/metrics.ts";
import type { MetricSample, ModuleMetrics } from "../contract/metrics.ts";
import { didYouMean } from "../diagnostics/nearest.ts";

/** The most combinations of labels of one metric; the others are counted as one. */
export const MOST_SERIES = 1_000;

/** The longest value of a label. */
const LONGEST_LABEL = 128;

/** Seconds, from a quick lookup to a slow report. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The labels of everything beyond {@link MOST_SERIES}. */
const OTHER = "other";

/** All metrics of an app. */
export interface Metrics {
  /** The metrics of `owner`, whose names begin with `prefix`. */
  of(owner: string, prefix: string): ModuleMetrics;
  /** Ends the metrics of an owner. */
  end(owner: string): void;
  /** Every metric with its values, by name. */
  read(): readonly MetricFamily[];
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
  /** The sum of a histogram's values, and how many fell into each bucket. */
  sum: number;
  readonly buckets: number[];
}

interface Definition {
  readonly name: string;
  readonly type: MetricFamily["type"];
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets: readonly number[];
}

interface Family extends Definition {
  readonly owners: Map<string, Map<string, Series>>;
  hasOverflow: boolean;
}

/** Creates the metrics of an app; `warn` is called once for a metric with too many series. */
export function createMetrics(warn: (owner: string, message: string) => void): Metrics {
  const families = new Map<string, Family>();

  const define: Define = (definition, owner) => {
    checkDefinition(definition);
    let family = families.get(definition.name);
    if (family === undefined) {
      families.set(
        definition.name,
        family = { ...definition, owners: new Map(), hasOverflow: false },
      );
    }
    checkSame(definition, family);
    let all = family.owners.get(owner);
    if (all === undefined) family.owners.set(owner, all = new Map());
    return {
      find: (labels) => seriesOf(family, all, owner, labels),
      remove: (labels) => void all.delete(keyOf(valuesOf(family, labels))),
    };
  };

  function seriesOf(
    family: Family,
    all: Map<string, Series>,
    owner: string,
    given: Labels,
  ): Series {
    const names = family.labels;
    let values = valuesOf(family, given);
    let key = keyOf(values);
    let series = all.get(key);
    if (series !== undefined) return series;
    if (all.size >= MOST_SERIES) {
      if (!family.hasOverflow) {
        family.hasOverflow = true;
        warn(
          owner,
          `The metric ${family.name} has more than ${MOST_SERIES} combinations of ` +
            `labels: the others are counted as "${OTHER}"`,
        );
      }
      values = names.map(() => OTHER);
      key = keyOf(values);
      series = all.get(key);
      if (series !== undefined) return series;
    }
    const labels = Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
    series = { labels, value: 0, sum: 0, buckets: family.buckets.map(() => 0) };
    all.set(key, series);
    return series;
  }

  return {
    of: (owner, prefix) => new OwnerMetrics(define, owner, prefix),
    end(owner) {
      for (const [name, { owners }] of families) {
        if (owners.delete(owner) && owners.size === 0) families.delete(name);
      }
    },
    read: () =>
      [...families.values()].sort((a, b) => a.name < b.name ? -1 : 1).map((family) => ({
        name: family.name,
        type: family.type,
        help: family.help,
        samples: samplesOf(family),
      })),
  };
}

/** The series that an owner has of a metric. */
interface OwnSeries {
  find(labels: Labels): Series;
  remove(labels: Labels): void;
}

type Define = (definition: Definition, owner: string) => OwnSeries;

/** The values of labels in the order of their metric. Throws for a label that it does not have. */
function valuesOf(family: Family, given: Labels): readonly string[] {
  for (const name of Object.keys(given)) {
    if (!family.labels.includes(name)) throw unknownLabel(name, family);
  }
  return family.labels.map((name) => String(given[name] ?? "").slice(0, LONGEST_LABEL));
}

const keyOf = (values: readonly string[]): string => values.join("\0");

/** A class, because every resource of an app has one. */
class OwnerMetrics implements ModuleMetrics {
  readonly #define: Define;
  readonly #owner: string;
  readonly #prefix: string;

  constructor(define: Define, owner: string, prefix: string) {
    this.#define = define;
    this.#owner = owner;
    this.#prefix = prefix;
  }

  get ofApp(): ModuleMetrics {
    return new OwnerMetrics(this.#define, this.#owner, "");
  }

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    const { find } = this.#series("counter", name, help, labels, []);
    return {
      inc(first?: Labels | number, second?: number) {
        const [given, value] = typeof first === "object" ? [first, second ?? 1] : [{}, first ?? 1];
        if (!(value >= 0 && value < Infinity)) throw notANumber(name, value);
        find(given).value += value;
      },
    };
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    const { find, remove } = this.#series("gauge", name, help, labels, []);
    return {
      set(first: Labels | number, second?: number) {
        const [given, value] = argumentsOf(first, second);
        if (typeof value !== "number") throw notANumber(name, value);
        find(given).value = value;
      },
      remove,
    };
  }

  histogram(
    name: string,
    help: string,
    labels: readonly string[] = [],
    buckets: readonly number[] = BUCKETS,
  ): Histogram {
    const { find } = this.#series("histogram", name, help, labels, buckets);
    return {
      observe(first: Labels | number, second?: number) {
        const [given, value] = argumentsOf(first, second);
        if (value === undefined || !Number.isFinite(value)) throw notANumber(name, value);
        const series = find(given);
        series.value++;
        series.sum += value;
        const bucket = buckets.findIndex((bound) => value <= bound);
        // The index is that of a bound, and there is a count for each.
        if (bucket >= 0) series.buckets[bucket]!++;
      },
    };
  }

  #series(
    type: MetricFamily["type"],
    name: string,
    help: string,
    labels: readonly string[],
    buckets: readonly number[],
  ): OwnSeries {
    const series = this.#define(
      { name: this.#prefix + name, type, help, labels, buckets },
      this.#owner,
    );
    // A metric without labels exists before its first value.
    if (labels.length === 0) series.find({});
    return series;
  }
}

function argumentsOf(first: Labels | number, second: number | undefined) {
  return typeof first === "object" ? [first, second] as const : [{}, first] as const;
}

/** The values of a metric, those of its owners added up. */
function samplesOf({ type, owners, buckets }: Family): MetricSample[] {
  const total = new Map<string, Series>();
  for (const all of owners.values()) {
    for (const [key, { labels, value, sum, buckets }] of all) {
      const known = total.get(key);
      if (known === undefined) total.set(key, { labels, value, sum, buckets: [...buckets] });
      else {
        known.value += value;
        known.sum += sum;
        buckets.forEach((count, index) =>
          known.buckets[index] = (known.buckets[index] ?? 0) + count
        );
      }
    }
  }
  return [...total.values()].flatMap((series): MetricSample[] => {
    const { labels, value, sum } = series;
    if (type !== "histogram") return [{ suffix: "", labels, value }];
    let count = 0;
    const below = buckets.map((bound, index) => {
      count += series.buckets[index] ?? 0;
      return { suffix: "_bucket", labels: { le: String(bound), ...labels }, value: count };
    });
    return [
      ...below,
      { suffix: "_bucket", labels: { le: "+Inf", ...labels }, value },
      { suffix: "_sum", labels, value: sum },
      { suffix: "_count", labels, value },
    ];
  });
}

function checkDefinition({ name, type, labels, buckets, help }: Definition): void {
  if (typeof help !== "string" || help === "") {
    throw invalid(`The metric ${name} has no description`, "Say what it counts");
  }
  if (!/^[a-zA-Z_]\w*$/.test(name)) {
    throw invalid(
      `"${name}" is not a valid name of a metric`,
      "Use letters, digits and _, such as queries_total",
    );
  }
  for (const [index, label] of labels.entries()) {
    const isReserved = label.startsWith("__") || (type === "histogram" && label === "le");
    if (!/^[a-zA-Z_]\w*$/.test(label) || isReserved) {
      throw invalid(`"${label}" is not a valid label of the metric ${name}`, "Use letters and _");
    }
    if (labels.indexOf(label) !== index) {
      throw invalid(`The metric ${name} has the label "${label}" twice`, "Remove one of them");
    }
  }
  const isAscending = buckets.every((bound, index) =>
    Number.isFinite(bound) && (index === 0 || bound > (buckets[index - 1] ?? 0))
  );
  if (!isAscending) throw invalid(`The buckets of the metric ${name} are not ascending numbers`);
}

function checkSame(wanted: Definition, { name, type, labels, buckets }: Definition): void {
  const sameLabels = labels.join() === wanted.labels.join();
  if (type === wanted.type && sameLabels && buckets.join() === wanted.buckets.join()) return;
  const described = (kind: string, names: readonly string[]) =>
    names.length === 0
      ? `a ${kind} without labels`
      : `a ${kind} with the labels ${names.join(", ")}`;
  throw invalid(
    `The metric ${name} is ${described(type, labels)}, and cannot be ` +
      (type === wanted.type && sameLabels
        ? "one with other buckets"
        : described(wanted.type, wanted.labels)),
    "Choose another name",
  );
}

function unknownLabel(label: string, { name, labels }: Definition) {
  return invalid(
    `The metric ${name} has no label "${label}"`,
    didYouMean(label, labels) ??
      (labels.length === 0 ? "It has no labels" : `Its labels are ${labels.join(", ")}`),
  );
}

function notANumber(name: string, value: unknown) {
  return invalid(`The metric ${name} cannot take the value ${String(value)}`);
}

function invalid(problem: string, help?: string) {
  return fail("ERR_MODULE_INVALID", { problem }, { help });
}
