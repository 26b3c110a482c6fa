/** What `Metric.Counter` and `Metric.Histogram` share. */
import type { Labels, Late, ModuleCreateContext, RuntimeResource } from "../../contract/author.ts";

/** The fields of both kinds. */
export interface MetricFields {
  readonly name?: string;
  readonly description?: string;
  readonly labels: Readonly<Record<string, unknown | Late<unknown>>>;
  readonly value: number | Late<number>;
  readonly buckets?: readonly number[];
  readonly inputSchema?: unknown;
}

/** The name of a metric: `orders_total` for a resource `OrdersTotal` without one. */
export function nameOf({ name, metadata }: RuntimeResource<MetricFields>): string {
  return name ?? metadata.name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^a-zA-Z0-9_]/g, "_")
    .replace(/^(?=\d)/, "_")
    .toLowerCase();
}

/** The description of a metric. */
export function helpOf({ kind, description, metadata }: RuntimeResource<MetricFields>): string {
  const { description: own } = metadata as { readonly description?: unknown };
  if (description !== undefined) return description;
  return typeof own === "string" && own !== "" ? own : `${kind}.${metadata.name}`;
}

/** The names of a metric's labels. */
export function labelsOf({ labels }: RuntimeResource<MetricFields>): readonly string[] {
  return Object.keys(labels).sort();
}

/** A function that evaluates the labels and the value of an execution. */
export function measurement(
  metric: RuntimeResource<MetricFields>,
  ctx: ModuleCreateContext,
): (input: unknown) => { readonly labels: Labels; readonly value: number } {
  const labels = ctx.template(metric.labels);
  const value = ctx.template(metric.value);
  return (input) => ({ labels: textLabels(labels({ input })), value: Number(value({ input })) });
}

/** Labels are text; null is the empty one. */
function textLabels(labels: Readonly<Record<string, unknown>>): Labels {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    texts[name] = typeof value === "object" && value !== null
      ? JSON.stringify(value)
      : String(value ?? "");
  }
  return texts;
}
