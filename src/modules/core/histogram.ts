/** `Metric.Histogram`: a metric of how values are distributed. */
import { type Controller, defineController } from "../../contract/author.ts";
import { inputCheck } from "./input_check.ts";
import { helpOf, labelsOf, measurement, type MetricFields, nameOf } from "./metric.ts";

const controller: Controller = defineController<MetricFields>({
  async create(metric, ctx) {
    const histogram = ctx.metrics.ofApp.histogram(
      nameOf(metric),
      helpOf(metric),
      labelsOf(metric),
      metric.buckets,
    );
    const measure = measurement(metric, ctx);
    const checkInput = await inputCheck(metric, ctx);
    return {
      execute(input) {
        checkInput(input);
        const { labels, value } = measure(input);
        histogram.observe(labels, value);
        return null;
      },
    };
  },
});

export default controller;
