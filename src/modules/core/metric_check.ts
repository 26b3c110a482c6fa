/** Checks the name, the labels and the buckets of a metric. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import { labelsOf, type MetricFields, nameOf } from "./metric.ts";

type Metric = RuntimeResource<MetricFields>;

const KINDS = ["Metric.Counter", "Metric.Histogram"];

/** Reports what the metrics of a program cannot be, and two metrics that differ but have one name. */
export function check(metric: Metric, ctx: CheckContext): void {
  const name = nameOf(metric);
  const at = metric.name === undefined ? [] : ["name"];
  if (name.startsWith("digly_")) {
    ctx.report(ctx.problem(at, `"${name}" begins with \`digly_\`, as those of modules do`, {
      help: `Choose another name, such as app_${name.slice("digly_".length)}`,
    }));
  }
  const isHistogram = ctx.isA(urnOf(metric), "Metric.Histogram");
  for (const label of labelsOf(metric)) {
    if (!label.startsWith("__") && !(isHistogram && label === "le")) continue;
    ctx.report(ctx.problem(["labels", label], `"${label}" is reserved for metric systems`, {
      help: "Choose another name",
    }));
  }
  const { buckets = [] } = metric;
  const index = buckets.findIndex((bound, place) => bound <= (buckets[place - 1] ?? -Infinity));
  if (index > 0) {
    ctx.report(ctx.problem(["buckets", index], `the buckets must be ascending`, {
      help: `${buckets[index]} comes after ${buckets[index - 1]}`,
    }));
  }
  checkSame(metric, name, at, ctx);
}

/** Metrics of one name are added up, so they must be alike. */
function checkSame(metric: Metric, name: string, at: string[], ctx: CheckContext): void {
  const all = KINDS.flatMap((kind) => ctx.resourcesOf(kind) as readonly unknown[] as Metric[]);
  const urn = urnOf(metric);
  const first = all.find((other) => nameOf(other) === name);
  if (first === undefined || urnOf(first) === urn) return;
  const isOf = (kind: string) => ctx.isA(urnOf(first), kind) === ctx.isA(urn, kind);
  const difference = !KINDS.every(isOf)
    ? "is of another kind"
    : labelsOf(first).join() !== labelsOf(metric).join()
    ? "has other labels"
    : String(first.buckets) !== String(metric.buckets)
    ? "has other buckets"
    : undefined;
  if (difference === undefined) return;
  ctx.report(ctx.problem(at, `another metric "${name}" ${difference}`, {
    help: "Metrics of one name are added up: make them alike, or choose another name",
    related: [{ resource: urnOf(first), at: [], message: "the other metric" }],
  }));
}

function urnOf({ kind, metadata: { name } }: Metric): string {
  return `${kind}.${name}`;
}
